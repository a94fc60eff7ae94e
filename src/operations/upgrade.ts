// SPDX-License-Identifier: Apache-2.0
// Replaces the loaded module by another build, under connections that live on; and returns to the one before when that fails.

import { isUserError, UserError } from '../errors.ts';
import { FAMILY } from '../netlink/generated.ts';
import { kernelTarget } from '../targets/kernel.ts';
import { fileOfLoaded } from '../module/kept.ts';
import {
  armModule,
  drainModule,
  holderLines,
  isLoaded,
  loadModule,
  moduleInfo,
  unloadModule,
} from '../module/load.ts';
import { read } from '../module/tools.ts';

/** The steps of an upgrade, in order; the last is taken only when one before it failed. */
export type UpgradeStep = 'draining' | 'unloading' | 'loading' | 'applying' | 'returning';

/** Milliseconds that draining may take on the way back: nothing is governed for longer than the new module was there. */
const RETURN_MS = 30_000;

export interface UpgradeOptions {
  /** Path of the new riptides.ko; the module that is installed for this kernel when absent. */
  readonly path?: string | undefined;
  /** Path of the module that is loaded, to return to; the copy that was kept when it was loaded when absent. */
  readonly previous?: string | undefined;
  /** Milliseconds that draining may take. */
  readonly within: number;
  readonly signal?: AbortSignal | undefined;
  readonly onStep?: (step: UpgradeStep) => void;
}

export interface Upgraded {
  readonly from: string;
  readonly to: string;
  /** Generation in force now, and the digest of its bundle; absent when none is. */
  readonly generation: number;
  readonly digest?: string | undefined;
  /** Governed sockets: those that lived through it, and new ones. */
  readonly sockets: number;
}

/**
 * Drains and unloads the module, loads the other one, and puts the bundle that was in force back in force. Loading adopts the sockets
 * that exist.
 *
 * @throws UserError `not-confirmed`, `module-busy`, `module-load` and what the kernel refuses the bundle with; the previous module is loaded
 *   and its bundle in force then, or the error says that it is not
 */
export async function upgradeModule(options: UpgradeOptions): Promise<Upgraded> {
  const { onStep } = options;
  const parameters = parametersOfLoaded();
  const before = await moduleInfo();
  if (before.confirmRemaining !== undefined)
    throw new UserError('not-confirmed', {
      message: `generation ${before.generation} is waiting for confirmation, which an upgrade would lose`,
      fix: 'run riptides confirm or riptides rollback first',
    });
  const previous = options.previous ?? (await fileOfLoaded());
  if (previous === undefined)
    throw new UserError('module-load', {
      message: 'the file of the loaded module is unknown, so the upgrade could not be undone',
      why: 'riptides module load keeps a copy; this module was loaded by other means, and the installed one differs',
      fix: 'name it: riptides module upgrade --previous FILE',
    });
  const bundle = (await kernelTarget().dump())?.bundle;

  await drainAndUnload(options);
  try {
    onStep?.('loading');
    await loadModule({ path: options.path, parameters });
    await putBack(bundle, onStep);
  } catch (error) {
    onStep?.('returning');
    throw await afterReturn(error, previous, parameters, bundle);
  }
  const after = await moduleInfo();
  return {
    from: before.moduleVersion,
    to: after.moduleVersion,
    generation: after.generation,
    digest: after.digest,
    sockets: after.sockets,
  };
}

/** What the module was loaded with. */
function parametersOfLoaded(): readonly string[] {
  return read(`/sys/module/${FAMILY.name}/parameters/allow_untested_kernel`).trim() === 'Y'
    ? ['allow_untested_kernel=1']
    : [];
}

async function drainAndUnload({ within, signal, onStep }: UpgradeOptions): Promise<void> {
  onStep?.('draining');
  const drained = await drainModule({ within, signal });
  try {
    if (signal?.aborted === true)
      throw new UserError('interrupted', {
        message: 'interrupted during the drain; the module is armed again',
        fix: 'run the same command again when you are ready',
      });
    if (drained.state !== 'drained')
      throw new UserError('module-busy', {
        message: 'the module could not be drained in time; it is armed again',
        why: holderLines(drained).join('\n'),
        fix: 'stop the named processes, or allow more time with --within',
      });
    onStep?.('unloading');
    await unloadModule();
  } catch (error) {
    await armModule({ within });
    throw error;
  }
}

async function putBack(bundle: Uint8Array | undefined, onStep: UpgradeOptions['onStep']): Promise<void> {
  if (bundle === undefined) return;
  onStep?.('applying');
  const target = kernelTarget();
  const { generation } = await target.info();
  await target.commit(bundle, { expectedGeneration: generation });
}

/** Loads the previous module once more, and gives the error to throw. */
async function afterReturn(
  error: unknown,
  previous: string,
  parameters: readonly string[],
  bundle: Uint8Array | undefined,
): Promise<unknown> {
  try {
    if (isLoaded()) {
      await drainModule({ within: RETURN_MS });
      await unloadModule();
    }
    await loadModule({ path: previous, parameters });
    await putBack(bundle, undefined);
  } catch (second) {
    return new UserError('module-load', {
      message: `the upgrade failed, and so did the return to ${previous}: nothing is governed now`,
      why: [error, second].map((one) => (isUserError(one) ? one.message : String(one))).join('\n'),
      fix: `load a module (riptides module load ${previous}) and apply the policy`,
    });
  }
  if (!isUserError(error)) return error;
  return new UserError(error.kind, {
    message: `the upgrade failed; the previous module is loaded again with the policy that was in force: ${error.message}`,
    fix: error.fix,
    cause: error,
    why: error.why,
  });
}
