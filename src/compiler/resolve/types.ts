// SPDX-License-Identifier: Apache-2.0
// Stage 3, resolve: documents to a model in which names are references. It knows which services an egress rule
// selects, and nothing of tables.

import type { AGENT_LOSS, FactName, PROTOCOL, PROVIDER, TLS_MODE } from '../../bundle/generated.ts';
import type { Condition } from '../../conditions/types.ts';
import type { SourceRange } from '../../diagnostics/diagnostic.ts';

export type Posture = 'allow' | 'audit' | 'deny';
export type EnforcementMode = 'enforce' | 'audit' | 'off';

export interface ResolveOptions {
  /** The workload ID of the node compiled for, as scopes and daemon groups name it. */
  readonly node?: string | undefined;
  /** `ignore`: take identities of all nodes, to check a policy as a whole. Such a model is not for a kernel. */
  readonly scopes?: 'ignore';
}

export interface Model {
  readonly project: ModelProject;
  /** In ascending order of workloadID (by UTF-8 bytes). */
  readonly identities: readonly ModelIdentity[];
  /** In ascending order of name (by UTF-8 bytes). */
  readonly services: readonly ModelService[];
  /** In ascending order of name. */
  readonly sources: readonly ModelSource[];
  /** In ascending order of identity, then of name. */
  readonly bindings: readonly ModelBinding[];
}

export interface ModelProject {
  readonly name: string;
  readonly trustDomain: string;
  /** What becomes of connections that nothing grants, and where that is written. */
  readonly egress: { readonly posture: Posture; readonly source: SourceRange };
  readonly ingress: { readonly posture: Posture; readonly source: SourceRange };
  /** Whether connections of processes without an identity are kept when they are denied after they began. */
  readonly keep: boolean;
  /** Whether UDP is decided, as TCP always is. */
  readonly udp: boolean;
  /** Whether sockets of transports that cannot be decided are refused where the default for connections out denies. */
  readonly denyOthers: boolean;
}

export interface ModelIdentity {
  readonly workloadId: string;
  /** The nodes that it is for: workload IDs, or beginnings of them that end in `*`; undefined: every node. */
  readonly nodes: readonly string[] | undefined;
  readonly mode: EnforcementMode;
  readonly selectors: readonly ModelSelector[];
  readonly egress: readonly ModelEgress[];
  /** Undefined when nothing is said of who may connect in: the posture decides. With rules, what none grants is refused. */
  readonly inbound: readonly ModelInbound[] | undefined;
  /** What the peer of a connection out must be; undefined: any. */
  readonly peers: Condition | undefined;
  readonly tls: TlsMode;
  readonly svid: ModelSvid | undefined;
  /** Whether the workload ID has placeholders ([fact]). */
  readonly template: boolean;
  /** Whether its connections are kept when they are denied after they began. */
  readonly keep: boolean;
  /** What becomes of connections that need labels which the agent does not tell. */
  readonly agentLoss: AgentLoss;
  readonly source: SourceRange;
}

export type AgentLoss = keyof typeof AGENT_LOSS;

export type TlsMode = keyof typeof TLS_MODE;

/** What the certificates and tokens of an identity are like. Times in seconds; undefined or empty: nothing is said. */
export interface ModelSvid {
  readonly x509Ttl: number | undefined;
  readonly jwtTtl: number | undefined;
  readonly dnsNames: readonly string[];
  readonly audiences: readonly string[];
}

/** Facts that must all hold. */
export interface ModelSelector {
  readonly terms: readonly ModelTerm[];
  readonly source: SourceRange;
}

/**
 * A fact, and the values of which it must have one: numbers, or texts; ascending, without duplicates. A fact that the kernel
 * does not collect itself is the fact `label`, and its values are name=value; there may be several such terms. Addresses are
 * 32 hexadecimal digits, `direction` is 0 (output) or 1 (input).
 */
export interface ModelTerm {
  readonly fact: FactName;
  readonly values: readonly number[] | readonly string[];
}

/** An egress rule that is not off: what it grants. */
export interface ModelEgress {
  readonly action: 'allow' | 'audit';
  /** Indices into `services`, ascending, without duplicates, at least one. */
  readonly services: readonly number[];
  /** From `when`, `ports`, `notBefore`, `notAfter` and `windows`; undefined: always. */
  readonly condition: Condition | undefined;
  /** What the peer must be; undefined: what the identity says. */
  readonly peers: Condition | undefined;
  /** The identity that is shown to the peer, an index into `identities`; undefined: its own. */
  readonly identity: number | undefined;
  /** `none`: what the identity says. */
  readonly tls: TlsMode;
  readonly intercept: boolean;
  readonly source: SourceRange;
}

/** An entry of a list of peers, and what it admits: a SPIFFE ID, or a prefix that ends in a slash and an asterisk. */
export interface PeerEntry {
  readonly pattern: string;
  readonly source: SourceRange;
}

/** An inbound rule that is not off: what it grants. */
export interface ModelInbound {
  readonly action: 'allow' | 'audit';
  /** The peers that it lists. */
  readonly peers: readonly PeerEntry[];
  /** From `peers` and what an egress rule may have, too; undefined: always. */
  readonly condition: Condition | undefined;
  readonly source: SourceRange;
}

export interface ModelService {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly external: boolean;
  readonly tls: boolean;
  readonly endpoints: readonly ModelEndpoint[];
  /** Host names that are to be resolved: in lower case, without a dot at the end. */
  readonly names: readonly ModelName[];
  readonly source: SourceRange;
}

export type Protocol = keyof typeof PROTOCOL;

export interface ModelName {
  readonly name: string;
  readonly ports: { readonly low: number; readonly high: number };
  /** Absent: by both. */
  readonly protocol?: Protocol | undefined;
  readonly source: SourceRange;
}

/** Addresses and ports of a service: a prefix (a host is /32 or /128) and a range of ports (0 to 65535 is any). */
export interface ModelEndpoint {
  readonly family: 4 | 6;
  /** 4 or 16 bytes; bits after the prefix are zero. */
  readonly address: Uint8Array;
  readonly prefixLength: number;
  readonly ports: { readonly low: number; readonly high: number };
  /** Absent: by both. */
  readonly protocol?: Protocol | undefined;
  readonly source: SourceRange;
}

/** A CredentialSource: a name for the kernel; how to get the credential is the agent's business. */
export interface ModelSource {
  readonly name: string;
  readonly provider: keyof typeof PROVIDER;
  /** SHA-256 of all that it says, in hexadecimal digits: what is fetched, and how. */
  readonly digest: string;
  readonly source: SourceRange;
}

/** A CredentialBinding. */
export interface ModelBinding {
  readonly name: string;
  /** An index into `identities`. */
  readonly identity: number;
  /** An index into `sources`. */
  readonly credential: number;
  /** Towards which services it is injected: indices, ascending, without duplicates; undefined: it is not injected. */
  readonly services: readonly number[] | undefined;
  readonly sysfs: boolean;
  /** From `notBefore`, `notAfter` and `windows`; undefined: always. */
  readonly condition: Condition | undefined;
  /** How often it may be used; undefined: any number of times. */
  readonly uses: number | undefined;
  /** Where it says towards which services it is injected. */
  readonly injectedAt?: SourceRange;
  readonly source: SourceRange;
}
