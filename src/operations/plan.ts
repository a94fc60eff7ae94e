// SPDX-License-Identifier: Apache-2.0
// Planning the policy of a directory for a target.

import { makePlan } from '../plan/plan.ts';
import type { Plan } from '../plan/plan-types.ts';
import { compileHere, type Compiled } from './compile.ts';
import { observeTarget, type Observed } from './observe.ts';
import type { TargetScope } from './targets.ts';

export interface Planned extends Observed, Compiled {
  readonly plan: Plan;
}

/**
 * Compiles a policy and plans it against its target.
 *
 * @throws PolicyRefused; UserError when the target or git cannot be asked
 */
export async function planPolicy(scope: TargetScope, node: string | undefined): Promise<Planned> {
  const compiled = await compileHere(scope.directory, node === undefined ? {} : { node }, scope.target);
  const observed = await observeTarget(scope);
  return { ...compiled, ...observed, plan: makePlan(compiled.compilation, observed.inputs) };
}
