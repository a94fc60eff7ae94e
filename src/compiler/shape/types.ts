// SPDX-License-Identifier: Apache-2.0
// Stage 2, shape: plain data to typed documents. It knows the fields of every kind, and nothing of how documents
// relate: that a name exists, or exists twice, is a matter of the next stage.
//
// A shaped document is normalised: defaults are filled in, scalars that may also be lists are lists, ports are ranges.
// Paths stay those of the YAML, so `source.locate(['spec', 'egress', 0])` is right for `spec.egress[0]` here.

import type { PROVIDER } from '../../bundle/generated.ts';
import type { LoadedDocument } from '../load/types.ts';

/** The kinds that a policy is made of. */
export type Kind =
  | 'Project'
  | 'WorkloadIdentity'
  | 'Service'
  | 'CredentialSource'
  | 'CredentialBinding'
  | 'DaemonGroup'
  | 'Guardrail'
  | 'PolicyTest';

export type Mode = 'enforce' | 'audit' | 'off';

export interface Metadata {
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

interface Shaped<K extends Kind, Spec> {
  readonly kind: K;
  readonly metadata: Metadata;
  readonly spec: Spec;
  readonly source: LoadedDocument;
}

export interface ProjectSpec {
  /** A SPIFFE trust domain, without the scheme. */
  readonly trustDomain: string;
  readonly defaultPosture: {
    readonly egress: 'allow' | 'audit' | 'deny';
    /** `allow` unless written. */
    readonly ingress: 'allow' | 'audit' | 'deny';
  };
  /** Directories and files of the policy, relative to the project's own file; `['.']` unless written. */
  readonly policies: readonly string[];
}

export interface WorkloadIdentitySpec {
  /** Path of the SPIFFE ID, without the trust domain and a leading slash; may have placeholders: [fact]. */
  readonly workloadID: string;
  /** Which nodes the identity is for; every node unless written. */
  readonly scope?: Scope | undefined;
  /** `enforce` unless written. */
  readonly mode: Mode;
  /** At least one; one of them must hold. */
  readonly selectors: readonly FactSelector[];
  readonly svid?: Svid | undefined;
  readonly connection?: Connection | undefined;
  readonly allowedSPIFFEIDs?: AllowedSpiffeIds | undefined;
  /** Empty unless written. */
  readonly egress: readonly EgressRule[];
  /** Empty unless written. */
  readonly ingress: readonly IngressRule[];
}

/** One node, or a group of nodes, by its workload ID. */
export type Scope =
  | { readonly daemon: { readonly id: string }; readonly daemonGroup?: undefined }
  | { readonly daemonGroup: { readonly id: string }; readonly daemon?: undefined };

/** Durations are seconds. */
export interface Svid {
  readonly x509?: { readonly dnsNames: readonly string[]; readonly ttl?: number | undefined } | undefined;
  readonly jwt?: { readonly audiences: readonly string[]; readonly ttl?: number | undefined } | undefined;
}

export interface Connection {
  readonly tls: {
    readonly mode?: 'MUTUAL' | 'SIMPLE' | 'PERMISSIVE' | undefined;
    /** false unless written. */
    readonly intercept: boolean;
  };
}

/** SPIFFE IDs and patterns: whole IDs, or beginnings that end in `/*`. `{{.TrustDomain}}` is still in them. */
export interface AllowedSpiffeIds {
  readonly inbound: readonly string[];
  readonly outbound: readonly string[];
}

/**
 * Facts that must all hold, at least one; each must have one of its values, at least one. The names are those of the policy
 * language (schema/facts.ts), numbers for facts that are numbers, and texts.
 */
export type FactSelector = Readonly<Record<string, readonly (number | string)[]>>;

/** What an egress and an inbound rule may both have. Times are seconds since 1970, UTC. */
export interface Conditional {
  /** `enforce` unless written. */
  readonly mode: Mode;
  /** CEL. */
  readonly when?: string | undefined;
  /** Empty unless written: then any. */
  readonly ports: readonly PortRange[];
  /** From then on. */
  readonly notBefore?: number | undefined;
  /** Until then, that second excluded. */
  readonly notAfter?: number | undefined;
  /** Empty unless written: then any time. */
  readonly windows: readonly TimeWindow[];
}

/** A time of the week: minutes of the day, from `from` until `to`, which is excluded; when `to` is not above `from`, until the next day. */
export interface TimeWindow {
  /** Days on which it begins: 0 is Monday; all seven unless written. */
  readonly days: readonly number[];
  readonly from: number;
  readonly to: number;
  /** Minutes by which the clock that is meant is ahead of UTC; 0 unless written. */
  readonly offset: number;
}

export interface EgressRule extends Conditional {
  /** At least one; a service is selected when its labels satisfy one of them. */
  readonly selectors: readonly LabelSelector[];
  /** The identity that is shown to the peer; the identity's own unless written. */
  readonly workloadID?: string | undefined;
  readonly connection?: Connection | undefined;
  readonly allowedSPIFFEIDs?: AllowedSpiffeIds | undefined;
}

export interface IngressRule extends Conditional {
  /** SPIFFE IDs and patterns of peers, as in allowedSPIFFEIDs; any peer unless written. */
  readonly peers: readonly string[];
}

/** Labels that one service must all have, at least one; each with one of the values, at least one. */
export type LabelSelector = Readonly<Record<string, readonly string[]>>;

export interface ServiceSpec {
  /** At least one. */
  readonly labels: Readonly<Record<string, string>>;
  /** Empty unless written. */
  readonly addresses: readonly ServiceAddress[];
  readonly external: boolean;
  readonly tls: boolean;
}

/** `address`, `networkPrefixes` or both; the ports belong to each of them. */
export interface ServiceAddress {
  /** An IPv4 or IPv6 address, a prefix of either (`10.0.0.0/8`), or a host name. */
  readonly address?: string | undefined;
  /** Other host names of it. Empty unless written. */
  readonly aliases: readonly string[];
  /** Named networks, for people; without effect. Empty unless written. */
  readonly networkNames: readonly string[];
  /** Both ends included, from 1; 0 to 65535 is any port, which is what no `port` means. */
  readonly port: PortRange;
  /** Prefixes, or single addresses. Empty unless written. */
  readonly networkPrefixes: readonly string[];
  /** For people; without effect. */
  readonly tags: readonly string[];
}

export interface PortRange {
  readonly low: number;
  readonly high: number;
}

/** Exactly one provider. What the fields of each mean is the agent's business (schema/credential-source.ts). */
export type CredentialSourceSpec = { readonly provider: CredentialProvider } & Readonly<
  Record<string, unknown>
>;

export type CredentialProvider = keyof typeof PROVIDER;

export interface CredentialBindingSpec {
  /** That of a WorkloadIdentity. */
  readonly workloadID: string;
  /** The name of a CredentialSource. */
  readonly credentialSource: string;
  /** One of the two at least. */
  readonly propagation: {
    readonly injection?: { readonly selectors: readonly LabelSelector[] } | undefined;
    readonly sysfs?: object | undefined;
  };
  /** How often the credential may be used; any number of times unless written. */
  readonly uses?: number | undefined;
  readonly notBefore?: number | undefined;
  readonly notAfter?: number | undefined;
  readonly windows: readonly TimeWindow[];
}

export interface DaemonGroupSpec {
  /** What scope.daemonGroup.id names, such as riptides/daemongroup/prod/workers. */
  readonly workloadID: string;
  /** Workload IDs of nodes, or beginnings of them that end in `/*`; at least one. */
  readonly daemons: readonly string[];
}

export interface GuardrailSpec {
  /** The kinds of documents that the rules are run over, at least one. */
  readonly matchKinds: readonly Kind[];
  /** Named expressions that later ones and the rules may use as `variables.<name>`. */
  readonly variables: readonly { readonly name: string; readonly expression: string }[];
  /** At least one. */
  readonly rules: readonly GuardrailRule[];
}

export interface GuardrailRule {
  readonly id: string;
  /** CEL; a document for which it is not true is a finding. */
  readonly expression: string;
  readonly message?: string | undefined;
  /** CEL that gives the message; stands before `message`. */
  readonly messageExpression?: string | undefined;
  /** `error` unless written. */
  readonly severity: 'error' | 'warning';
}

/** Expectations of a policy; without effect on a bundle. */
export interface PolicyTestSpec {
  /** Processes by name. */
  readonly processes: Readonly<Record<string, TestProcess>>;
  /** When the connections are made: seconds since 1970. */
  readonly time?: number | undefined;
  /** At least one. */
  readonly tests: readonly PolicyTestCase[];
}

/** Facts under their canonical names, with a value each; labels may have several. `as` is a workload ID. */
export interface TestProcess {
  readonly as?: string;
  readonly facts?: FactSelector;
}

/** Either `to` or `from` is there. */
export interface PolicyTestCase {
  readonly name: string;
  /** A name of `processes`, or a process. */
  readonly process: string | TestProcess;
  readonly to?: string;
  readonly from?: string;
  readonly port?: number;
  readonly peer?: string;
  readonly time?: number;
  readonly expect: TestExpectation;
}

/** What is not there is not looked at; null is none. */
export interface TestExpectation {
  readonly verdict: 'allow' | 'audit' | 'deny';
  readonly identity?: string | null;
  readonly service?: string | null;
  readonly tls?: 'MUTUAL' | 'SIMPLE' | 'PERMISSIVE' | null;
  readonly presents?: string;
  readonly peerAllowed?: boolean;
}

export type ProjectDocument = Shaped<'Project', ProjectSpec>;
export type WorkloadIdentityDocument = Shaped<'WorkloadIdentity', WorkloadIdentitySpec>;
export type ServiceDocument = Shaped<'Service', ServiceSpec>;
export type GuardrailDocument = Shaped<'Guardrail', GuardrailSpec>;

export type CredentialSourceDocument = Shaped<'CredentialSource', CredentialSourceSpec>;
export type CredentialBindingDocument = Shaped<'CredentialBinding', CredentialBindingSpec>;
export type DaemonGroupDocument = Shaped<'DaemonGroup', DaemonGroupSpec>;
export type PolicyTestDocument = Shaped<'PolicyTest', PolicyTestSpec>;

/** One document of a kind; `kind` tells which. */
export type ShapedDocument =
  | ProjectDocument
  | WorkloadIdentityDocument
  | ServiceDocument
  | CredentialSourceDocument
  | CredentialBindingDocument
  | DaemonGroupDocument
  | GuardrailDocument
  | PolicyTestDocument;
