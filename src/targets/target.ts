// SPDX-License-Identifier: Apache-2.0
// Where a bundle is applied. Every target has the semantics of the kernel's: a commit is a compare-and-swap on the
// generation, all or nothing, can be undone by itself unless confirmed, and earlier bundles can be restored.

import type { KernelConnection } from '../netlink/connections.ts';
import type { CounterName } from '../netlink/info.ts';

export type TargetName = 'kernel' | 'embedded';

/** What a target holds now. Digests are SHA-256 in hexadecimal. */
export interface LiveState {
  /** Commits so far, rollbacks included; 0: nothing was committed. */
  readonly generation: number;
  /** The bundle in force; absent when there is none. */
  readonly digest?: string | undefined;
  /** Bytes of the bundle in force. */
  readonly size?: number | undefined;
  /** Milliseconds since 1970. */
  readonly committedAt?: number;
  /** Milliseconds until the commit in force is undone; absent when nothing waits for a confirmation. */
  readonly confirmRemaining?: number | undefined;
  /** Earlier bundles that rollback can restore, the latest first, each with the generation at which it was last in force. */
  readonly history: readonly { readonly generation: number; readonly digest: string }[];
  /** Verdicts since the module was loaded, where the target counts them. */
  readonly counters?: Readonly<Record<CounterName, number>>;
  /** Flags of FEATURE_FLAGS that the host carries out; absent: it takes every bundle. */
  readonly features?: number;
  /** Whether connections are held to the bundle: not by the embedded target, and not by a drained module. */
  readonly enforcing: boolean;
  /** One sentence about the target, for people. */
  readonly words: string;
}

export interface CommitOptions {
  /** Refused with `generation-moved` unless this generation is in force. */
  readonly expectedGeneration: number;
  /** Verify only, and leave everything as it was. */
  readonly checkOnly?: boolean | undefined;
  /** Milliseconds after which the commit is undone unless confirmed: 1 to CONFIRM_WITHIN_MAX. */
  readonly confirmWithin?: number | undefined;
  /** SHA-256 of the bundle in hexadecimal, when it is known: it need not be computed again. */
  readonly digest?: string | undefined;
  /** The bundle in force, when it is known: what it shares with the new one need not be sent. */
  readonly inForce?: Uint8Array | undefined;
  /** Told how many bytes of the bundle the target has. */
  readonly onProgress?: ((bytes: number, of: number) => void) | undefined;
  /** Abandons the transaction while the bundle is still on its way; later it is too late, and ignored. */
  readonly signal?: AbortSignal | undefined;
}

export interface Target {
  readonly name: TargetName;
  /** The node that the target is on, as it stands in the names of records. */
  readonly node: string;
  info(): Promise<LiveState>;
  /** Puts a bundle in force. Gives the generation in force afterwards: the earlier one for `checkOnly`. */
  commit(bundle: Uint8Array, options: CommitOptions): Promise<number>;
  /** Keeps a commit that waits for it. */
  confirm(generation: number): Promise<void>;
  /**
   * Restores an earlier bundle: the one of the digest, or the latest of the target's history, or none when the one in force is the first. While a
   * commit waits for its confirmation, that is what was in force before it, which may be no bundle, or the same one. Gives the new generation.
   */
  rollback(expectedGeneration: number, digest?: string): Promise<number>;
  /** The connections of the host that were decided; absent of a target that has none. */
  connections?(): Promise<readonly KernelConnection[]>;
  /** The bundle in force and its generation; undefined when there is none. */
  dump(): Promise<{ readonly generation: number; readonly bundle: Uint8Array } | undefined>;
}
