// SPDX-License-Identifier: Apache-2.0
// A bundle in words: what `inspect`, plans and comparisons are made of. Indices are the numbers of the bundle.

import type { AddressPrefix } from './address.ts';
import type {
  ACTION,
  AGENT_LOSS,
  FactName,
  FEATURE_FLAGS,
  FIELD,
  MODE,
  PROTOCOL,
  PROVIDER,
  RULE_KIND,
  TEST,
  TLS_MODE,
} from './generated.ts';

export type ActionName = keyof typeof ACTION;
export type AgentLossName = keyof typeof AGENT_LOSS;
export type ModeName = keyof typeof MODE;
export type RuleKindName = keyof typeof RULE_KIND;
export type TlsModeName = keyof typeof TLS_MODE;
export type FeatureName = keyof typeof FEATURE_FLAGS;

export interface BundleView {
  /** Bytes of the bundle. */
  readonly size: number;
  readonly trustDomain: string;
  /** What carrying it out needs of the host. */
  readonly features: readonly FeatureName[];
  /** Whether connections of processes without an identity are kept when they are denied after they began. */
  readonly keep: boolean;
  /** Whether UDP is decided. */
  readonly udp: boolean;
  /** Whether sockets of other transports are refused where the default for connections out denies. */
  readonly denyOthers: boolean;
  /** In ascending order of workloadID. */
  readonly identities: readonly IdentityView[];
  /** In ascending order of name. */
  readonly services: readonly ServiceView[];
  /** By rule id: 0 and 1 are the postures for egress and ingress. */
  readonly rules: readonly RuleView[];
  /** Services of each set, ascending. */
  readonly sets: readonly (readonly number[])[];
  /** Programs by number. */
  readonly conditions: readonly (readonly InstructionView[])[];
  readonly sources: readonly SourceView[];
  readonly bindings: readonly BindingView[];
}

/** A CredentialSource. `digest` is of all that it says: 64 hexadecimal digits. */
export interface SourceView {
  readonly name: string;
  readonly provider: keyof typeof PROVIDER;
  readonly digest: string;
}

export interface IdentityView {
  readonly workloadId: string;
  readonly mode: ModeName;
  /** In order of precedence. */
  readonly selectors: readonly SelectorView[];
  /** The first is the default, then the egress rules in the order written. */
  readonly rules: readonly RuleView[];
  /** Empty, or the inbound default and then the inbound rules in the order written. */
  readonly inbound: readonly RuleView[];
  /** The condition on peers of connections out; absent: any peer. */
  readonly peers?: number | undefined;
  readonly tls: TlsModeName;
  /** Whether the workload ID has placeholders. */
  readonly template: boolean;
  /** Whether its connections are kept when they are denied after they began. */
  readonly keep: boolean;
  /** What becomes of connections that need labels which the agent does not tell. */
  readonly agentLoss: AgentLossName;
  readonly svid?: SvidView | undefined;
}

/** Times are seconds; absent or empty where nothing is said. */
export interface SvidView {
  readonly x509Ttl?: number;
  readonly jwtTtl?: number;
  readonly dnsNames: readonly string[];
  readonly audiences: readonly string[];
}

export interface SelectorView {
  /** Its number; of all selectors that hold, the lowest wins. */
  readonly number: number;
  /** All must hold, by one of the values each. */
  readonly terms: readonly TermView[];
}

export interface TermView {
  readonly fact: FactName;
  /** Numbers, or texts; ascending. */
  readonly values: readonly (number | string)[];
}

export interface RuleView {
  readonly id: number;
  readonly kind: RuleKindName;
  readonly action: ActionName;
  /** Index of the identity; absent for the postures. */
  readonly identity?: number | undefined;
  /** Index of the set that an egress rule grants. */
  readonly set?: number | undefined;
  /** False for an egress rule that is never used: an earlier one of the identity grants the same set, always. */
  readonly used: boolean;
  /** The condition under which it grants; absent: always. */
  readonly condition?: number | undefined;
  /** The condition on the peer; absent: that of the identity. */
  readonly peers?: number | undefined;
  /** The identity that is shown to the peer; absent: its own. */
  readonly presents?: number | undefined;
  /** `none`: that of the identity. */
  readonly tls: TlsModeName;
  readonly intercept: boolean;
}

/** A test of a field, and where to go on: a number of an instruction, or how the condition ends. */
export interface InstructionView {
  readonly field: keyof typeof FIELD;
  readonly test: keyof typeof TEST;
  /** A range `low-high`, a text, or a prefix. */
  readonly operand: string;
  readonly whenTrue: number | 'holds' | 'fails';
  readonly whenFalse: number | 'holds' | 'fails';
}

/** Who may use which credential, where. Numbers are indices. */
export interface BindingView {
  readonly name: string;
  readonly identity: number;
  readonly source: number;
  /** The services towards which it is injected; absent: it is not. */
  readonly set?: number | undefined;
  readonly sysfs: boolean;
  readonly condition?: number | undefined;
  /** How often it may be used; absent: any number of times. */
  readonly uses?: number | undefined;
}

export interface ServiceView {
  readonly name: string;
  readonly external: boolean;
  readonly tls: boolean;
  /** In ascending order of family, address, prefix length and port; neighbouring ranges of ports are one. */
  readonly endpoints: readonly EndpointView[];
  /** In ascending order of name and port. */
  readonly names: readonly NameView[];
  /** Sets that the service is in, ascending. */
  readonly sets: readonly number[];
}

/** A host name and ports, as of an endpoint. */
export interface NameView {
  readonly name: string;
  readonly ports: { readonly low: number; readonly high: number };
  /** Absent: by both. */
  readonly protocol?: keyof typeof PROTOCOL | undefined;
}

/** A prefix (a host is /32 or /128) and ports, both ends included; 0 to 65535 is any port. */
export interface EndpointView extends AddressPrefix {
  readonly ports: { readonly low: number; readonly high: number };
  /** Absent: by both. */
  readonly protocol?: keyof typeof PROTOCOL | undefined;
}
