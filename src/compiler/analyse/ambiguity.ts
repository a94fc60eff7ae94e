// SPDX-License-Identifier: Apache-2.0
// Selectors by different facts between which only the order of workload IDs decides: a process may fulfil both, and neither
// demands more. Policies select in few ways, so ways are compared and not selectors.

import { FACTS } from '../../bundle/generated.ts';
import { textLength } from '../../bundle/text.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Model, ModelIdentity, ModelSelector, ModelTerm } from '../resolve/types.ts';
import { canBothHold } from './overlap.ts';
import { factOf, sortTerms } from './selectors.ts';

/** Different ways to select that are compared with each other; a policy with more is not looked at further. */
const MOST_WAYS = 64;
/** Selectors of one way that are compared with those of another. */
const MOST_COMPARED = 256;

interface Placed {
  readonly identity: ModelIdentity;
  readonly selector: ModelSelector;
  readonly terms: readonly ModelTerm[];
}

interface Way {
  readonly facts: readonly string[];
  /** What precedence is decided by before the workload ID. */
  readonly rank: string;
  readonly selectors: Placed[];
}

/** A warning for each two ways to select of which selectors meet. */
export function checkAmbiguity(model: Model): readonly Diagnostic[] {
  const ways = [...waysOf(model).values()];
  if (ways.length > MOST_WAYS) return [];
  return ways.flatMap((way, i) =>
    ways.slice(i + 1).flatMap((other): readonly Diagnostic[] => {
      if (way.rank !== other.rank) return [];
      const met = meeting(way, other);
      return met === undefined ? [] : [ambiguous(...met)];
    }),
  );
}

function waysOf({ identities }: Model): ReadonlyMap<string, Way> {
  const ways = new Map<string, Way>();
  for (const identity of identities) {
    for (const selector of identity.selectors) {
      const terms = sortTerms(selector.terms);
      const facts = terms.map(factOf);
      const rank = rankOf(terms);
      const key = `${rank} ${facts.join()}`;
      const way = ways.get(key) ?? { facts, rank, selectors: [] };
      ways.set(key, way);
      if (way.selectors.length < MOST_COMPARED) way.selectors.push({ identity, selector, terms });
    }
  }
  return ways;
}

function rankOf(terms: readonly ModelTerm[]): string {
  const lengths = terms.flatMap(({ fact, values }) =>
    FACTS[fact].match === 'prefix' ? values.map((value) => textLength(String(value))) : [],
  );
  const width = terms.reduce((sum, { values }) => sum + values.length, 0);
  return `${terms.length} ${lengths.sort((a, b) => a - b).join()} ${width}`;
}

/** The first two selectors, of different identities, that one process can fulfil. */
function meeting(way: Way, other: Way): readonly [Placed, Placed] | undefined {
  const shared = way.facts.filter((fact) => other.facts.includes(fact));
  for (const one of way.selectors) {
    const rival = other.selectors.find(
      (two) =>
        two.identity !== one.identity &&
        canBothHold([...one.terms, ...two.terms]) &&
        shared.every((fact) => canBothHold([...termsOf(one, fact), ...termsOf(two, fact)])),
    );
    if (rival !== undefined) return [one, rival];
  }
  return undefined;
}

function termsOf({ terms }: Placed, fact: string): readonly ModelTerm[] {
  return terms.filter((term) => factOf(term) === fact);
}

function ambiguous(one: Placed, two: Placed): Diagnostic {
  const [winner, loser] =
    one.identity.workloadId < two.identity.workloadId ? ([one, two] as const) : ([two, one] as const);
  return {
    code: 'RTP1404',
    severity: 'warning',
    range: loser.selector.source,
    message: `a process can satisfy this selector and one of "${winner.identity.workloadId}"`,
    why: `they ask for other facts and neither demands more, so the lower workload ID takes precedence: "${winner.identity.workloadId}"`,
    fix: 'demand something more in the one that should win',
    related: [{ range: winner.selector.source, message: 'the other selector' }],
  };
}
