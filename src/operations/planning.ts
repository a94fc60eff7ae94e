// SPDX-License-Identifier: Apache-2.0
// What plan and apply have in common: a policy compiled, a target looked at, and the plan between them.

import { readRevision } from '../records/git.ts';
import { observeTarget, makePlan, type PlanInputs } from '../plan/plan.ts';
import type { Plan } from '../plan/plan-types.ts';
import type { TargetName } from '../targets/target.ts';
import type { Compilation } from '../compiler/types.ts';
import { openPlace, projectDirectory, type TargetAndRecords } from './place.ts';

export interface Planned {
  readonly plan: Plan;
  readonly inputs: PlanInputs;
  readonly place: TargetAndRecords;
  readonly notes: readonly string[];
}

/** Plans a compiled policy against a target. @throws UserError, when the target or git cannot be asked. */
export async function planFor(
  compilation: Compilation,
  target: TargetName,
  directory: string,
): Promise<Planned> {
  const place = await openPlace(target, directory);
  const source = await readRevision(projectDirectory(directory));
  const { inputs, notes } = await observeTarget(place.target, place.records, source);
  return { plan: makePlan(compilation, inputs), inputs, place, notes };
}
