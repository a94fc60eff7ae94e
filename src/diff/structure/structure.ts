// SPDX-License-Identifier: Apache-2.0
// What two policies say differently: postures, identities and services. It compares what is written; which connections that changes
// is for changes.ts to say.

import { compareText } from '../../bundle/text.ts';
import { selectorWords } from '../../bundle/words.ts';
import { DIFF_LIMITS } from '../budget.ts';
import type { Side } from '../sides/side.ts';
import type {
  Change,
  IdentityStructure,
  PostureChange,
  SelectorChange,
  StatementChange,
  StatementKind,
  Structure,
} from '../types.ts';
import type { Pair } from '../who/groups.ts';
import type { PlainSelector } from '../who/selectors.ts';
import { compareServices } from './services.ts';
import { type Statement, statementsOf, surelySame } from './statements.ts';

/** Takes time in proportion to the bundles and to what differs. */
export function compareStructure(pair: Pair): Structure {
  const [before, after] = pair.sides;
  return {
    postures: comparePostures(before, after),
    keep: compareFlag(before, after, 'keep'),
    udp: compareFlag(before, after, 'udp'),
    denyOthers: compareFlag(before, after, 'denyOthers'),
    identities: compareIdentities(pair),
    services: compareServices(before, after),
  };
}

/** What a policy says that decides no connection. */
const OTHERS: ReadonlySet<StatementKind> = new Set([
  'revocation',
  'agent loss',
  'certificate',
  'token',
  'credential',
]);

/** The identities with the changes that decide no connection, and with these alone. */
export function otherChanges({ identities }: Structure): readonly IdentityStructure[] {
  return identities.flatMap((identity) => {
    const statements = identity.statements.filter(({ what }) => OTHERS.has(what));
    return statements.length === 0 ? [] : [{ ...identity, statements }];
  });
}

function comparePostures(before: Side, after: Side): readonly PostureChange[] {
  return (['egress', 'ingress'] as const).flatMap((direction, rule) => {
    const [a, b] = [before, after].map((side) =>
      side.isGoverned ? (side.view.rules[rule]?.action ?? 'deny') : 'ungoverned',
    );
    return a === undefined || b === undefined || a === b ? [] : [{ direction, before: a, after: b }];
  });
}

function compareFlag(
  { view: before }: Side,
  { view: after }: Side,
  flag: 'keep' | 'udp' | 'denyOthers',
): Change<boolean> | undefined {
  return before[flag] === after[flag] ? undefined : { before: before[flag], after: after[flag] };
}

function compareIdentities({ sides, selectors }: Pair): readonly IdentityStructure[] {
  const [before, after] = sides;
  const [mine, yours] = selectors.map((list) => Map.groupBy(list, ({ workloadId }) => workloadId));
  const names = [...new Set([...before.identities.keys(), ...after.identities.keys()])].sort(compareText);
  const budget = { services: DIFF_LIMITS.listedServices };
  return names.flatMap((workloadId): readonly IdentityStructure[] => {
    const [a, b] = [before.identities.get(workloadId), after.identities.get(workloadId)];
    const [was, is] = [before.view.identities[a ?? -1], after.view.identities[b ?? -1]];
    const fallbacks = [was?.rules[0]?.action, is?.rules[0]?.action] as const;
    const identity: IdentityStructure = {
      kind: was === undefined ? 'added' : is === undefined ? 'removed' : 'changed',
      workloadId,
      mode: was?.mode === is?.mode ? undefined : { before: was?.mode, after: is?.mode },
      fallback: fallbacks[0] === fallbacks[1] ? undefined : { before: fallbacks[0], after: fallbacks[1] },
      selectors: compareSelectors(mine?.get(workloadId) ?? [], yours?.get(workloadId) ?? []),
      statements:
        a !== undefined && b !== undefined && surelySame(before, a, after, b)
          ? []
          : compareStatements(
              a === undefined ? [] : statementsOf(before, a),
              b === undefined ? [] : statementsOf(after, b),
              budget,
            ),
    };
    const { mode, fallback, selectors: own, statements } = identity;
    const isSame = mode === undefined && fallback === undefined && own.length + statements.length === 0;
    return isSame ? [] : [identity];
  });
}

function compareSelectors(
  before: readonly PlainSelector[],
  after: readonly PlainSelector[],
): readonly SelectorChange[] {
  const [old, now] = [before, after].map((list) => new Set(list.map(({ key }) => key)));
  return [
    ...after
      .filter(({ key }) => old?.has(key) === false)
      .map((one) => ({ kind: 'added' as const, selector: selectorWords(one) })),
    ...before
      .filter(({ key }) => now?.has(key) === false)
      .map((one) => ({ kind: 'removed' as const, selector: selectorWords(one) })),
  ];
}

/** Statements on one side only, and the services that a statement of both sides has on one side only. */
function compareStatements(
  before: readonly Statement[],
  after: readonly Statement[],
  budget: { services: number },
): readonly StatementChange[] {
  const [old, now] = [before, after].map((list) => new Map(list.map((one) => [one.key, one])));
  const added = after.flatMap((one) => only('added', one, old?.get(one.key)));
  const removed = before.flatMap((one) => only('removed', one, now?.get(one.key)));
  // Equal text for unequal data: the text leaves out the difference.
  const wordsOf = ({ what, statement, terms, services }: StatementChange): string =>
    JSON.stringify([what, statement, terms, services]);
  const isAdded = new Set(added.map(wordsOf));
  const alike = new Set(removed.map(wordsOf).filter((words) => isAdded.has(words)));
  return [
    ...added.map((one): StatementChange => (alike.has(wordsOf(one)) ? { ...one, kind: 'changed' } : one)),
    ...removed.filter((one) => !alike.has(wordsOf(one))),
  ].map((one) => list(one, budget));
}

function only(
  kind: 'added' | 'removed',
  { what, services, words }: Statement,
  other: Statement | undefined,
): readonly StatementChange[] {
  if (other === undefined)
    return [{ kind, what, ...words(), services: services === undefined ? undefined : [...services] }];
  if (services === other.services) return [];
  const own = [...(services ?? [])].filter((name) => other.services?.has(name) !== true);
  return own.length === 0 ? [] : [{ kind, what, ...words(), services: own }];
}

/** Many identities may have the same thousands of services: how many are listed in all is limited, and the rest counted. */
function list(change: StatementChange, budget: { services: number }): StatementChange {
  const { services } = change;
  if (services === undefined) return change;
  const listed = services.slice(0, budget.services);
  budget.services -= listed.length;
  const left = services.length - listed.length;
  return { ...change, services: listed, servicesLeft: left === 0 ? undefined : left };
}
