// SPDX-License-Identifier: Apache-2.0
// A bundle in words: what `inspect`, plans and comparisons are made of. Indices are the numbers of the bundle.

import type { AddressPrefix } from './address.ts';
import type { ACTION, FactName, MODE, RULE_KIND } from './generated.ts';

export type ActionName = keyof typeof ACTION;
export type ModeName = keyof typeof MODE;
export type RuleKindName = keyof typeof RULE_KIND;

export interface BundleView {
  /** Bytes of the bundle. */
  readonly size: number;
  readonly trustDomain: string;
  /** In ascending order of workloadID. */
  readonly identities: readonly IdentityView[];
  /** In ascending order of name. */
  readonly services: readonly ServiceView[];
  /** By rule id: 0 and 1 are the postures for egress and ingress. */
  readonly rules: readonly RuleView[];
  /** Services of each set, ascending. */
  readonly sets: readonly (readonly number[])[];
}

export interface IdentityView {
  readonly workloadId: string;
  readonly mode: ModeName;
  /** In order of precedence. */
  readonly selectors: readonly SelectorView[];
  /** The first is the default, then the egress rules in the order written. */
  readonly rules: readonly RuleView[];
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
  readonly identity?: number;
  /** Index of the set that an egress rule grants. */
  readonly set?: number;
  /** False for an egress rule that is never used: an earlier one of the identity grants the same set. */
  readonly used: boolean;
}

export interface ServiceView {
  readonly name: string;
  readonly external: boolean;
  readonly tls: boolean;
  /** In ascending order of family, address, prefix length and port; neighbouring ranges of ports are one. */
  readonly endpoints: readonly EndpointView[];
  /** Sets that the service is in, ascending. */
  readonly sets: readonly number[];
}

/** A prefix (a host is /32 or /128) and ports, both ends included; 0 to 65535 is any port. */
export interface EndpointView extends AddressPrefix {
  readonly ports: { readonly low: number; readonly high: number };
}
