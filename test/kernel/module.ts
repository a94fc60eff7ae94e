// SPDX-License-Identifier: Apache-2.0
//
// A guest with the kernel module, and Python to talk to it: what the tests of the module share.

import { execFile } from 'node:child_process';
import { cp, mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cacheFolder, type KernelSeries } from '../vm/kernels.ts';
import { bootVm, type BootOptions, type SpawnHandle, type Vm } from '../vm/vm.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const TOOLS = fileURLToPath(new URL('guest', import.meta.url));
const BUILT = /\.(?:o|ko|cmd|mod|mod\.c|symvers|order)$|^\..*\.(?:cmd|d)$/;

/** The kernels to test with: the stock ones, or those that RIPTIDES_KERNELS names, separated by spaces. */
export const KERNELS: readonly KernelSeries[] = (process.env['RIPTIDES_KERNELS'] ?? '6.1 6.12')
  .split(' ')
  .filter((name): name is KernelSeries => name === '6.1' || name === '6.12' || name === 'debug');

/** Long enough for the build of the module and the boot of any kernel. */
export const BOOT_MS = 420_000;

/** How many times slower than a stock kernel this one is, about. */
export const slowness = (series: KernelSeries): number => (series === 'debug' ? 10 : 1);

/** Builds the module for a kernel, in a folder of its own, and returns the path of riptides.ko. Only what changed is compiled. */
export async function buildModule(series: KernelSeries): Promise<string> {
  const folder = join(PROJECT, 'build', `kmod-${series}`);
  await mkdir(folder, { recursive: true });
  await cp(join(PROJECT, 'kmod'), folder, {
    ...{ recursive: true, preserveTimestamps: true },
    filter: (path) => !BUILT.test(basename(path)),
  });
  const tree = join(cacheFolder(), 'kernels', series, 'build');
  // The test files run side by side, and share the folder.
  const make = ['make', '-s', '-C', tree, `M=${folder}`, 'modules'];
  await promisify(execFile)('flock', [join(folder, '.lock'), ...make], { maxBuffer: 1 << 24 });
  return join(folder, 'riptides.ko');
}

export interface Guest {
  readonly vm: Vm;
  readonly module: string;
  /** insmod, and loopback up. */
  load(): Promise<void>;
  /** Runs Python with everything of guest/rt.py at hand; returns the fact that its one `tell(fact=…)` tells, or all when it tells more. */
  python(script: string, options?: PythonOptions): Promise<unknown>;
  /** Starts Python that goes on; `tell` and `print` show in its output. */
  spawn(script: string): SpawnHandle;
  /** Drains until nothing is inside and rmmod succeeds. */
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
  const module = await buildModule(series);
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
    ...{ vm, module },
    async load() {
      await run(vm, `ip link set lo up; insmod '${module}'`);
    },
    async python(script, { bytes, ...run } = {}) {
      const timeoutMs = run.timeoutMs ?? 60_000 * slowness(series);
      const { code, stdout, stderr, timedOut } = await vm.run(['python3', '-'], {
        ...{ ...run, timeoutMs, stdin: program(script, bytes) },
      });
      if (code !== 0) throw new Error(`${timedOut ? 'timed out' : 'failed'}:\n${script}\n${stdout}${stderr}`);
      const facts = stdout.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));
      const told: Record<string, unknown> = Object.assign({}, ...facts);
      const values = Object.values(told);
      return values.length === 1 ? values[0] : told;
    },
    spawn: (script) => vm.spawn(['python3', '-u', '-c', program(script)]),
    async unload() {
      await guest.python(`
family = Family()
for _ in range(5):
    left = family.drain()
    if not left['calls'] and not left['sockets']:
        break
assert not left['calls'] and not left['sockets'], left
`);
      await run(vm, 'rmmod riptides');
    },
  };
  return guest;
}

async function run(vm: Vm, command: string): Promise<void> {
  const { code, stdout, stderr } = await vm.run(command);
  if (code !== 0) throw new Error(`${command} failed: ${stdout}${stderr}`);
}
