// SPDX-License-Identifier: Apache-2.0
// Every code of a diagnostic. A released code never changes its meaning; one that is retired is not reused. The first two digits tell the stage that gives it.

import { AGENT_CODES } from './codes/agent.ts';
import { ANALYSE_CODES } from './codes/analyse.ts';
import { CONDITION_CODES } from './codes/condition.ts';
import { DIALECT_CODES } from './codes/dialect.ts';
import type { CodeEntry } from './codes/entry.ts';
import { GUARD_CODES } from './codes/guard.ts';
import { LINT_CODES } from './codes/lint.ts';
import { LOAD_CODES } from './codes/load.ts';
import { LOWER_CODES } from './codes/lower.ts';
import { POLICY_TEST_CODES } from './codes/policy-test.ts';
import { REPORT_CODES } from './codes/report.ts';
import { RESOLVE_CODES } from './codes/resolve.ts';
import { SHAPE_CODES } from './codes/shape.ts';

/** All codes with their explanations: RTP10xx load, 11xx shape, 12xx resolve, 13xx guard, 14xx analyse, 15xx lower, 16xx conditions, 17xx lint, 18xx tests, 19xx what is shown, 20xx the agent. */
export const CODES = {
  ...LOAD_CODES,
  ...DIALECT_CODES,
  ...SHAPE_CODES,
  ...RESOLVE_CODES,
  ...GUARD_CODES,
  ...ANALYSE_CODES,
  ...LOWER_CODES,
  ...LINT_CODES,
  ...POLICY_TEST_CODES,
  ...CONDITION_CODES,
  ...REPORT_CODES,
  ...AGENT_CODES,
} as const satisfies Record<`RTP${1 | 2}${number}`, CodeEntry>;

export type DiagnosticCode = keyof typeof CODES;
