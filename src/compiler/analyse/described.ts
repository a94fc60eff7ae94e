// SPDX-License-Identifier: Apache-2.0
// Selectors as they are compared with each other: their terms in order, and what decides which of two takes precedence.

import { FACTS } from '../../bundle/generated.ts';
import { compareText, textLength } from '../../bundle/text.ts';
import type { Model, ModelIdentity, ModelSelector, ModelTerm } from '../resolve/types.ts';
import type { Nodes } from './nodes.ts';

/** A selector without its range. */
export interface Described {
  readonly nodes: Nodes;
  readonly terms: readonly ModelTerm[];
  /** The facts of its terms. */
  readonly facts: readonly string[];
  /** What takes precedence besides the facts and the workload ID: lengths of prefixes, and how many values there are. */
  readonly rank: string;
}

/** The selectors of each identity. */
export type Selectors = readonly (readonly Described[])[];

/** A selector of a model: the numbers of its identity, and of it in that. */
export interface At {
  readonly identity: number;
  readonly selector: number;
}

export function selectorOf({ identities }: Model, at: At): ModelSelector | undefined {
  return identities[at.identity]?.selectors[at.selector];
}

/** The selectors of an identity. */
export function describeSelectors({ selectors, nodes }: ModelIdentity): readonly Described[] {
  return selectors.map(({ terms }) => ({ nodes, ...describeTerms(terms) }));
}

function describeTerms(list: readonly ModelTerm[]): Omit<Described, 'nodes'> {
  const terms = sortTerms(list);
  const lengths = terms.flatMap(({ fact, values }) =>
    FACTS[fact].match === 'prefix' ? values.map((value) => textLength(String(value))) : [],
  );
  const width = terms.reduce((sum, { values }) => sum + values.length, 0);
  return { terms, facts: terms.map(factOf), rank: `${lengths.sort((a, b) => a - b).join()} ${width}` };
}

/** By fact; labels by their names. */
function sortTerms(terms: readonly ModelTerm[]): readonly ModelTerm[] {
  return terms.toSorted(
    (a, b) => FACTS[a.fact].number - FACTS[b.fact].number || compareText(factOf(a), factOf(b)),
  );
}

/** The name of the fact as a policy has it. */
export function factOf({ fact, values }: ModelTerm): string {
  if (fact !== 'label') return fact;
  const [first = ''] = values;
  return String(first).split('=', 1)[0] ?? '';
}
