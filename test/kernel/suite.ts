// SPDX-License-Identifier: Apache-2.0
// What the tests of the kernel share: which kernels, and a guest with the module and Python to talk to it.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { buildModule } from '../../src/module/build.ts';
import { GUEST_NODE } from '../vm/guest-node.ts';
import { cacheFolder, DECIDING_KERNELS, findKernel, toSeries, type KernelSeries } from '../vm/kernels.ts';
import { bootVm, type BootOptions, type RunOptions, type SpawnHandle, type Vm } from '../vm/vm.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The kernels that `make test` runs on, unless RIPTIDES_KERNELS names others (`RIPTIDES_KERNELS=debug`). */
export const KERNELS: readonly KernelSeries[] = kernelsNamed(process.env['RIPTIDES_KERNELS'] ?? '');

function kernelsNamed(names: string): readonly KernelSeries[] {
  const named = names.split(/[\s,]+/).filter((name) => name !== '');
  return named.length === 0 ? DECIDING_KERNELS : named.map(toSeries);
}

/** Whether a kernel has a module, in a file. Debian builds its newer kernels without some, and the debug kernel has none. */
export function hasModule(series: KernelSeries, name: string): boolean {
  const list = readFileSync(join(findKernel(series).modules, 'modules.order'), 'utf8');
  return list.split('\n').some((path) => path.endsWith(`/${name}.ko`));
}

/** Everything takes this many times as long on the debug kernel. */
export function patience(kernel: KernelSeries): number {
  return kernel === 'debug' ? 10 : 1;
}

/** The folder of the programs for the guest. */
export const TOOLS = fileURLToPath(new URL('guest', import.meta.url));

/** Long enough for the build of the module and the boot of any kernel. */
export const BOOT_MS = 420_000;

/**
 * Compiles guest/<name>.c for the guest: static, so that it runs in any root. Call it before the machine boots, which may not see
 * what the host makes later.
 */
export function buildProgram(name: string, flags: readonly string[] = []): string {
  const source = join(TOOLS, `${name}.c`);
  const key = createHash('sha256').update(readFileSync(source)).update(flags.join(' ')).digest('hex');
  const folder = join(cacheFolder(), 'programs', key.slice(0, 16));
  const program = join(folder, name);
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  const draft = `${program}.${process.pid}`;
  execFileSync('cc', [
    '-Wall',
    '-Wextra',
    '-Werror',
    '-O2',
    '-static',
    '-pthread',
    ...flags,
    '-o',
    draft,
    source,
  ]);
  renameSync(draft, program);
  return program;
}

/** Compiles guest/<name>/, a module that a test needs beside ours. Call it before the machine boots, as above. */
export function buildHelper(series: KernelSeries, name: string): string {
  const source = join(TOOLS, name);
  const { release, tree } = findKernel(series);
  const key = createHash('sha256')
    .update(readFileSync(join(source, `${name}.c`)))
    .update(release)
    .digest('hex');
  const folder = join(cacheFolder(), 'programs', key.slice(0, 16));
  const helper = join(folder, `${name}.ko`);
  if (existsSync(helper)) return helper;
  const draft = `${folder}.${process.pid}`;
  cpSync(source, draft, { recursive: true });
  execFileSync('make', ['-s', '-C', tree, `M=${draft}`, 'modules'], { stdio: 'pipe' });
  renameSync(draft, folder);
  return helper;
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

/** Debian's kernels clear variables that are not initialised, and so hide that they are not. Others do not. */
const PATTERN = '-ftrivial-auto-var-init=pattern';

/** Boots a kernel with the module at hand; `load` loads it. */
export async function bootGuest(
  series: KernelSeries,
  options: Omit<BootOptions, 'kernel'> = {},
): Promise<Guest> {
  const { release, tree } = findKernel(series);
  const { path: module } = await buildModule({ release, kernelTree: tree, flags: PATTERN });
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

export interface UseOptions extends Omit<BootOptions, 'kernel'> {
  /** Load the module before each test. */
  readonly loaded?: boolean;
}

/**
 * A guest for the tests of a `describe`: it boots before the first. After each test the module is unloaded, if it is loaded, and the
 * kernel must have found nothing. What tests read of the guest is there once it has booted.
 */
export function useGuest(series: KernelSeries, { loaded = false, ...options }: UseOptions = {}): Guest {
  const testMs = 60_000 * patience(series);
  let booted: Guest | undefined;
  const guest = (): Guest => {
    if (booted === undefined) throw new Error('the guest has not booted');
    return booted;
  };

  beforeAll(async () => {
    booted = await bootGuest(series, options);
  }, BOOT_MS);

  if (loaded) beforeEach(() => guest().load(), testMs);

  afterEach(async () => {
    await guest().unload();
    await guest().vm.checkKernelLog();
  }, testMs);

  afterAll(async () => {
    await booted?.vm.shutdown();
  }, BOOT_MS);

  return {
    get vm() {
      return guest().vm;
    },
    get module() {
      return guest().module;
    },
    load: () => guest().load(),
    python: (script, run) => guest().python(script, run),
    spawn: (script) => guest().spawn(script),
    unload: () => guest().unload(),
  };
}

/** Runs a command that must succeed, and gives what it printed. */
export async function must(
  vm: Vm,
  command: string | readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const result = await vm.run(command, options);
  if (result.code === 0) return result.stdout;
  throw new Error(
    `${String(command)}\nended with ${result.code ?? result.signal}:\n${result.stdout}${result.stderr}`,
  );
}

/** The command line of riptides, for the guest. */
export const RIPTIDES = `${GUEST_NODE.join(' ')} ${ROOT}bin/riptides.js`;
