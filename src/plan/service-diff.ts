// SPDX-License-Identifier: Apache-2.0
// How the services of two bundles differ: properties, addresses and host names, and who may connect to them.

import { formatPrefix } from '../bundle/address.ts';
import { compareText } from '../bundle/text.ts';
import type { IdentityView, ServiceView } from '../bundle/view.ts';
import { type FindExample, type Place, placesOf } from './examples.ts';
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
    const endpoints = diffPlaces(placesOf(a), placesOf(b));
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
        endpoints: endpoints.map(({ kind, place }) => {
          const service = kind === 'added' ? b : a;
          const [who] = (kind === 'added' ? grantedAfter : grantedBefore)(service);
          const example =
            who === undefined
              ? undefined
              : find({
                  selectors: who.selectors,
                  places: [place],
                  shows: (from, to) => (kind === 'added' ? to : from).service === name,
                });
          return { kind, endpoint: placeWords(place), ...(example === undefined ? {} : { example }) };
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

interface BarePlace {
  readonly kind: 'added' | 'removed';
  readonly place: Place;
}

function diffPlaces(before: readonly Place[], after: readonly Place[]): readonly BarePlace[] {
  const old = new Set(before.map(placeWords));
  const now = new Set(after.map(placeWords));
  return [
    ...after.filter((p) => !old.has(placeWords(p))).map((place) => ({ kind: 'added' as const, place })),
    ...before.filter((p) => !now.has(placeWords(p))).map((place) => ({ kind: 'removed' as const, place })),
  ];
}

/**
 * Where a service is, as a person writes it: `10.0.0.1:443`, `10.0.0.0/8 ports 8000-8080`, `2001:db8::1` for any port,
 * `api.example.com:443`.
 */
function placeWords(place: Place): string {
  const { ports } = place;
  const text = place.name ?? formatPrefix(place);
  if (ports.low === 0 && ports.high === 65535) return text;
  if (ports.low !== ports.high) return `${text} ports ${ports.low}-${ports.high}`;
  if (place.name !== undefined) return `${text}:${ports.low}`;
  const isHost = place.prefixLength === (place.family === 4 ? 32 : 128);
  if (!isHost) return `${text} port ${ports.low}`;
  return place.family === 4 ? `${text}:${ports.low}` : `[${text}]:${ports.low}`;
}

/** Finds the identities that are granted a service. What grants a set is worked out once for all services of the set. */
function startFinding(side: Side | undefined): (service: ServiceView | undefined) => readonly IdentityView[] {
  let bySet: ReadonlyMap<number, IdentitiesByCondition> | undefined;
  return (service) => {
    if (side === undefined || service === undefined) return [];
    bySet ??= identitiesBySet(side);
    const lists = service.sets.flatMap((set) =>
      [...(bySet?.get(set) ?? [])].flatMap(([condition, list]) =>
        side.reaches(condition, service) ? [list] : [],
      ),
    );
    return lists.length === 1 ? (lists[0] ?? []) : [...new Set(lists.flat())];
  };
}

/** Identities by the condition under which a rule of theirs grants; undefined: always. */
type IdentitiesByCondition = Map<number | undefined, IdentityView[]>;

function identitiesBySet(side: Side): ReadonlyMap<number, IdentitiesByCondition> {
  const found = new Map<number, IdentitiesByCondition>();
  for (const identity of side.view.identities) {
    // A rule that is never used has the same set as one that is.
    for (const { set, used, condition } of identity.rules) {
      if (set === undefined || !used) continue;
      const lists: IdentitiesByCondition = found.get(set) ?? new Map();
      found.set(set, lists);
      const list = lists.get(condition);
      if (list === undefined) lists.set(condition, [identity]);
      else list.push(identity);
    }
  }
  return found;
}
