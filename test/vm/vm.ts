// SPDX-License-Identifier: Apache-2.0
//
// A virtual machine that runs a Debian kernel over the host's own files: what a test needs to run real programs against a real
// kernel, and to hear of everything that kernel finds wrong.

import { BLOCKED_UNDER_EMULATION, chooseAccelerator } from './accelerator.ts';
import { AgentClient } from './agent-client.ts';
import { buildInitramfs } from './initramfs.ts';
import { KernelLog } from './kernel-log.ts';
import { findKernel, type Kernel } from './kernels.ts';
import { keepAlive, startQemu, type Machine } from './qemu.ts';
import { deadline, RunningVm, TAIL_LINES } from './running-vm.ts';
import type { BootOptions, Vm } from './types.ts';

export type { RemoteProcess, RunResult } from './agent-client.ts';
export { KernelFinding, type Finding } from './kernel-log.ts';
export type { KernelSeries } from './kernels.ts';
export type { Share } from './qemu.ts';
export type { BootOptions, RunOptions, SpawnHandle, SpawnOptions, Vm } from './types.ts';

const BOOT_TIMEOUT_MS = 60_000;
const DEBUG_BOOT_TIMEOUT_MS = 240_000;
const PROBE_TIMEOUT_MS = 12_000;

/**
 * While a kernel boots it patches its own code, and now and then the emulator runs a breakpoint that was there for a moment only. That
 * is before the guest runs anything of ours.
 */
const EMULATOR_FAULT = /Oops: int3/;
const BOOT_ATTEMPTS = 3;

class EmulatorFault extends Error {}

/** Boots a machine and resolves when its agent answers. Rejects with the reason and the console's last lines. */
export function bootVm(options: BootOptions): Promise<Vm> {
  return keepAlive(boot(options));
}

async function boot(options: BootOptions): Promise<Vm> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await bootOnce(options);
    } catch (error) {
      if (attempt === BOOT_ATTEMPTS || !(error instanceof EmulatorFault)) throw error;
      console.warn(`boot ${attempt} of ${BOOT_ATTEMPTS} ended by a fault of the emulator, trying again`);
    }
  }
}

async function bootOnce(options: BootOptions): Promise<Vm> {
  const kernel = findKernel(options.kernel);
  const { countInstructions = false } = options;
  const accelerator = countInstructions
    ? 'tcg'
    : await chooseAccelerator(kernel.release, () => probeKvm(kernel));
  const blocked = accelerator === 'tcg' ? BLOCKED_UNDER_EMULATION : [];
  const bootTimeoutMs =
    options.bootTimeoutMs ?? (kernel.series === 'debug' ? DEBUG_BOOT_TIMEOUT_MS : BOOT_TIMEOUT_MS);
  const machine: Machine = {
    kernel,
    accelerator,
    initramfs: buildInitramfs({ kernel, blocked }),
    cpus: options.cpus ?? 2,
    memoryMiB: options.memoryMiB ?? 1536,
    shares: options.shares ?? [],
    kernelArgs: options.kernelArgs ?? [],
    countInstructions,
  };

  const log = new KernelLog(options.ignore);
  if (options.log) log.onLine(options.log);
  const qemu = startQemu(machine, (chunk) => log.append(chunk));
  const agent = new AgentClient(qemu.port);
  void qemu.ended.then(() => agent.end(new Error('the machine has ended')));

  const vm = new RunningVm(machine, qemu, agent, log);
  const late = AbortSignal.timeout(bootTimeoutMs);
  try {
    await Promise.race([agent.ready, deadline(late)]);
    await vm.mountShares(machine.shares);
    return vm;
  } catch (error) {
    qemu.kill();
    await qemu.ended;
    const why = late.aborted
      ? `did not come up within ${bootTimeoutMs} ms`
      : `did not come up (${messageOf(error)})`;
    // The whole log is searched: the message has only its end, and what follows an oops can be longer.
    const Failure = EMULATOR_FAULT.test(log.text()) ? EmulatorFault : Error;
    throw new Failure(bootFailure(machine, why, qemu.complaints().trim(), log), { cause: error });
  }
}

function bootFailure(
  { kernel, accelerator }: Machine,
  why: string,
  complaints: string,
  log: KernelLog,
): string {
  if (/failed to execute|ENOENT/.test(complaints)) {
    return `the emulator cannot be started (${complaints}): run scripts/setup.sh vm`;
  }
  const said = [complaints, log.tail(TAIL_LINES)].filter((text) => text !== '').join('\n');
  return `the guest with kernel ${kernel.release} (${accelerator}) ${why}; it said last:\n${said || '(nothing)'}`;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Whether this kernel gets as far as its initramfs under KVM. */
async function probeKvm(kernel: Kernel): Promise<boolean> {
  const machine: Machine = {
    kernel,
    accelerator: 'kvm',
    initramfs: buildInitramfs({ kernel, blocked: [] }),
    cpus: 2,
    memoryMiB: 1024,
    shares: [],
    kernelArgs: ['riptides.probe'],
    countInstructions: false,
  };
  const log = new KernelLog();
  const qemu = startQemu(machine, (chunk) => log.append(chunk));
  const timer = setTimeout(() => qemu.kill(), PROBE_TIMEOUT_MS);
  await qemu.ended;
  clearTimeout(timer);
  return log.text().includes('riptides-vm: probe succeeded') && log.findings().length === 0;
}
