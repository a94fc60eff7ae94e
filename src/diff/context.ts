// SPDX-License-Identifier: Apache-2.0
// What the comparison of one direction works with.

import type { Diagram, Diagrams } from './space/diagrams.ts';
import type { Direction } from './what/tests.ts';
import type { Functions } from './what/outcomes.ts';
import type { SelectorIndex, Pair } from './who/groups.ts';
import { casesIn, endpointsIn } from './what/describe.ts';
import type { Case, Example, Endpoints } from './types.ts';

export interface CompareContext {
  readonly pair: Pair;
  readonly direction: Direction;
  readonly index: SelectorIndex;
  readonly diagrams: Diagrams;
  readonly functions: Functions;
  /** Also attribute each widening change to its cause. */
  readonly origins: boolean;
  /** Examples of grants that many identities share, by their cause. */
  readonly sharedExamples: Map<string, Example>;
  /** Descriptions of sets, kept once made. */
  readonly describedEndpoints: Map<Diagram, readonly Endpoints[]>;
  readonly describedCases: Map<Diagram, readonly Case[]>;
}

/** Describes the endpoints in a set. */
export function describeEndpoints(
  set: Diagram,
  { describedEndpoints, diagrams, index, direction }: CompareContext,
): readonly Endpoints[] {
  const known = describedEndpoints.get(set) ?? endpointsIn(set, diagrams, index.space, direction);
  describedEndpoints.set(set, known);
  return known;
}

/** Describes the remaining dimensions of a set, as cases. */
export function describeCases(
  set: Diagram,
  { describedCases, diagrams, index }: CompareContext,
): readonly Case[] {
  const known = describedCases.get(set) ?? casesIn(set, diagrams, index.space);
  describedCases.set(set, known);
  return known;
}
