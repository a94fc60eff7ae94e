// SPDX-License-Identifier: Apache-2.0
//
// The emulator as a process: what machine it makes, where console and agent port lead, and that it dies with this process.

import { spawn, type ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { Accelerator } from './accelerator.ts';
import type { Kernel } from './kernels.ts';
import { PORT_NAME } from './protocol.ts';

/** A folder of the host that the guest shall see (and, unless it says otherwise, write). */
export interface Share {
  readonly hostPath: string;
  readonly guestPath: string;
  readonly readOnly?: boolean;
}

export interface Machine {
  readonly kernel: Kernel;
  readonly initramfs: string;
  readonly accelerator: Accelerator;
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly shares: readonly Share[];
  readonly kernelArgs: readonly string[];
  readonly countInstructions: boolean;
}

export interface Qemu {
  readonly process: ChildProcess;
  /** The agent's virtio-serial port. */
  readonly port: Duplex;
  /** What the emulator itself said, for when it does not start. */
  complaints(): string;
  /** Resolves when the process is gone and its console was read to the end. */
  readonly ended: Promise<void>;
  kill(): void;
}

/** Keeps this process from ending while work on a machine goes on. */
export async function keepAlive<Value>(work: Promise<Value>): Promise<Value> {
  const timer = setInterval(() => {}, 1 << 30);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}

export const shareTag = (index: number): string => `share${index}`;

/** Starts the machine. The console goes to `onConsole` as it comes. */
export function startQemu(machine: Machine, onConsole: (chunk: string) => void): Qemu {
  // setpriv makes the kernel kill the emulator when this process dies, however it dies.
  const child = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', 'qemu-system-x86_64', ...machineArguments(machine)],
    {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    },
  );
  const [, stdout, stderr, port] = child.stdio;
  if (!stdout || !stderr || !(port instanceof Duplex)) throw new Error('the emulator has no pipes');

  let complaints = '';
  stdout.setEncoding('utf8').on('data', onConsole);
  stderr.setEncoding('utf8').on('data', (chunk: string) => (complaints += chunk));
  port.on('error', () => {}); // Its end shows in `ended`.
  const ended = new Promise<void>((resolve) => {
    child.on('error', (error) => {
      complaints += `${error.message}\n`;
      resolve();
    });
    child.on('close', () => resolve());
  });
  // A machine that was forgotten must not keep its owner from ending, which ends the machine. Who waits for one holds on with keepAlive.
  child.unref();
  for (const stream of [stdout, stderr, port]) if (stream instanceof Socket) stream.unref();
  // `close` waits for every pipe, and the port's is paused until somebody reads it.
  child.on('exit', () => port.destroy());
  return {
    process: child,
    port,
    complaints: () => complaints,
    ended,
    kill: () => void child.kill('SIGKILL'),
  };
}

function machineArguments(machine: Machine): string[] {
  const { kernel, accelerator, cpus } = machine;
  const debug = kernel.series === 'debug';
  const options = [
    [
      '-accel',
      accelerator === 'kvm' ? 'kvm' : `tcg,thread=${machine.countInstructions ? 'single' : 'multi'}`,
    ],
    machine.countInstructions ? ['-icount', 'shift=0'] : [],
    ['-cpu', accelerator === 'kvm' ? 'host' : 'max'],
    // The debug kernel has no ACPI; it learns of processors from a table that lists packages, not cores.
    ['-smp', debug ? `${cpus},sockets=${cpus},cores=1` : `${cpus}`],
    ['-m', `${machine.memoryMiB}`],
    ['-machine', 'q35', '-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ['-kernel', kernel.image, '-initrd', machine.initramfs],
    ['-append', kernelCommandLine(machine)],
    ['-chardev', 'stdio,id=console,signal=off', '-serial', 'chardev:console'],
    // The fourth of the pipes that spawn made is a socket, connected already.
    ['-chardev', 'socket,id=agent,fd=3', '-device', 'virtio-serial-pci'],
    ['-device', `virtserialport,chardev=agent,name=${PORT_NAME}`],
    share('host', '/', true),
    ...machine.shares.map(({ hostPath, readOnly }, index) =>
      share(shareTag(index), hostPath, readOnly ?? false),
    ),
  ];
  return options.flat();
}

function share(tag: string, path: string, readOnly: boolean): string[] {
  const escaped = path.replaceAll(',', ',,');
  const mode = readOnly ? ',readonly=on' : '';
  return ['-virtfs', `local,path=${escaped},mount_tag=${tag},security_model=none,multidevs=remap${mode}`];
}

function kernelCommandLine({ kernel, kernelArgs }: Machine): string {
  return [
    'console=ttyS0 loglevel=7 printk.time=1 printk.devkmsg=on',
    // What the kernel finds wrong ends the guest at once, while the cause is on the console.
    'oops=panic panic=-1 mitigations=off random.trust_cpu=on',
    // Emulated processors on a busy machine are late; a stall is one only after a minute.
    'watchdog_thresh=30 rcupdate.rcu_cpu_stall_timeout=60',
    ...(kernel.series === 'debug' ? ['acpi=off'] : []),
    ...kernelArgs,
  ].join(' ');
}
