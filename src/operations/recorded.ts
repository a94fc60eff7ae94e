// SPDX-License-Identifier: Apache-2.0
// What is in force on a target, and what was: looked at, kept, and put back.

import {
  type ApplyOptions,
  type ApplyResult,
  confirmApplied,
  rollbackTo,
  type Situated,
} from '../apply/apply.ts';
import { readStatus, type Status, type StatusOptions } from '../apply/status.ts';
import type { AppliedRecord } from '../records/record.ts';
import { openTarget, type TargetScope } from './targets.ts';

/** Keeps the commit that waits for its confirmation. @throws UserError as `openTarget` and `confirmApplied` do */
export async function confirm(scope: TargetScope): Promise<Situated> {
  return confirmApplied(await openTarget(scope));
}

/** Puts an earlier bundle back in force: that of a record, or the one before. @throws UserError as `openTarget` and `rollbackTo` do */
export async function rollback(
  scope: TargetScope,
  revision: string | undefined,
  options: Omit<ApplyOptions, 'target' | 'records'>,
): Promise<ApplyResult> {
  return rollbackTo(revision, { ...options, ...(await openTarget(scope)) });
}

/** What is in force, beside the record. A target that cannot be asked is a status as well. */
export async function statusOf(scope: TargetScope, options: StatusOptions): Promise<Status> {
  const { target, records } = await openTarget(scope);
  return readStatus(target, records, options);
}

export interface History {
  readonly node: string;
  /** The latest first. */
  readonly records: readonly AppliedRecord[];
  /** Where the records are when they are not in the repository: sentences. */
  readonly notes: readonly string[];
}

/** What was applied to a target; the latest `limit` records, when one is given. */
export async function historyOf(scope: TargetScope, limit: number | undefined): Promise<History> {
  const { target, records } = await openTarget(scope);
  return { node: target.node, records: await records.history(limit), notes: records.notes };
}
