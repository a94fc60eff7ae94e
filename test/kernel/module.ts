// SPDX-License-Identifier: Apache-2.0
//
// A guest with the kernel module, and Python to talk to it: what the tests of the module share.

import { fileURLToPath } from 'node:url';
import { buildModule } from '../../src/module/build.ts';
import { findKernel, type KernelSeries } from '../vm/kernels.ts';
import { bootVm, type BootOptions, type SpawnHandle, type Vm } from '../vm/vm.ts';
import { must, patience } from './suite.ts';

export { KERNELS, must, patience } from './suite.ts';

/** The folder of the programs for the guest. */
export const TOOLS = fileURLToPath(new URL('guest', import.meta.url));

/** Long enough for the build of the module and the boot of any kernel. */
export const BOOT_MS = 420_000;

export interface Guest {
  readonly vm: Vm;
  readonly module: string;
  /** insmod, and loopback up. */
  load(): Promise<void>;
  /** Runs Python with everything of guest/rt.py at hand; returns the fact that its one `tell(fact=…)` tells, or all when it tells more. */
  python(script: string, options?: PythonOptions): Promise<unknown>;
  /** Starts Python that goes on; `tell` and `print` show in its output. */
  spawn(script: string): SpawnHandle;
  /** Drains and unloads it, if it is loaded; nothing may be left inside. */
  unload(): Promise<void>;
}

export interface PythonOptions {
  readonly uid?: number;
  readonly gid?: number;
  readonly timeoutMs?: number;
  /** Bundles and other bytes, in the script under these names. */
  readonly bytes?: Readonly<Record<string, Uint8Array>>;
}

/** Boots a kernel with the module at hand; `load` loads it. */
export async function bootGuest(
  series: KernelSeries,
  options: Omit<BootOptions, 'kernel'> = {},
): Promise<Guest> {
  const { release, tree } = findKernel(series);
  const { path: module } = await buildModule({ release, kernelTree: tree });
  const vm = await bootVm({ kernel: series, ...options });
  const program = (script: string, bytes: PythonOptions['bytes'] = {}): string =>
    [
      'import sys; sys.path.insert(0, ' + JSON.stringify(TOOLS) + ')',
      'sys.dont_write_bytecode = True',
      'from rt import *',
      ...Object.entries(bytes).map(
        ([name, value]) => `${name} = bytes.fromhex('${Buffer.from(value).toString('hex')}')`,
      ),
      script.replace(/^\n/, ''),
    ].join('\n');

  const guest: Guest = {
    vm,
    module,
    async load() {
      await must(vm, `ip link set lo up; insmod '${module}'`);
    },
    async python(script, { bytes, ...run } = {}) {
      const timeoutMs = run.timeoutMs ?? 60_000 * patience(series);
      const { code, stdout, stderr, timedOut } = await vm.run(['python3', '-'], {
        ...run,
        timeoutMs,
        stdin: program(script, bytes),
      });
      if (code !== 0) throw new Error(`${timedOut ? 'timed out' : 'failed'}:\n${script}\n${stdout}${stderr}`);
      const facts = stdout.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));
      const told: Record<string, unknown> = Object.assign({}, ...facts);
      const values = Object.values(told);
      return values.length === 1 ? values[0] : told;
    },
    spawn: (script) => vm.spawn(['python3', '-u', '-c', program(script)]),
    async unload() {
      if ((await vm.run('test -d /sys/module/riptides')).code !== 0) return;
      await guest.python(`
family = Family()
for _ in range(5):
    left = family.drain()
    if not left['calls'] and not left['sockets']:
        break
assert not left['calls'] and not left['sockets'], left
`);
      await must(vm, 'rmmod riptides');
    },
  };
  return guest;
}
