// SPDX-License-Identifier: Apache-2.0
// What the tests of the kernel share: which kernels, and a machine with the module loaded.

import { fileURLToPath } from 'node:url';
import { buildModule } from '../../src/module/build.ts';
import { GUEST_NODE } from '../vm/guest-node.ts';
import { findKernel, type KernelSeries } from '../vm/kernels.ts';
import { bootVm, type RunOptions, type Vm } from '../vm/vm.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Both stock kernels, unless RIPTIDES_KERNELS names others (`RIPTIDES_KERNELS=debug`). */
export const KERNELS: readonly KernelSeries[] = (process.env['RIPTIDES_KERNELS'] ?? '6.1 6.12')
  .split(/[\s,]+/)
  .filter((name) => name !== '')
  .map((name) => {
    if (name === '6.1' || name === '6.12' || name === 'debug') return name;
    throw new Error(`RIPTIDES_KERNELS: there is no kernel "${name}"; there are 6.1, 6.12 and debug`);
  });

/** Everything takes this many times as long on the debug kernel. */
export function patience(kernel: KernelSeries): number {
  return kernel === 'debug' ? 10 : 1;
}

/** Boots a kernel and loads the module that was built for it. */
export async function bootWithModule(series: KernelSeries): Promise<{ vm: Vm; module: string }> {
  const { release, tree } = findKernel(series);
  const { path: module } = await buildModule({ release, kernelTree: tree });
  const vm = await bootVm({ kernel: series });
  await must(vm, `insmod ${module}`);
  return { vm, module };
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
