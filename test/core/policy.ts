// SPDX-License-Identifier: Apache-2.0
// A small policy, and what it means: the oracle of the core's tests. It knows no tables, only sentences:
// an identity has selectors, a service has endpoints, a rule grants services.

import { FACTS, type FactName, NONE } from '../../src/bundle/generated.ts';
import type { Destination, Facts, Verdict } from '../../src/bundle/core.ts';

export type Action = Verdict['action'];

export interface Policy {
  readonly trustDomain: string;
  readonly egress: Action;
  readonly ingress: Action;
  /** In ascending order of workloadId. */
  readonly identities: readonly Identity[];
  /** In ascending order of name. */
  readonly services: readonly Service[];
}

export interface Identity {
  readonly workloadId: string;
  readonly selectors: readonly (readonly Term[])[];
  readonly fallback: Action;
  /** Services by index: ascending, at least one. */
  readonly rules: readonly { readonly action: Action; readonly services: readonly number[] }[];
}

export interface Term {
  readonly fact: FactName;
  /** Ascending, without duplicates. */
  readonly values: readonly (number | string)[];
}

export interface Service {
  readonly name: string;
  readonly endpoints: readonly Endpoint[];
}

export interface Endpoint {
  /** 4 or 16 bytes; bits after the prefix are zero. */
  readonly address: Uint8Array;
  readonly prefixLength: number;
  readonly low: number;
  readonly high: number;
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
  return policy.identities.slice(0, identity).reduce((n, { rules }) => n + 1 + rules.length, 2);
}

/** What the policy says of a connection that a process opens. */
export function decideConnect(policy: Policy, facts: Facts, destination: Destination): Verdict {
  const who = findIdentity(policy, { ...facts, 'destination:port': destination.port });
  const identity = policy.identities[who];
  if (identity === undefined) return { action: policy.egress, rule: 0, identity: NONE, service: NONE };
  const found = policy.services.map(({ endpoints }) => endpoints.some((e) => isWithin(e, destination)));
  for (const [i, rule] of identity.rules.entries()) {
    const service = rule.services.find((s) => found[s]);
    if (service !== undefined)
      return { action: rule.action, rule: firstRule(policy, who) + 1 + i, identity: who, service };
  }
  return { action: identity.fallback, rule: firstRule(policy, who), identity: who, service: NONE };
}

/** What the policy says of a connection that a process accepts. */
export function decideAccept(policy: Policy, facts: Facts): Verdict {
  return { action: policy.ingress, rule: 1, identity: findIdentity(policy, facts), service: NONE };
}

function findIdentity(policy: Policy, facts: Readonly<Partial<Record<FactName, number | string>>>): number {
  const selector = orderSelectors(policy).find(({ terms }) =>
    terms.every(({ fact, values }) => {
      const actual = facts[fact];
      if (actual === undefined) return false;
      return values.some((value) =>
        FACTS[fact].match === 'prefix' ? String(actual).startsWith(String(value)) : actual === value,
      );
    }),
  );
  return selector?.identity ?? NONE;
}

function isWithin({ address, prefixLength, low, high }: Endpoint, destination: Destination): boolean {
  const mapped = destination.address.every((byte, i) => i >= 12 || byte === (i < 10 ? 0 : 0xff));
  const actual = mapped ? destination.address.subarray(12) : destination.address;
  if (actual.length !== address.length || destination.port < low || destination.port > high) return false;
  const bits = (bytes: Uint8Array): string =>
    Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
  return bits(actual).startsWith(bits(address).slice(0, prefixLength));
}
