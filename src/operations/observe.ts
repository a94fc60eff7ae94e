// SPDX-License-Identifier: Apache-2.0
// What a plan has to know of a target.

import { reconcile } from '../apply/reconcile.ts';
import type { PlanInputs } from '../plan/plan.ts';
import type { SourceRevision } from '../records/source.ts';
import { openTarget, type OpenTarget, type TargetScope } from './targets.ts';

export interface Observed extends OpenTarget {
  readonly inputs: PlanInputs;
  /** What was repaired on the way, and where records are when they are not in the repository: sentences. */
  readonly notes: readonly string[];
}

/**
 * Asks a target and its records all that a plan of a revision needs, and repairs the record first.
 *
 * @throws UserError when the target or git cannot be asked
 */
export async function observeTarget(scope: TargetScope, source: SourceRevision): Promise<Observed> {
  const { target, records } = await openTarget(scope);
  const repaired: string[] = [];
  for (;;) {
    const { live, recorded, notes } = await reconcile(target, records);
    repaired.push(...notes);
    const files = recorded === undefined ? undefined : await records.show(recorded.id, { plan: false });
    // The bundle that is recorded need not be fetched from the kernel: its digest tells that it is the same.
    const known =
      files?.bundle !== undefined && files.manifest.digest === live.digest ? files.bundle : undefined;
    const dumped = known === undefined && live.digest !== undefined ? await target.dump() : undefined;
    // Another commit came in between.
    if (dumped !== undefined && dumped.generation !== live.generation) continue;
    const bundle = known ?? dumped?.bundle;
    const list = await target.connections?.();
    const connections = list && { list, at: Math.floor(Date.now() / 1000) };
    return {
      target,
      records,
      inputs: { target, source, recorded: files, live: { state: live, bundle, connections } },
      notes: [...records.notes, ...repaired],
    };
  }
}
