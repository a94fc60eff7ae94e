// SPDX-License-Identifier: Apache-2.0
// Stage 3, resolve: documents to a model in which names are references. It knows which services an egress rule
// selects, and nothing of tables.

import type { FactName } from '../../bundle/generated.ts';
import type { SourceRange } from '../../diagnostics/diagnostic.ts';

export type Posture = 'allow' | 'audit' | 'deny';
export type EnforcementMode = 'enforce' | 'audit' | 'off';

export interface ResolveOptions {
  /** The workload ID of the node compiled for (`scope.daemon.id`); identities of other nodes are left out. */
  readonly node?: string;
  /** `ignore`: take identities of all nodes, to check a policy as a whole. Such a model is not for a kernel. */
  readonly scopes?: 'ignore';
}

export interface Model {
  readonly project: ModelProject;
  /** In ascending order of workloadID (by UTF-8 bytes). */
  readonly identities: readonly ModelIdentity[];
  /** In ascending order of name (by UTF-8 bytes). */
  readonly services: readonly ModelService[];
}

export interface ModelProject {
  readonly name: string;
  readonly trustDomain: string;
  /** What becomes of connections that nothing grants, and where that is written. */
  readonly egress: { readonly posture: Posture; readonly source: SourceRange };
  readonly ingress: { readonly posture: 'allow' | 'audit'; readonly source: SourceRange };
}

export interface ModelIdentity {
  readonly workloadId: string;
  readonly mode: EnforcementMode;
  readonly selectors: readonly ModelSelector[];
  readonly egress: readonly ModelEgress[];
  readonly source: SourceRange;
}

/** Facts that must all hold. */
export interface ModelSelector {
  readonly terms: readonly ModelTerm[];
  readonly source: SourceRange;
}

/** A fact, and the values of which it must have one: numbers, or texts; ascending, without duplicates. */
export interface ModelTerm {
  readonly fact: FactName;
  readonly values: readonly number[] | readonly string[];
}

/** An egress rule that is not off: what it grants. */
export interface ModelEgress {
  readonly action: 'allow' | 'audit';
  /** Indices into `services`, ascending, without duplicates, at least one. */
  readonly services: readonly number[];
  readonly source: SourceRange;
}

export interface ModelService {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly external: boolean;
  readonly tls: boolean;
  readonly endpoints: readonly ModelEndpoint[];
  readonly source: SourceRange;
}

/** Addresses and ports of a service: a prefix (a host is /32 or /128) and a range of ports (0 to 65535 is any). */
export interface ModelEndpoint {
  readonly family: 4 | 6;
  /** 4 or 16 bytes; bits after the prefix are zero. */
  readonly address: Uint8Array;
  readonly prefixLength: number;
  readonly ports: { readonly low: number; readonly high: number };
  readonly source: SourceRange;
}
