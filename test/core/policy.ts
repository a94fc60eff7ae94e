// SPDX-License-Identifier: Apache-2.0
// A small policy in words: an identity has selectors and rules, a service has endpoints and names, a rule grants services.
// decide.ts says what it means, build.ts makes the tables.

import type { AgentLossName } from '../../src/bundle/view.ts';
import {
  type BINDING_FLAGS,
  FACTS,
  type FactName,
  type FIELD,
  NONE,
  type PROVIDER,
} from '../../src/bundle/generated.ts';
import type { Protocol, TlsMode, Verdict } from '../../src/bundle/core.ts';

export type Action = Verdict['action'];

export interface Policy {
  readonly trustDomain: string;
  readonly egress: Action;
  readonly ingress: Action;
  readonly keep?: boolean | undefined;
  readonly udp?: boolean | undefined;
  readonly denyOthers?: boolean | undefined;
  /** In ascending order of workloadId. */
  readonly identities: readonly Identity[];
  /** In ascending order of name. */
  readonly services: readonly Service[];
  /** In ascending order of name. */
  readonly sources?: readonly Source[];
  /** In ascending order of identity, then of name. */
  readonly bindings?: readonly Binding[];
}

export interface Identity {
  readonly workloadId: string;
  readonly selectors: readonly (readonly Term[])[];
  readonly fallback: Action;
  readonly rules: readonly Rule[];
  readonly inbound?: { readonly fallback: Action; readonly rules: readonly InboundRule[] } | undefined;
  readonly peers?: Program | undefined;
  readonly tls?: TlsMode | undefined;
  readonly template?: boolean | undefined;
  readonly keep?: boolean | undefined;
  /** `deny` when left out. */
  readonly agentLoss?: AgentLossName | undefined;
  readonly svid?: Svid | undefined;
}

export interface Rule {
  readonly action: Action;
  /** Services by index: ascending, at least one. */
  readonly services: readonly number[];
  readonly condition?: Program | undefined;
  readonly peers?: Program | undefined;
  /** The identity that is shown, by index. */
  readonly identity?: number | undefined;
  readonly tls?: TlsMode | undefined;
  readonly intercept?: boolean | undefined;
}

export interface InboundRule {
  readonly action: Action;
  readonly condition?: Program | undefined;
}

export interface Term {
  readonly fact: FactName;
  /** Ascending, without duplicates. */
  readonly values: readonly (number | string)[];
}

export interface Service {
  readonly name: string;
  readonly endpoints: readonly Endpoint[];
  readonly names?: readonly Name[];
}

export interface Name {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  /** Absent: both. */
  readonly protocol?: Protocol | undefined;
}

/** Addresses have 4 or 16 bytes, and those of conditions 16; bits after the prefix are zero. */
export interface Prefix {
  readonly address: Uint8Array;
  readonly prefixLength: number;
}

export interface Endpoint extends Prefix {
  readonly low: number;
  readonly high: number;
  /** Absent: both. */
  readonly protocol?: Protocol | undefined;
}

/** A condition: instructions, of which each goes on with a later one or ends. */
export type Program = readonly Instruction[];
export type Next = number | 'holds' | 'fails';
export type Field = keyof typeof FIELD;

export type Instruction = {
  readonly field: Field;
  readonly whenTrue: Next;
  readonly whenFalse: Next;
} & (
  | { readonly test: 'range'; readonly low: number; readonly high: number }
  | { readonly test: 'equal' | 'starts' | 'ends'; readonly text: string }
  | { readonly test: 'inside'; readonly prefix: Prefix }
);

export interface Svid {
  readonly x509Ttl: number;
  readonly jwtTtl: number;
  readonly dnsNames: readonly string[];
  readonly audiences: readonly string[];
}

export interface Source {
  readonly name: string;
  readonly provider: keyof typeof PROVIDER;
}

export interface Binding {
  readonly name: string;
  readonly identity: number;
  readonly source: number;
  readonly services?: readonly number[];
  readonly condition?: Program | undefined;
  readonly uses?: number;
  readonly flags?: readonly (keyof typeof BINDING_FLAGS)[];
}

export interface Selector {
  readonly identity: number;
  readonly terms: readonly Term[];
}

/** Selectors in order of precedence. */
export function orderSelectors(policy: Policy): readonly Selector[] {
  const key = (term: Term): string => `${FACTS[term.fact].number}=${JSON.stringify(term.values)}`;
  const width = ({ terms }: Selector): number => terms.reduce((n, term) => n + term.values.length, 0);
  const text = ({ terms }: Selector): string => terms.map(key).sort().join();
  return policy.identities
    .flatMap(({ selectors }, identity) => selectors.map((terms) => ({ identity, terms })))
    .toSorted(
      (a, b) =>
        b.terms.length - a.terms.length ||
        width(a) - width(b) ||
        a.identity - b.identity ||
        (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0),
    );
}

/** The number of an identity's first rule. */
export function firstRule(policy: Policy, identity: number): number {
  return policy.identities
    .slice(0, identity)
    .reduce((n, { rules, inbound }) => n + 1 + rules.length + inboundCount(inbound), 2);
}

/** The number of an identity's inbound default. */
export function firstInbound(policy: Policy, identity: number): number {
  return firstRule(policy, identity) + 1 + (policy.identities[identity]?.rules.length ?? 0);
}

function inboundCount(inbound: Identity['inbound']): number {
  return inbound === undefined ? 0 : 1 + inbound.rules.length;
}

/** The different conditions of a policy, by their numbers. */
export function conditionsOf(policy: Policy): readonly Program[] {
  const all = [
    ...policy.identities.flatMap(({ rules, inbound, peers }) => [
      peers,
      ...rules.flatMap((rule) => [rule.condition, rule.peers]),
      ...(inbound?.rules ?? []).map(({ condition }) => condition),
    ]),
    ...(policy.bindings ?? []).map(({ condition }) => condition),
  ];
  const different = new Map(
    all.flatMap((program) => (program === undefined ? [] : [[keyOf(program), program]])),
  );
  return [...different.values()];
}

/** Gives the number of a condition, or NONE. */
export function numberConditions(policy: Policy): (program: Program | undefined) => number {
  const numbers = new Map(conditionsOf(policy).map((program, number) => [keyOf(program), number]));
  return (program) => (program === undefined ? NONE : (numbers.get(keyOf(program)) ?? NONE));
}

function keyOf(program: Program): string {
  return JSON.stringify(
    program.map((i) => ('prefix' in i ? { ...i, prefix: [...i.prefix.address, i.prefix.prefixLength] } : i)),
  );
}
