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
  /** Whether somebody asks what gives that which is new. */
  readonly origins: boolean;
  /** Examples of what many identities are given by the same place, by that place. */
  readonly sharedExamples: Map<string, Example>;
  /** Sets in words, as far as they were asked for. */
  readonly describedEndpoints: Map<Diagram, readonly Endpoints[]>;
  readonly describedCases: Map<Diagram, readonly Case[]>;
}

/** A set over where connections go to or come from, as places. */
export function describeEndpoints(
  set: Diagram,
  { describedEndpoints, diagrams, index, direction }: CompareContext,
): readonly Endpoints[] {
  const known = describedEndpoints.get(set) ?? endpointsIn(set, diagrams, index.space, direction);
  describedEndpoints.set(set, known);
  return known;
}

/** A set over everything else, as cases. */
export function describeCases(
  set: Diagram,
  { describedCases, diagrams, index }: CompareContext,
): readonly Case[] {
  const known = describedCases.get(set) ?? casesIn(set, diagrams, index.space);
  describedCases.set(set, known);
  return known;
}
