// SPDX-License-Identifier: Apache-2.0
// The virtual machine of a benchmark.

import { buildModule } from '../src/module/build.ts';
import { findKernel, toSeries } from '../test/vm/kernels.ts';
import { bootVm, type Vm } from '../test/vm/vm.ts';

/** A counting machine is slow to boot, and slower beside other work. */
const BOOT_MS = 600_000;
const RUN_MS = 1_800_000;

/**
 * Boots a machine that counts instructions, unless time is wanted. It has one processor: with more, a counting machine emulates them by
 * turns, and Debian's 6.1 then does not bring up the second.
 */
export async function bootBench({
  kernel,
  time,
}: {
  readonly kernel: string;
  readonly time: boolean;
}): Promise<{ readonly vm: Vm; readonly load: () => Promise<string> }> {
  const series = toSeries(kernel);
  const { release, tree } = findKernel(series);
  const { path } = await buildModule({ release, kernelTree: tree });
  const vm = await bootVm({
    kernel: series,
    countInstructions: !time,
    cpus: 1,
    memoryMiB: 2048,
    bootTimeoutMs: BOOT_MS,
  });
  // On a real machine udev loads the processor's hash; later kernels have it built in.
  return { vm, load: () => must(vm, `ip link set lo up; modprobe sha256-ssse3; insmod ${path}`) };
}

/** Runs a command that must succeed, and gives what it printed. */
export async function must(vm: Vm, command: string): Promise<string> {
  const result = await vm.run(command, { timeoutMs: RUN_MS });
  if (result.code !== 0) throw new Error(`${command}: ${result.code}\n${result.stdout}${result.stderr}`);
  return result.stdout;
}
