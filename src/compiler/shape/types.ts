// SPDX-License-Identifier: Apache-2.0
// Stage 2, shape: plain data to typed documents. It knows the fields of every kind, and nothing of how documents
// relate: that a name exists, or exists twice, is a matter of the next stage.
//
// A shaped document is normalised: defaults are filled in, scalars that may also be lists are lists, ports are ranges.
// Paths stay those of the YAML, so `source.locate(['spec', 'egress', 0])` is right for `spec.egress[0]` here.

import type { FactName } from '../../bundle/generated.ts';
import type { LoadedDocument } from '../load/types.ts';

/** The kinds that this version knows the whole of. */
export type Kind = 'Project' | 'WorkloadIdentity' | 'Service' | 'Guardrail';

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
    readonly ingress: 'allow' | 'audit';
  };
  /** Directories and files of the policy, relative to the project's own file; `['.']` unless written. */
  readonly policies: readonly string[];
}

export interface WorkloadIdentitySpec {
  /** Path of the SPIFFE ID, without the trust domain and a leading slash. */
  readonly workloadID: string;
  /** The node that the identity is for; every node unless written. */
  readonly scope?: { readonly daemon: { readonly id: string } } | undefined;
  /** `enforce` unless written. */
  readonly mode: Mode;
  /** At least one; one of them must hold. */
  readonly selectors: readonly FactSelector[];
  /** Empty unless written. */
  readonly egress: readonly EgressRule[];
}

/** Facts that must all hold, at least one; each must have one of its values, at least one. */
export type FactSelector = Readonly<Partial<Record<FactName, readonly number[] | readonly string[]>>>;

export interface EgressRule {
  /** At least one; a service is selected when its labels satisfy one of them. */
  readonly selectors: readonly LabelSelector[];
  /** `enforce` unless written. */
  readonly mode: Mode;
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
  /** An IPv4 or IPv6 address, or a prefix of either (`10.0.0.0/8`). */
  readonly address?: string | undefined;
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

export type ProjectDocument = Shaped<'Project', ProjectSpec>;
export type WorkloadIdentityDocument = Shaped<'WorkloadIdentity', WorkloadIdentitySpec>;
export type ServiceDocument = Shaped<'Service', ServiceSpec>;
export type GuardrailDocument = Shaped<'Guardrail', GuardrailSpec>;

/** One document of a kind; `kind` tells which. */
export type ShapedDocument = ProjectDocument | WorkloadIdentityDocument | ServiceDocument | GuardrailDocument;
