// SPDX-License-Identifier: Apache-2.0
// The embedded target: the kernel's semantics in a directory, for trying riptides, for CI and for tests. It needs no root, no
// Linux and no module, and it enforces nothing.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { sha256 } from '../crypto.ts';
import { openBundle } from '../bundle/core.ts';
import { InternalError, UserError } from '../errors.ts';
import { BUNDLE_HISTORY, CONFIRM_WITHIN_MAX } from '../netlink/generated.ts';
import {
  addGeneration,
  bundleOf,
  endWait,
  type GenerationState,
  latestGeneration,
  outcomeOf,
} from './generations.ts';
import { EMBEDDED_STATE } from '../schema/paths.ts';
import { nodeName } from './node.ts';
import type { CommitOptions, LiveState, Target } from './target.ts';

export interface EmbeddedTargetOptions {
  /** The project's directory: the state is in `.riptides/embedded` there. */
  readonly project: string;
  /** Another directory for the state. */
  readonly directory?: string;
  readonly node?: string | undefined;
  /** The clock, in milliseconds since 1970. */
  readonly now?: () => number;
}

const NOTHING: GenerationState = { generation: 0, committedAt: 0, history: [] };

/** The target `embedded`. A commit that was not confirmed in time is undone by whoever looks next. */
export function embeddedTarget(options: EmbeddedTargetOptions): Target {
  const root = options.directory ?? join(options.project, EMBEDDED_STATE);
  const directory = join(root, 'generations');
  const now = options.now ?? Date.now;

  /** The generation in force, and the end of its wait for a confirmation if it waits. */
  async function current(): Promise<{ readonly state: GenerationState; readonly waitsUntil?: number }> {
    for (;;) {
      const state = (await latestGeneration(directory)) ?? NOTHING;
      if (state.confirmBy === undefined) return { state };
      const outcome = await outcomeOf(directory, state.generation);
      if (outcome === 'confirmed') return { state };
      if (outcome === undefined && now() < state.confirmBy) return { state, waitsUntil: state.confirmBy };
      if (outcome === undefined) await endWait(directory, state.generation, 'expired');
      // Whoever was first has decided: look again.
      if ((await outcomeOf(directory, state.generation)) === 'expired') await undo(state);
    }
  }

  async function undo(state: GenerationState): Promise<void> {
    const bundle = state.undo === undefined ? undefined : await bundleOf(directory, state.undo);
    if (state.undo !== undefined && bundle === undefined) {
      // Another process has undone it, and others have committed since; or somebody has removed it.
      if ((await latestGeneration(directory))?.generation === state.generation)
        throw bundleMissing(root, state.undo);
      return;
    }
    await addGeneration(directory, succeed(state, now(), bundle), bundle);
  }

  async function put(
    state: GenerationState,
    next: GenerationState,
    bundle: Uint8Array | undefined,
  ): Promise<number> {
    await prepare(root, directory);
    if (await addGeneration(directory, next, bundle)) return next.generation;
    throw moved(state.generation, (await current()).state);
  }

  return {
    name: 'embedded',
    node: nodeName(options.node),
    async info(): Promise<LiveState> {
      const { state, waitsUntil } = await current();
      return {
        generation: state.generation,
        digest: state.digest,
        size: state.size,
        ...(state.generation === 0 ? {} : { committedAt: state.committedAt }),
        ...(waitsUntil === undefined ? {} : { confirmRemaining: Math.max(0, waitsUntil - now()) }),
        history: state.history,
        enforcing: false,
        words: `embedded target in ${root}: it evaluates and enforces nothing`,
      };
    },
    async commit(bundle: Uint8Array, commitOptions: CommitOptions): Promise<number> {
      const { expectedGeneration, checkOnly, confirmWithin, signal } = commitOptions;
      const { state, waitsUntil } = await current();
      if (state.generation !== expectedGeneration) throw moved(expectedGeneration, state);
      if (waitsUntil !== undefined && checkOnly !== true) throw notConfirmed(state, waitsUntil - now());
      if (confirmWithin !== undefined) checkConfirmWithin(confirmWithin);
      openBundle(bundle);
      if (checkOnly === true) return state.generation;
      if (signal?.aborted === true)
        throw new UserError('interrupted', {
          message: 'interrupted before the commit; the policy in force is unchanged',
          fix: 'apply again when you are ready',
        });
      return put(state, succeed(state, now(), bundle, confirmWithin), bundle);
    },
    async confirm(generation: number): Promise<void> {
      const { state, waitsUntil } = await current();
      if (state.generation !== generation) throw moved(generation, state);
      if (waitsUntil === undefined || !(await endWait(directory, generation, 'confirmed')))
        throw nothingToConfirm();
    },
    async rollback(expectedGeneration: number, digest?: string): Promise<number> {
      const { state, waitsUntil } = await current();
      if (state.generation !== expectedGeneration) throw moved(expectedGeneration, state);
      if (waitsUntil !== undefined) {
        const before = state.undo === undefined ? undefined : await bundleOf(directory, state.undo);
        if (state.undo !== undefined && before === undefined)
          throw moved(expectedGeneration, (await current()).state);
        if (digest === undefined || (before !== undefined && sha256(before) === digest))
          return put(state, succeed(state, now(), before), before);
      }
      const earlier = state.history.find((entry) => digest === undefined || entry.digest === digest);
      // Before the first bundle there was none.
      if (earlier === undefined && digest === undefined && state.digest !== undefined)
        return put(state, succeed(state, now(), undefined), undefined);
      if (earlier === undefined) throw noSuchBundle(state);
      const bundle = await bundleOf(directory, earlier.generation);
      if (bundle === undefined) throw moved(expectedGeneration, (await current()).state);
      return put(state, succeed(state, now(), bundle), bundle);
    },
    async dump() {
      for (;;) {
        const { state } = await current();
        if (state.digest === undefined) return undefined;
        const bundle = await bundleOf(directory, state.generation);
        if (bundle !== undefined) {
          verifyDigest(root, state.digest, bundle);
          return { generation: state.generation, bundle };
        }
        if ((await current()).state.generation === state.generation)
          throw bundleMissing(root, state.generation);
      }
    },
  };
}

/** The generation after another: what was in force becomes the first of the history. */
function succeed(
  state: GenerationState,
  committedAt: number,
  bundle: Uint8Array | undefined,
  confirmWithin?: number,
): GenerationState {
  const { generation } = state;
  const next = bundle === undefined ? undefined : sha256(bundle);
  const before = state.digest === undefined ? [] : [{ generation, digest: state.digest }];
  return {
    generation: generation + 1,
    ...(bundle === undefined || next === undefined ? {} : { digest: next, size: bundle.byteLength }),
    committedAt,
    ...(confirmWithin === undefined
      ? {}
      : {
          confirmBy: committedAt + confirmWithin,
          ...(state.digest === undefined ? {} : { undo: generation }),
        }),
    history: [...before, ...state.history.filter(({ digest }) => digest !== state.digest)]
      .filter(({ digest }) => digest !== next)
      .slice(0, BUNDLE_HISTORY),
  };
}

async function prepare(root: string, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeFile(join(root, '.gitignore'), '*\n', { flag: 'wx' }).catch(() => undefined);
}

function verifyDigest(root: string, digest: string, bundle: Uint8Array): void {
  if (sha256(bundle) !== digest)
    throw new UserError('state-unreadable', {
      message: `the bundle in ${root} is not the one that was committed (its SHA-256 differs)`,
      fix: 'remove the directory to start over; it enforces nothing, and records in git are kept',
    });
}

function bundleMissing(root: string, generation: number): UserError {
  return new UserError('state-unreadable', {
    message: `${root} lacks the bundle of generation ${generation}`,
    fix: 'remove the directory to start over; it enforces nothing, and records in git are kept',
  });
}

function checkConfirmWithin(milliseconds: number): void {
  if (!Number.isInteger(milliseconds) || milliseconds < 1 || milliseconds > CONFIRM_WITHIN_MAX)
    throw new InternalError(
      `a commit is to be confirmed within ${milliseconds} ms; 1 to ${CONFIRM_WITHIN_MAX} are possible`,
    );
}

function moved(expected: number, state: GenerationState): UserError {
  const bundle = state.digest === undefined ? 'with no bundle' : `bundle ${state.digest.slice(0, 12)}`;
  return new UserError('generation-moved', {
    message: `the policy in force has changed since the plan was made: generation ${state.generation} is in force now, ${bundle}`,
    why: `generation ${expected} was expected`,
    fix: 'run riptides plan --target embedded again, review what has changed, and apply the new plan',
  });
}

function notConfirmed(state: GenerationState, remaining: number): UserError {
  return new UserError('not-confirmed', {
    message: `generation ${state.generation} is waiting for confirmation and will be undone in ${Math.ceil(remaining / 1000)} s`,
    fix: 'keep it with riptides confirm --target embedded, or go back with riptides rollback --target embedded; then apply again',
  });
}

function nothingToConfirm(): UserError {
  return new UserError('nothing-to-confirm', {
    message: 'no commit is waiting for confirmation: it was confirmed, replaced or undone already',
    fix: 'run riptides status --target embedded to see what is in force',
  });
}

function noSuchBundle(state: GenerationState): UserError {
  const held = state.history.map((entry) => `${entry.digest.slice(0, 12)} (generation ${entry.generation})`);
  return new UserError('no-such-bundle', {
    message: `the target does not hold that earlier bundle; it holds ${held.length === 0 ? 'none' : held.join(', ')}`,
    fix: 'roll back to a record instead (riptides rollback --to RECORD --target embedded; riptides history --target embedded lists them): its bundle is sent to the target again',
  });
}
