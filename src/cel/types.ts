// SPDX-License-Identifier: Apache-2.0
// Expressions: text to something that can be run. The rest of riptides knows CEL by these types alone.

import type { Cost, Sizes } from './cost.ts';
import type { References } from './syntax.ts';
import type { CelType } from './values.ts';

/** What is wrong with an expression, and where: offsets in its text, in UTF-16 code units, end excluded. */
export interface CelProblem {
  readonly kind: 'syntax' | 'type' | 'limit' | 'pattern' | 'evaluation';
  /** One sentence without a full stop. */
  readonly message: string;
  readonly start: number;
  readonly end: number;
  /** What to write instead, when that is known. */
  readonly fix?: string | undefined;
  readonly suggestion?: string | undefined;
}

/** An expression that was parsed and type-checked. */
export interface CelExpression {
  /** The type of the result, as CEL writes it. */
  readonly type: CelType;
  readonly references: References;
  /** An upper bound of the work for variables of these sizes. */
  readonly cost: (sizes: Sizes) => Cost;
  /** Runs it. The values are those of the environment's variables, made by `celValue`. */
  readonly evaluate: (values: Readonly<Record<string, unknown>>) => CelResult;
}

export type CelResult =
  | { readonly value: unknown }
  | { readonly problem: CelProblem; readonly cause: unknown };

export type CelCompiled =
  | { readonly expression: CelExpression }
  | { readonly problems: readonly CelProblem[] };
