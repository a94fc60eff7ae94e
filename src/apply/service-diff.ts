// SPDX-License-Identifier: Apache-2.0
// How the services of two bundles differ: properties and endpoints, and who may connect to them.

import { formatPrefix } from '../bundle/address.ts';
import { compareText } from '../bundle/text.ts';
import type { EndpointView, IdentityView, ServiceView } from '../bundle/view.ts';
import type { FindExample } from './examples.ts';
import type { ServiceChange } from './plan-types.ts';
import type { Side } from './side.ts';

/** The services that differ, in order of name. */
export function diffServices(
  before: Side | undefined,
  after: Side | undefined,
  find: FindExample,
): readonly ServiceChange[] {
  const names = [...new Set([...(before?.services.keys() ?? []), ...(after?.services.keys() ?? [])])].sort(
    compareText,
  );
  const grantedBefore = startFinding(before);
  const grantedAfter = startFinding(after);
  return names.flatMap((name): readonly ServiceChange[] => {
    const a = before?.services.get(name);
    const b = after?.services.get(name);
    const endpoints = diffEndpoints(a?.endpoints ?? [], b?.endpoints ?? []);
    const external = differ(a?.external, b?.external);
    const tls = differ(a?.tls, b?.tls);
    if (
      a !== undefined &&
      b !== undefined &&
      endpoints.length === 0 &&
      external === undefined &&
      tls === undefined
    )
      return [];
    return [
      {
        kind: a === undefined ? 'added' : b === undefined ? 'removed' : 'changed',
        name,
        ...(external === undefined ? {} : { external }),
        ...(tls === undefined ? {} : { tls }),
        endpoints: endpoints.map(({ kind, endpoint }) => {
          const service = kind === 'added' ? b : a;
          const [who] = (kind === 'added' ? grantedAfter : grantedBefore)(service);
          const example =
            who === undefined
              ? undefined
              : find({
                  selectors: who.selectors,
                  endpoints: [endpoint],
                  shows: (from, to) => (kind === 'added' ? to : from).service === name,
                });
          return { kind, endpoint: endpointWords(endpoint), ...(example === undefined ? {} : { example }) };
        }),
        grantedTo: (b === undefined ? grantedBefore(a) : grantedAfter(b)).length,
      },
    ];
  });
}

function differ(
  before: boolean | undefined,
  after: boolean | undefined,
): { before: boolean; after: boolean } | undefined {
  // Of a service that is new or gone, its properties are not a change.
  return before === undefined || after === undefined || before === after ? undefined : { before, after };
}

interface BareEndpoint {
  readonly kind: 'added' | 'removed';
  readonly endpoint: EndpointView;
}

function diffEndpoints(
  before: readonly EndpointView[],
  after: readonly EndpointView[],
): readonly BareEndpoint[] {
  const old = new Set(before.map(endpointWords));
  const now = new Set(after.map(endpointWords));
  return [
    ...after
      .filter((e) => !old.has(endpointWords(e)))
      .map((endpoint) => ({ kind: 'added' as const, endpoint })),
    ...before
      .filter((e) => !now.has(endpointWords(e)))
      .map((endpoint) => ({ kind: 'removed' as const, endpoint })),
  ];
}

/** An endpoint as a person writes it: `10.0.0.1:443`, `10.0.0.0/8 ports 8000-8080`, `2001:db8::1` for any port. */
export function endpointWords(endpoint: EndpointView): string {
  const { ports, family, prefixLength } = endpoint;
  const text = formatPrefix(endpoint);
  if (ports.low === 0 && ports.high === 65535) return text;
  if (ports.low !== ports.high) return `${text} ports ${ports.low}-${ports.high}`;
  const isHost = prefixLength === (family === 4 ? 32 : 128);
  if (!isHost) return `${text} port ${ports.low}`;
  return family === 4 ? `${text}:${ports.low}` : `[${text}]:${ports.low}`;
}

/** Finds the identities that are granted a service. What grants a set is worked out once for all services of the set. */
function startFinding(side: Side | undefined): (service: ServiceView | undefined) => readonly IdentityView[] {
  let bySet: ReadonlyMap<number, readonly IdentityView[]> | undefined;
  return (service) => {
    if (side === undefined || service === undefined) return [];
    bySet ??= identitiesBySet(side);
    const lists = service.sets.flatMap((set) => {
      const list = bySet?.get(set);
      return list === undefined ? [] : [list];
    });
    return lists.length === 1 ? (lists[0] ?? []) : [...new Set(lists.flat())];
  };
}

function identitiesBySet(side: Side): ReadonlyMap<number, readonly IdentityView[]> {
  const found = new Map<number, IdentityView[]>();
  for (const identity of side.view.identities) {
    // A rule that is never used has the same set as one that is.
    for (const { set, used } of identity.rules) {
      if (set === undefined || !used) continue;
      const list = found.get(set);
      if (list === undefined) found.set(set, [identity]);
      else list.push(identity);
    }
  }
  return found;
}
