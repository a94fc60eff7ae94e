// SPDX-License-Identifier: Apache-2.0
// Example connections: looked for in the tables, and asked of the evaluator on both sides, so that what is shown is true.

import { formatAddress, mapIPv4, parseAddress } from '../bundle/address.ts';
import type { Connection, Destination, Facts } from '../bundle/core.ts';
import type { EndpointView, IdentityView, SelectorView, ServiceView } from '../bundle/view.ts';
import { type Example, type ExampleVerdict, PLAN_LIMITS } from './plan-types.ts';
import type { Side } from './side.ts';

/** Where a service is: addresses, or a host name, for which any address stands. */
export type Place = EndpointView & { readonly name?: string };

/** What is looked for: a process that a selector describes (or none of any), to one of the places. */
export interface Search {
  readonly selectors: readonly SelectorView[];
  readonly places: readonly Place[];
  /** Whether a connection shows what it should. Of those that do, one whose verdicts differ is preferred. */
  readonly shows: (before: ExampleVerdict, after: ExampleVerdict) => boolean;
}

export type FindExample = (search: Search) => Example | undefined;

/** A search in two bundles, at a moment in seconds since 1970; an absent one governs nothing. */
export function startSearching(before: Side | undefined, after: Side | undefined, now: number): FindExample {
  return ({ selectors, places, shows }) => {
    let second: Example | undefined;
    for (const candidate of candidates(selectors, places)) {
      const example = tryOut(before, after, candidate, now);
      if (!shows(example.before, example.after)) continue;
      if (example.differs) return example;
      second ??= example;
    }
    return second;
  };
}

interface Candidate {
  readonly facts: Facts;
  readonly destination: Destination;
  readonly name?: string;
}

function* candidates(selectors: readonly SelectorView[], places: readonly Place[]): Iterable<Candidate> {
  // A process without any fact stands for those that no selector describes.
  const processes =
    selectors.length === 0
      ? [{ facts: {}, ports: undefined }]
      : selectors.slice(0, PLAN_LIMITS.selectors).map(processOf);
  for (const { facts, ports } of processes) {
    let tried = 0;
    for (const place of places) {
      const port = portOf(place, ports);
      if (port === undefined) continue;
      const { name } = place;
      yield {
        facts,
        destination: { address: addressOf(place), port },
        ...(name === undefined ? {} : { name }),
      };
      tried += 1;
      if (tried === PLAN_LIMITS.endpoints) break;
    }
  }
}

/** Facts that fulfil a selector, and the ports it is restricted to. */
function processOf({ terms }: SelectorView): {
  readonly facts: Facts;
  readonly ports: readonly number[] | undefined;
} {
  const facts: Record<string, string | number> = {};
  const labels: string[] = [];
  let ports: readonly number[] | undefined;
  for (const { fact, values } of terms) {
    const [first] = values;
    if (fact === 'destination:port') {
      const own = values.map(Number);
      ports = ports?.filter((port) => own.includes(port)) ?? own;
    } else if (fact === 'label') {
      labels.push(String(first));
    } else if (first !== undefined && fact.startsWith('process:')) {
      facts[fact] = first;
    }
  }
  return { facts: labels.length === 0 ? facts : { ...facts, labels }, ports };
}

/** A port of the endpoint that also a selector allows; the usual one where it has a choice. */
function portOf(
  { ports: { low, high } }: EndpointView,
  allowed: readonly number[] | undefined,
): number | undefined {
  if (allowed !== undefined) return allowed.find((port) => port >= Math.max(1, low) && port <= high);
  const usual = 443;
  if (low <= usual && usual <= high) return usual;
  // Nothing listens on port 0.
  return high === 0 ? undefined : Math.max(1, low);
}

/** The first address of a prefix that a host can have. */
function addressOf({ address, prefixLength }: EndpointView): Uint8Array {
  const bytes = address.slice();
  const last = bytes.length - 1;
  if (prefixLength <= bytes.length * 8 - 2) bytes[last] = (bytes[last] ?? 0) | 1;
  return bytes.length === 4 ? mapIPv4(bytes) : bytes;
}

function tryOut(
  before: Side | undefined,
  after: Side | undefined,
  { facts, destination, name }: Candidate,
  now: number,
): Example {
  // Both sides are asked about the same moment.
  const connection = { remote: destination, time: now, ...(name === undefined ? {} : { name }) };
  const first = ask(before, facts, connection);
  const second = ask(after, facts, connection);
  const address = formatAddress(destination.address);
  return {
    facts,
    destination: `${address.includes(':') ? `[${address}]` : address}:${destination.port}`,
    ...(name === undefined ? {} : { name }),
    before: first,
    after: second,
    differs: outcome(first) !== outcome(second),
  };
}

function ask(side: Side | undefined, facts: Facts, connection: Connection): ExampleVerdict {
  if (side === undefined) return { action: 'ungoverned' };
  const verdict = side.core.decideConnect(facts, connection);
  const identity = side.view.identities[verdict.identity]?.workloadId;
  const service = side.view.services[verdict.service]?.name;
  return {
    action: verdict.action,
    ...(identity === undefined ? {} : { identity }),
    ...(service === undefined ? {} : { service }),
  };
}

function outcome({ action }: ExampleVerdict): string {
  return action === 'ungoverned' ? 'allow' : action;
}

const DOCUMENTATION = ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1'];

/** Addresses that are set aside for examples (RFC 5737, RFC 3849): no policy has a reason to grant them. */
export function nowhere(): readonly Place[] {
  return DOCUMENTATION.flatMap((text): readonly Place[] => {
    const address = parseAddress(text);
    const ports = { low: 0, high: 65535 };
    return address === undefined ? [] : [{ family: 6, address, prefixLength: 128, ports }];
  });
}

/** The places of a service. */
export function placesOf(service: ServiceView | undefined): readonly Place[] {
  const { endpoints = [], names = [] } = service ?? {};
  return [
    ...endpoints,
    ...names.flatMap(({ name, ports }) =>
      nowhere()
        .slice(0, 1)
        .map((place) => ({ ...place, ports, name })),
    ),
  ];
}

/** Places of services that an identity grants, a few of them. */
export function grantedPlaces(side: Side, identity: IdentityView): readonly Place[] {
  const names = side
    .grants(identity)
    .flatMap(({ services }) => services.names.slice(0, PLAN_LIMITS.endpoints));
  return names
    .slice(0, PLAN_LIMITS.endpoints)
    .flatMap((name) => placesOf(side.services.get(name)).slice(0, 1));
}
