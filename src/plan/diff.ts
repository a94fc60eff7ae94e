// SPDX-License-Identifier: Apache-2.0
// What changes for whom when one bundle replaces another.

import { compareText } from '../bundle/text.ts';
import type { IdentityView, SelectorView, TermView } from '../bundle/view.ts';
import { clausesOf } from './clauses.ts';
import { type BareChange, startComparing } from './destinations.ts';
import { type FindExample, grantedPlaces, nowhere, placesOf, startSearching } from './examples.ts';
import {
  type Action,
  type Changes,
  type DestinationChange,
  type IdentityChange,
  type Kind,
  PLAN_LIMITS,
  type PostureChange,
  type SelectorChange,
  type Summary,
} from './plan-types.ts';
import { diffServices } from './service-diff.ts';
import { type Grant, openSide, type Side, startInterning } from './side.ts';

export interface Difference {
  readonly changes: Changes;
  readonly summary: Summary;
}

export interface DiffOptions {
  /** Whether to look for example connections; without them a comparison is faster. */
  readonly examples?: boolean;
  /** When the examples happen: seconds since 1970. */
  readonly now?: number;
}

/**
 * Compares two bundles; an absent one governs nothing. Takes time in proportion to the bundles and to what differs.
 *
 * @throws UserError `bundle-refused`, `bundle-version`
 */
export function diffBundles(
  before: Uint8Array | undefined,
  after: Uint8Array | undefined,
  { examples = true, now = Math.floor(Date.now() / 1000) }: DiffOptions = {},
): Difference {
  const intern = startInterning();
  const sides: Sides = {
    before: before === undefined ? undefined : openSide(before, intern),
    after: after === undefined ? undefined : openSide(after, intern),
  };
  const find: FindExample = examples ? startSearching(sides.before, sides.after, now) : () => undefined;
  const { identities, counted } = diffIdentities(sides, find);
  const services = diffServices(sides.before, sides.after, find);
  const postures = diffPostures(sides, find);
  const count = <T extends { readonly kind: Kind }>(list: readonly T[], kind: Kind): number =>
    list.filter((item) => item.kind === kind).length;
  const counts = (list: readonly { readonly kind: Kind }[]): Summary['identities'] => ({
    added: count(list, 'added'),
    removed: count(list, 'removed'),
    changed: count(list, 'changed'),
  });
  const selectors = identities.flatMap((identity) => identity.selectors);
  const clauses = identities.flatMap((identity) => identity.clauses);
  return {
    changes: { postures, identities, services },
    summary: {
      changes: !sameBytes(before, after),
      identities: counts(identities),
      services: counts(services),
      destinations: counted,
      selectors: {
        added: selectors.filter(({ kind }) => kind === 'added').length,
        removed: selectors.filter(({ kind }) => kind === 'removed').length,
      },
      clauses: {
        added: clauses.filter(({ kind }) => kind === 'added').length,
        removed: clauses.filter(({ kind }) => kind === 'removed').length,
      },
      postures: postures.length,
      unlisted: identities.reduce((sum, { unlisted }) => sum + unlisted, 0),
    },
  };
}

interface Sides {
  readonly before: Side | undefined;
  readonly after: Side | undefined;
}

function sameBytes(before: Uint8Array | undefined, after: Uint8Array | undefined): boolean {
  if (before === undefined || after === undefined) return before === after;
  return Buffer.compare(before, after) === 0;
}

function diffPostures({ before, after }: Sides, find: FindExample): readonly PostureChange[] {
  const changes: PostureChange[] = [];
  for (const direction of ['egress', 'ingress'] as const) {
    const change = {
      before: before?.[direction] ?? ('ungoverned' as const),
      after: after?.[direction] ?? ('ungoverned' as const),
    };
    if (change.before === change.after) continue;
    // Of a connection that is accepted there is nothing to tell but the posture itself.
    const example =
      direction === 'ingress'
        ? undefined
        : find({
            selectors: [],
            places: nowhere(),
            shows: (a, b) => a.identity === undefined && b.identity === undefined,
          });
    changes.push({ direction, change, ...(example === undefined ? {} : { example }) });
  }
  return changes;
}

type Counted = Summary['destinations'];

function diffIdentities(
  { before, after }: Sides,
  find: FindExample,
): { identities: readonly IdentityChange[]; counted: Counted } {
  const names = [
    ...new Set([...(before?.identities.keys() ?? []), ...(after?.identities.keys() ?? [])]),
  ].sort(compareText);
  const compare = startComparing();
  const counted = { gained: 0, lost: 0, changed: 0 };
  let room: number = PLAN_LIMITS.destinations;
  const grantsOf = (side: Side | undefined, identity: IdentityView | undefined): readonly Grant[] =>
    side === undefined || identity === undefined ? [] : side.grants(identity);

  const identities = names.flatMap((workloadId): readonly IdentityChange[] => {
    const a = before?.identities.get(workloadId);
    const b = after?.identities.get(workloadId);
    const bare = compare(grantsOf(before, a), grantsOf(after, b));
    for (const { kind } of bare) counted[kind] += 1;
    const selectors = diffSelectors(a?.selectors ?? [], b?.selectors ?? []);
    const clauses = diffClauses(before, a, after, b);
    const mode = a?.mode === b?.mode ? undefined : { before: a?.mode, after: b?.mode };
    const fallback =
      fallbackOf(a) === fallbackOf(b) ? undefined : { before: fallbackOf(a), after: fallbackOf(b) };
    const isSame = mode === undefined && fallback === undefined && clauses.length === 0;
    if (bare.length === 0 && selectors.length === 0 && isSame) return [];
    const listed = bare.slice(0, room);
    room -= listed.length;
    return [
      {
        kind: a === undefined ? 'added' : b === undefined ? 'removed' : 'changed',
        workloadId,
        ...(mode === undefined ? {} : { mode }),
        ...(fallback === undefined
          ? {}
          : { fallback: { ...fallback, ...fallbackExample(workloadId, a, b, find) } }),
        selectors: selectors.map((change) => showSelector(change, workloadId, { before, after }, a, b, find)),
        clauses,
        destinations: listed.map((change) =>
          showDestination(change, workloadId, { before, after }, a, b, find),
        ),
        unlisted: bare.length - listed.length,
      },
    ];
  });
  return { identities, counted };
}

function diffClauses(
  before: Side | undefined,
  a: IdentityView | undefined,
  after: Side | undefined,
  b: IdentityView | undefined,
): IdentityChange['clauses'] {
  const old = before === undefined || a === undefined ? [] : clausesOf(before.view, a);
  const now = after === undefined || b === undefined ? [] : clausesOf(after.view, b);
  const isOld = new Set(old);
  const isNow = new Set(now);
  return [
    ...now.filter((clause) => !isOld.has(clause)).map((clause) => ({ kind: 'added' as const, clause })),
    ...old.filter((clause) => !isNow.has(clause)).map((clause) => ({ kind: 'removed' as const, clause })),
  ];
}

/** What becomes of connections that no egress rule of the identity grants: its first rule says so. */
function fallbackOf(identity: IdentityView | undefined): Action | undefined {
  return identity?.rules[0]?.action;
}

function fallbackExample(
  workloadId: string,
  a: IdentityView | undefined,
  b: IdentityView | undefined,
  find: FindExample,
): { readonly example?: NonNullable<ReturnType<FindExample>> } {
  const example = find({
    selectors: (b ?? a)?.selectors ?? [],
    places: nowhere(),
    shows: (before, after) =>
      (a === undefined || before.identity === workloadId) &&
      (b === undefined || after.identity === workloadId) &&
      before.service === undefined &&
      after.service === undefined,
  });
  return example === undefined ? {} : { example };
}

interface BareSelector {
  readonly kind: 'added' | 'removed';
  readonly selector: SelectorView;
}

function diffSelectors(
  before: readonly SelectorView[],
  after: readonly SelectorView[],
): readonly BareSelector[] {
  if (before.length === 0 && after.length === 0) return [];
  const old = new Set(before.map(selectorWords));
  const now = new Set(after.map(selectorWords));
  return [
    ...after
      .filter((s) => !old.has(selectorWords(s)))
      .map((selector) => ({ kind: 'added' as const, selector })),
    ...before
      .filter((s) => !now.has(selectorWords(s)))
      .map((selector) => ({ kind: 'removed' as const, selector })),
  ];
}

/** A selector as a person reads it: terms in order, values with commas between; what has blanks or commas in quotes. */
export function selectorWords({ terms }: { readonly terms: readonly TermView[] }): string {
  return terms
    .map(({ fact, values }) => `${fact}=${values.map(valueWords).join(',')}`)
    .sort(compareText)
    .join(' ');
}

function valueWords(value: string | number): string {
  return typeof value === 'number' || /^[^\s,"]+$/.test(value) ? String(value) : JSON.stringify(value);
}

function showSelector(
  { kind, selector }: BareSelector,
  workloadId: string,
  { before, after }: Sides,
  a: IdentityView | undefined,
  b: IdentityView | undefined,
  find: FindExample,
): SelectorChange {
  const side = kind === 'added' ? after : before;
  const identity = kind === 'added' ? b : a;
  const granted = side === undefined || identity === undefined ? [] : grantedPlaces(side, identity);
  const example = find({
    selectors: [selector],
    places: [...granted, ...nowhere()],
    shows: (from, to) =>
      kind === 'added'
        ? from.identity !== workloadId && to.identity === workloadId
        : from.identity === workloadId && to.identity !== workloadId,
  });
  return { kind, selector: selectorWords(selector), ...(example === undefined ? {} : { example }) };
}

function showDestination(
  change: BareChange,
  workloadId: string,
  { before, after }: Sides,
  a: IdentityView | undefined,
  b: IdentityView | undefined,
  find: FindExample,
): DestinationChange {
  const [side, identity] = change.kind === 'lost' ? [before, a] : [after, b];
  const example = find({
    selectors: identity?.selectors ?? [],
    places: placesOf(side?.services.get(change.service)),
    shows: (from, to) => {
      const verdict = change.kind === 'lost' ? from : to;
      return verdict.identity === workloadId && verdict.service === change.service;
    },
  });
  return { ...change, ...(example === undefined ? {} : { example }) };
}
