// SPDX-License-Identifier: Apache-2.0
// CEL to conditions: what the parts of the translation hand to one another.

import type { CelEnvironment } from '../../cel/environment.ts';
import type { CelNode } from '../../cel/tree.ts';
import type { CelExpression } from '../../cel/types.ts';
import type { CONDITION_CODES } from '../../diagnostics/codes/condition.ts';

/** Bounds of one condition. */
export const CONDITION_LIMITS = {
  /** tests of a condition before it is simplified: its lists and loops written out */
  tests: 4096,
  /** parts that are translated, those in loops once for each round */
  work: 16_384,
  /** characters of a constant text that is put together, and entries of a constant list */
  constant: 16_384,
} as const;

/** Where a condition stands: on a rule about connections that a process opens, or about those that it accepts. */
export type ConditionScope = 'egress' | 'inbound';

/** What is wrong with a condition, and where: offsets in its text, in UTF-16 code units, end excluded. */
export interface ConditionProblem {
  readonly code: keyof typeof CONDITION_CODES;
  /** One sentence without a full stop. */
  readonly message: string;
  readonly why?: string;
  readonly fix: string;
  readonly suggestion?: string;
  readonly start: number;
  readonly end: number;
}

/** What a problem says, before it has a position. */
export type Refusal = Omit<ConditionProblem, 'start' | 'end'>;

/** Values of the variables of the loops around a part, as the engine has them; all are constants. */
export interface Scope {
  readonly values: Readonly<Record<string, unknown>>;
}

/** One translation. */
export interface Translation {
  readonly where: ConditionScope;
  readonly environment: CelEnvironment;
  /** Reports a problem at a part; each once, however often a loop meets it. The result stands for what is missing. */
  readonly refuse: (node: CelNode, refusal: Refusal) => undefined;
  /** Constant parts that were compiled. */
  readonly compiled: Map<CelNode, { readonly key: string; readonly expression: CelExpression }>;
  /** Environments with the variables of loops. */
  readonly environments: Map<string, CelEnvironment>;
  /** Parts that may still be translated. */
  readonly work: { left: number };
}
