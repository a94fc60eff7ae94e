// SPDX-License-Identifier: Apache-2.0
// A plan: what changes for whom when a bundle replaces the one in force. It is data; render-plan.ts makes text of it, and as
// JSON it is what `plan --json` prints and records keep. Additions do not change schemaVersion; anything else does.

import type { FeatureName } from '../bundle/view.ts';
import type { DifferenceSummary, PolicyDifference } from '../diff/types.ts';
import type { SourceRevision } from '../records/source.ts';
import type { TargetName } from '../targets/target.ts';
import type { Revoked } from './revoked.ts';

/** Steps of the comparison of every connection for a plan: a few seconds. What is beyond is said, never silently dropped. */
export const PLAN_STEPS = 20_000_000;

export interface Plan {
  readonly schemaVersion: 2;
  readonly target: TargetName;
  readonly node: string;
  readonly base: PlanBase;
  /** `otherNodes`: identities of the policy that are for other nodes. */
  readonly desired: { readonly digest: string; readonly size: number; readonly otherNodes?: number };
  readonly source: SourceRevision;
  /** What is in force is not what was recorded last. */
  readonly drift?: Drift | undefined;
  /** Features of FEATURE_FLAGS that the bundle needs and the host does not have: it will refuse the bundle. */
  readonly lacking?: readonly FeatureName[];
  /** Whether applying changes anything at all. */
  readonly changes: boolean;
  /**
   * What becomes of the connections of the host at this moment: not in saved plans and records. Absent where the target has none to tell
   * of, or nothing changes.
   */
  readonly revoked?: Revoked | undefined;
  /** What is written differently, and which connections are decided differently, as `diff --json` prints it. */
  readonly difference: PolicyDifference;
}

/** A plan as it is kept: without what is true at this moment only. */
export function keptPlan({ revoked: _revoked, ...plan }: Plan): Plan {
  return plan;
}

/** What the plan was made against. */
export interface PlanBase {
  /** `live`: what is in force; `recorded`: the last record, when the target was not asked; `nothing`: no bundle at all. */
  readonly from: 'live' | 'recorded' | 'nothing';
  /** Generation in force; absent when the target was not asked. */
  readonly generation?: number | undefined;
  /** The bundle that the changes are counted from. */
  readonly digest?: string | undefined;
  readonly recordedDigest?: string | undefined;
}

export interface Drift {
  readonly live?: string | undefined;
  readonly recorded?: string | undefined;
  /** One sentence. */
  readonly words: string;
  /** How much was changed behind the record's back: from the recorded bundle to the one in force. */
  readonly summary: DifferenceSummary;
}
