// SPDX-License-Identifier: Apache-2.0
// What the comparison of one direction works with.

import type { Diagram, Diagrams } from './diagrams.ts';
import type { Direction } from './formulas.ts';
import type { Functions } from './functions.ts';
import type { Field, Pair } from './groups.ts';
import { casesIn, placesIn } from './places.ts';
import type { Case, Example, Places } from './types.ts';

export interface Workshop {
  readonly pair: Pair;
  readonly direction: Direction;
  readonly field: Field;
  readonly diagrams: Diagrams;
  readonly functions: Functions;
  /** Whether somebody asks what gives that which is new. */
  readonly wantsOrigins: boolean;
  /** Examples of what many identities are given by the same place, by that place. */
  readonly sharedExamples: Map<string, Example>;
  /** Sets in words, as far as they were asked for. */
  readonly describedPlaces: Map<Diagram, readonly Places[]>;
  readonly describedCases: Map<Diagram, readonly Case[]>;
}

/** A set over where connections go to or come from, as places. */
export function describePlaces(
  set: Diagram,
  { describedPlaces, diagrams, field, direction }: Workshop,
): readonly Places[] {
  const known = describedPlaces.get(set) ?? placesIn(set, diagrams, field.universe, direction);
  describedPlaces.set(set, known);
  return known;
}

/** A set over everything else, as cases. */
export function describeCases(set: Diagram, { describedCases, diagrams, field }: Workshop): readonly Case[] {
  const known = describedCases.get(set) ?? casesIn(set, diagrams, field.universe);
  describedCases.set(set, known);
  return known;
}
