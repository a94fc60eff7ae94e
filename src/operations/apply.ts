// SPDX-License-Identifier: Apache-2.0
// Applying a policy, or a plan that was saved: prepared, shown to whoever decides, then carried out.

import { statSync } from 'node:fs';
import {
  type Appliable,
  applyBundle,
  type ApplyOptions,
  type ApplyResult,
  checkBundle,
} from '../apply/apply.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { UserError } from '../errors.ts';
import { revokedBy } from '../plan/plan.ts';
import { keptPlan, type Plan } from '../plan/plan-types.ts';
import { loadPlan, refuseStale } from '../plan/saved-plan.ts';
import { readCommit } from '../records/source.ts';
import { isYamlFile } from '../schema/paths.ts';
import type { TargetName } from '../targets/target.ts';
import { observeTarget } from './observe.ts';
import type { OnProgress } from '../compiler/types.ts';
import { planPolicy } from './plan.ts';
import type { OpenTarget, TargetScope } from './targets.ts';

export interface ApplyRequest {
  /** Directory of a policy, or a plan that was saved: then the project is the working directory. */
  readonly policy: string;
  /** Unless given: that of the saved plan, or the kernel. */
  readonly target: TargetName | undefined;
  readonly node: string | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/** What would be applied. */
export interface Prepared extends OpenTarget {
  readonly plan: Plan;
  /** Whether the plan was saved, and so was seen before. */
  readonly isSaved: boolean;
  /** What would be committed. */
  readonly what: Appliable;
  readonly scope: TargetScope;
  /** Warnings of the compiler. */
  readonly diagnostics: readonly Diagnostic[];
  /** What was repaired on the way: sentences. */
  readonly notes: readonly string[];
}

/**
 * Makes a plan, or loads the one that was saved.
 *
 * @throws PolicyRefused; UserError `plan-stale`, `plan-unreadable`, and when the target or git cannot be asked
 */
export async function prepareApply(request: ApplyRequest): Promise<Prepared> {
  return isSavedPlan(request.policy) ? fromPlan(request) : fromPolicy(request);
}

async function fromPolicy({ policy, target = 'kernel', node, onProgress }: ApplyRequest): Promise<Prepared> {
  const scope = { directory: policy, target };
  const { compilation, source, ...planned } = await planPolicy(scope, node, onProgress);
  const what = appliable(planned.plan, { ...compilation, source: source.files });
  return { ...planned, isSaved: false, scope, what };
}

async function fromPlan({ policy: file, target }: ApplyRequest): Promise<Prepared> {
  const { plan, bundle, sourceMap, source } = await loadPlan(file);
  const scope = { directory: '.', target: target ?? plan.target };
  const observed = await observeTarget(scope, {
    ...(await readCommit(scope.directory)),
    dirty: plan.source.dirty,
  });
  refuseStale(plan, observed.inputs);
  const what = appliable(plan, { bundle, digest: plan.desired.digest, sourceMap, source });
  const impact = plan.changes ? revokedBy({ bundle, sourceMap }, observed.inputs.live) : {};
  return { ...observed, plan: { ...plan, ...impact }, isSaved: true, scope, what, diagnostics: [] };
}

function isSavedPlan(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true && !isYamlFile(path);
}

function appliable(
  plan: Plan,
  { bundle, digest, sourceMap, source }: Pick<Appliable, 'bundle' | 'digest' | 'sourceMap' | 'source'>,
): Appliable {
  const expectedGeneration = plan.base.generation ?? 0;
  return {
    bundle,
    digest,
    sourceMap,
    source,
    plan: keptPlan(plan),
    revision: plan.source,
    expectedGeneration,
  };
}

/** Lets the target verify what would be applied, and changes nothing. Gives the generation in force. @throws UserError */
export async function checkPrepared({ what, target }: Prepared): Promise<number> {
  return checkBundle(what.bundle, target);
}

/**
 * Whether there is anything to apply: also a record that is missing.
 *
 * @throws UserError `bundle-refused` when the host cannot do what the bundle needs
 */
export function needsApply({ plan, what: { digest }, target }: Prepared): boolean {
  if (plan.lacking !== undefined)
    throw new UserError('bundle-refused', {
      message: `${target.name} on ${target.node} cannot do what the policy needs: ${plan.lacking.join(', ')}`,
      why: 'a partly enforced policy would promise more than it does',
      fix: 'install a module that can, or remove what needs it from the policy; "riptides inspect" shows it',
    });
  return plan.changes || plan.base.digest !== digest || plan.base.recordedDigest !== digest;
}

/** Puts what was prepared in force, and records it. @throws UserError as `applyBundle` does */
export async function applyPrepared(
  { what, target, records }: Prepared,
  options: Omit<ApplyOptions, 'target' | 'records'>,
): Promise<ApplyResult> {
  return applyBundle(what, { ...options, target, records });
}
