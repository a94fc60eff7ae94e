// SPDX-License-Identifier: Apache-2.0
// A plan: what changes for whom when a bundle replaces the one in force. It is data; render-plan.ts makes text of it, and as
// JSON it is what `plan --json` prints and records keep. Additions do not change schemaVersion; anything else does.

import type { Facts } from '../bundle/core.ts';
import type { ActionName, FeatureName, ModeName } from '../bundle/view.ts';
import type { PolicyDifference } from '../diff/types.ts';
import type { TargetName } from '../targets/target.ts';

/** Bounds of what a plan lists. What is beyond is counted in the summary and said, never silently dropped. */
export const PLAN_LIMITS = {
  /** destinations listed with their examples */
  destinations: 20_000,
  /** selectors, and endpoints of each, that are tried to find one example */
  selectors: 2,
  endpoints: 4,
  /** steps of the comparison of every connection: a few seconds */
  steps: 20_000_000,
} as const;

export type Action = ActionName;

export interface Plan {
  readonly schemaVersion: 1;
  readonly target: TargetName;
  readonly node: string;
  readonly base: PlanBase;
  /** `otherNodes`: identities of the policy that are for other nodes. */
  readonly desired: { readonly digest: string; readonly size: number; readonly otherNodes?: number };
  readonly source: { readonly commit?: string; readonly dirty: boolean };
  /** What is in force is not what was recorded last. */
  readonly drift?: Drift;
  /** Features of FEATURE_FLAGS that the bundle needs and the host does not have: it will refuse the bundle. */
  readonly lacking?: readonly FeatureName[];
  /** What is written otherwise. */
  readonly changes: Changes;
  readonly summary: Summary;
  /** Which connections are decided otherwise, as `diff --json` prints it; absent when no bundle is in force. */
  readonly difference?: PolicyDifference;
}

/** What the plan was made against. */
export interface PlanBase {
  /** `live`: what is in force; `recorded`: the last record, when the target was not asked; `nothing`: no bundle at all. */
  readonly from: 'live' | 'recorded' | 'nothing';
  /** Generation in force; absent when the target was not asked. */
  readonly generation?: number;
  /** The bundle that the changes are counted from. */
  readonly digest?: string;
  readonly recordedDigest?: string;
}

export interface Drift {
  readonly live?: string;
  readonly recorded?: string;
  /** One sentence. */
  readonly words: string;
  /** What was changed behind the record's back: from the recorded bundle to the one in force. */
  readonly summary: Summary;
}

export interface Changes {
  readonly postures: readonly PostureChange[];
  /** In order of workloadID. */
  readonly identities: readonly IdentityChange[];
  /** In order of name. */
  readonly services: readonly ServiceChange[];
}

export interface Change<T> {
  readonly before: T;
  readonly after: T;
}

export interface PostureChange {
  readonly direction: 'egress' | 'ingress';
  readonly change: Change<Action | 'ungoverned'>;
  readonly example?: Example;
}

export type Kind = 'added' | 'removed' | 'changed';

export interface IdentityChange {
  readonly kind: Kind;
  readonly workloadId: string;
  readonly mode?: Change<ModeName | undefined>;
  /** What becomes of connections that no egress rule grants. */
  readonly fallback?: Change<Action | undefined> & { readonly example?: Example };
  readonly selectors: readonly SelectorChange[];
  /** Conditions, peers, inbound rules, TLS, certificates and credentials: lines that are there on one side only. */
  readonly clauses: readonly { readonly kind: 'added' | 'removed'; readonly clause: string }[];
  readonly destinations: readonly DestinationChange[];
  /** Destinations of this identity that are counted in the summary but not listed here. */
  readonly unlisted: number;
}

export interface SelectorChange {
  readonly kind: 'added' | 'removed';
  /** As in `process:name=curl process:uid=1000,1001`. */
  readonly selector: string;
  readonly example?: Example;
}

export interface DestinationChange {
  /** Gained: an egress rule grants it now; lost: none does any more; changed: allowed instead of audited, or the other way. */
  readonly kind: 'gained' | 'lost' | 'changed';
  readonly service: string;
  readonly before?: Action;
  readonly after?: Action;
  readonly example?: Example;
}

export interface ServiceChange {
  readonly kind: Kind;
  readonly name: string;
  readonly external?: Change<boolean>;
  readonly tls?: Change<boolean>;
  /** As in `10.0.0.0/8 ports 8000-8080` or `api.example.com:443`. */
  readonly endpoints: readonly {
    readonly kind: 'added' | 'removed';
    readonly endpoint: string;
    readonly example?: Example;
  }[];
  /** Identities that the changed bundle lets connect to it. */
  readonly grantedTo: number;
}

/** A connection that shows a change. Both verdicts were given by the evaluator that the kernel runs. */
export interface Example {
  /** Facts of the process: of a process with these and no others the verdicts are true. */
  readonly facts: Facts;
  /** As in `10.0.0.1:443` or `[2001:db8::1]:443`. */
  readonly destination: string;
  /** The host name that is connected to. */
  readonly name?: string;
  readonly before: ExampleVerdict;
  readonly after: ExampleVerdict;
  /** Whether the two verdicts differ in what becomes of the connection. */
  readonly differs: boolean;
}

export interface ExampleVerdict {
  /** `ungoverned`: there was no bundle to decide. */
  readonly action: Action | 'ungoverned';
  readonly identity?: string;
  readonly service?: string;
}

export interface Summary {
  /** Whether applying changes anything at all. */
  readonly changes: boolean;
  readonly identities: Counts<Kind>;
  readonly services: Counts<Kind>;
  readonly destinations: Counts<DestinationChange['kind']>;
  readonly selectors: Counts<SelectorChange['kind']>;
  readonly clauses: Counts<'added' | 'removed'>;
  readonly postures: number;
  /** Destinations that were counted but not listed. */
  readonly unlisted: number;
}

export type Counts<K extends string> = Readonly<Record<K, number>>;
