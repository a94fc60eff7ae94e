// SPDX-License-Identifier: Apache-2.0
// What a policy says of a connection, read off the model: the oracle of the differential tests. It knows nothing of
// tables. It goes through every identity, selector, rule and service, and compares, as docs/bundle-format.md and
// docs/decisions/selection.md say in words. It imports nothing of the compiler but the model's types.

import { isDeepStrictEqual } from 'node:util';
import { FACTS, type FactName } from '../../src/bundle/generated.ts';
import type {
  Model,
  ModelEndpoint,
  ModelIdentity,
  ModelSelector,
  ModelService,
} from '../../src/compiler/resolve/types.ts';

export type OracleFacts = Partial<Record<FactName, number | string>>;

/** Names instead of numbers; the rule is one of the model's objects. */
export interface OracleVerdict {
  readonly action: 'allow' | 'audit' | 'deny';
  readonly identity: string | undefined;
  readonly service: string | undefined;
  readonly rule:
    | { readonly kind: 'egress-posture' | 'ingress-posture' | 'default' }
    | { readonly kind: 'egress'; readonly index: number };
}

/** Decides a connection that a process opens. `address` has 16 bytes. */
export function oracleConnect(
  model: Model,
  processFacts: OracleFacts,
  address: Uint8Array,
  port: number,
): OracleVerdict {
  const identity = whoIs(model, { ...processFacts, 'destination:port': port });
  const { posture } = model.project.egress;
  if (identity === undefined) {
    return { action: posture, identity: undefined, service: undefined, rule: { kind: 'egress-posture' } };
  }
  const here = model.services.flatMap((service, index) => (isAt(service, address, port) ? [index] : []));
  for (const [index, rule] of identity.egress.entries()) {
    // Both are ascending, so the first is the lowest.
    const [service] = here.filter((index) => rule.services.includes(index));
    if (service === undefined) continue;
    return {
      action: identity.mode === 'off' ? 'allow' : rule.action,
      identity: identity.workloadId,
      service: model.services[service]?.name,
      rule: { kind: 'egress', index },
    };
  }
  const lenient = identity.mode === 'off' ? 'allow' : posture === 'deny' ? 'audit' : posture;
  return {
    action: identity.mode === 'enforce' ? posture : lenient,
    identity: identity.workloadId,
    service: undefined,
    rule: { kind: 'default' },
  };
}

/** Decides a connection that a process accepts: the posture, whoever it is. */
export function oracleAccept(model: Model, processFacts: OracleFacts): OracleVerdict {
  const identity = whoIs(model, processFacts);
  return {
    action: model.project.ingress.posture,
    identity: identity?.workloadId,
    service: undefined,
    rule: { kind: 'ingress-posture' },
  };
}

interface Candidate {
  readonly identity: ModelIdentity;
  readonly terms: readonly OracleTerm[];
}

interface OracleTerm {
  readonly fact: FactName;
  readonly values: readonly (number | string)[];
}

/** The identity whose selector holds; of several, the one that comes first in order of precedence. */
function whoIs(model: Model, facts: OracleFacts): ModelIdentity | undefined {
  let best: Candidate | undefined;
  for (const identity of model.identities) {
    for (const selector of identity.selectors) {
      const candidate = { identity, terms: plainTerms(selector) };
      if (!candidate.terms.every((term) => holds(term, facts[term.fact]))) continue;
      if (best === undefined || precedes(candidate, best)) best = candidate;
    }
  }
  return best?.identity;
}

/** Prefixes that begin with another one of the term add nothing and do not count. */
function plainTerms(selector: ModelSelector): readonly OracleTerm[] {
  return selector.terms.map(({ fact, values }) => {
    const all: readonly (number | string)[] = values;
    if (FACTS[fact].match !== 'prefix') return { fact, values: all };
    const texts = all.map(String);
    return { fact, values: texts.filter((text) => !texts.some((o) => o !== text && text.startsWith(o))) };
  });
}

function holds(term: OracleTerm, value: number | string | undefined): boolean {
  if (value === undefined) return false;
  return FACTS[term.fact].match === 'prefix'
    ? term.values.some((prefix) => String(value).startsWith(String(prefix)))
    : term.values.some((accepted) => accepted === value);
}

/** More terms; longer prefixes; fewer values; lower workload ID. Within one identity the winner does not matter here. */
function precedes(a: Candidate, b: Candidate): boolean {
  if (a.terms.length !== b.terms.length) return a.terms.length > b.terms.length;
  const [long, short] = [prefixLengths(a), prefixLengths(b)];
  if (!isDeepStrictEqual(long, short)) {
    for (const [i, length] of long.entries()) {
      const other = short[i];
      if (other === undefined) return false;
      if (length !== other) return length > other;
    }
    return true;
  }
  const [mine, yours] = [a, b].map((c) => c.terms.reduce((sum, term) => sum + term.values.length, 0));
  if (mine !== yours) return (mine ?? 0) < (yours ?? 0);
  return Buffer.compare(Buffer.from(a.identity.workloadId), Buffer.from(b.identity.workloadId)) < 0;
}

function prefixLengths({ terms }: Candidate): readonly number[] {
  return terms
    .filter(({ fact }) => FACTS[fact].match === 'prefix')
    .flatMap(({ values }) => values.map((value) => Buffer.from(String(value)).length))
    .sort((a, b) => a - b);
}

function isAt(service: ModelService, address: Uint8Array, port: number): boolean {
  const text = bits(address);
  // ::ffff:0:0/96: the address is the IPv4 address in its last 32 bits.
  const mapped = text.startsWith('0'.repeat(80) + '1'.repeat(16));
  return service.endpoints.some((endpoint) => {
    if ((endpoint.family === 4) !== mapped) return false;
    const destination = mapped ? text.slice(96) : text;
    return (
      destination.startsWith(prefixBits(endpoint)) &&
      endpoint.ports.low <= port &&
      port <= endpoint.ports.high
    );
  });
}

function prefixBits({ address, prefixLength }: ModelEndpoint): string {
  return bits(address).slice(0, prefixLength);
}

function bits(address: Uint8Array): string {
  return Array.from(address, (byte) => byte.toString(2).padStart(8, '0')).join('');
}
