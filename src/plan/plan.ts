// SPDX-License-Identifier: Apache-2.0
// Makes a plan: desired against live, and live against recorded.

import { FEATURE_FLAGS } from '../bundle/generated.ts';
import { readFeatures } from '../bundle/reader.ts';
import type { SourceMap } from '../bundle/source-map.ts';
import type { FeatureName } from '../bundle/view.ts';
import type { Compilation } from '../compiler/types.ts';
import { comparePolicies } from '../diff/compare.ts';
import { type Compared, withSources } from '../diff/sides/side.ts';
import { type Drift, type Plan, type PlanBase, PLAN_STEPS } from './plan-types.ts';
import type { KernelConnection } from '../netlink/connections.ts';
import { findRevoked } from './revoked.ts';
import { bundleWords } from '../targets/words.ts';
import type { RecordFiles } from '../records/record.ts';
import type { SourceRevision } from '../records/source.ts';
import type { LiveState, TargetName } from '../targets/target.ts';

/** What is known of a target when a plan is made for it. */
export interface PlanInputs {
  readonly target: { readonly name: TargetName; readonly node: string };
  readonly source: SourceRevision;
  /** The last record. */
  readonly recorded?: Pick<RecordFiles, 'manifest' | 'bundle' | 'sourceMap'> | undefined;
  /** What is in force; absent when the target was not asked: the plan is then made against the record. */
  readonly live?: {
    readonly state: Pick<LiveState, 'generation' | 'digest' | 'features'>;
    readonly bundle?: Uint8Array | undefined;
    /** The connections of the host, and when it was asked (seconds since 1970); absent where the target has none to tell of. */
    readonly connections?: { readonly list: readonly KernelConnection[]; readonly at: number } | undefined;
  };
}

/** The part of a compilation that a plan is about. */
export type Desired = Pick<Compilation, 'bundle' | 'digest'> &
  Partial<Pick<Compilation, 'otherNodes'>> & {
    /** Says in examples where rules are written. */
    readonly sourceMap?: SourceMap | undefined;
  };

/**
 * What applying a bundle would change. Pure: the same inputs give the same plan, byte for byte as JSON.
 *
 * @throws UserError `bundle-refused`, `bundle-version` when one of the bundles is not well formed
 */
export function makePlan(desired: Desired, inputs: PlanInputs): Plan {
  const { target, source, recorded, live } = inputs;
  const base = baseOf(inputs);
  const bundle = live === undefined ? recorded?.bundle : live.bundle;
  const before = bundle && withSources(bundle, base.digest, recorded?.sourceMap);
  const difference = comparePolicies(before, desired, { steps: PLAN_STEPS });
  const drift = driftOf(inputs);
  const lacking = lackingFeatures(desired.bundle, live?.state.features);
  return {
    schemaVersion: 2,
    target: target.name,
    node: target.node,
    base,
    desired: {
      digest: desired.digest,
      size: desired.bundle.byteLength,
      ...(desired.otherNodes !== undefined && desired.otherNodes > 0 && { otherNodes: desired.otherNodes }),
    },
    source,
    drift,
    ...(lacking.length === 0 ? {} : { lacking }),
    changes: !difference.sameBytes,
    ...(difference.sameBytes ? {} : revokedBy(desired, live)),
    difference,
  };
}

/** What a bundle would do to the connections of a host. */
export function revokedBy(
  desired: { readonly bundle: Uint8Array; readonly sourceMap?: unknown },
  live: PlanInputs['live'],
): Pick<Plan, 'revoked'> {
  const { list, at } = live?.connections ?? {};
  return list === undefined || at === undefined ? {} : { revoked: findRevoked(desired, list, at) };
}

/** What a bundle needs of a host, and the host does not have; nothing when the host was not asked. */
export function lackingFeatures(bundle: Uint8Array, features: number | undefined): readonly FeatureName[] {
  if (features === undefined) return [];
  return readFeatures(bundle).filter((name) => (features & FEATURE_FLAGS[name]) === 0);
}

function baseOf({ recorded, live }: PlanInputs): PlanBase {
  const recordedDigest = recorded?.manifest.digest;
  const digest = live === undefined ? recordedDigest : live.state.digest;
  return {
    from: digest === undefined ? 'nothing' : live === undefined ? 'recorded' : 'live',
    generation: live?.state.generation,
    digest,
    recordedDigest,
  };
}

function driftOf({ recorded, live }: PlanInputs): Drift | undefined {
  const was = recorded?.manifest.digest;
  const is = live?.state.digest;
  if (live === undefined || was === is) return undefined;
  const { summary } = comparePolicies(compared(recorded?.bundle), compared(live.bundle), {
    steps: PLAN_STEPS,
  });
  const restarted =
    is === undefined && live.state.generation === 0
      ? ': the module was loaded again, or the host was restarted'
      : '';
  return {
    live: is,
    recorded: was,
    words: `${bundleWords(is)} is in force, and ${bundleWords(was)} is recorded${restarted}`,
    summary,
  };
}

function compared(bundle: Uint8Array | undefined): Compared | undefined {
  return bundle === undefined ? undefined : { bundle };
}
