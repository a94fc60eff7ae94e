// SPDX-License-Identifier: Apache-2.0
//
// A virtual machine that runs a Debian kernel over the host's own files: what a test needs to run real programs against a real
// kernel, and to hear of everything that kernel finds wrong.

import { setTimeout as sleep } from 'node:timers/promises';
import { dirname } from 'node:path';
import { BLOCKED_UNDER_EMULATION, chooseAccelerator, type Accelerator } from './accelerator.ts';
import { AgentClient, type OutputListener, type RemoteProcess, type RunResult } from './agent-client.ts';
import { buildInitramfs, findGuestNode, PROJECT } from './initramfs.ts';
import { KernelFinding, KernelLog, type Finding } from './kernel-log.ts';
import { findKernel, type Kernel, type KernelSeries } from './kernels.ts';
import { keepAlive, shareTag, startQemu, type Machine, type Qemu, type Share } from './qemu.ts';

export { KernelFinding, type Finding } from './kernel-log.ts';
export type { RemoteProcess, RunResult } from './agent-client.ts';
export type { KernelSeries } from './kernels.ts';
export type { Share } from './qemu.ts';

export interface BootOptions {
  readonly kernel: KernelSeries;
  /** Default 2. */
  readonly cpus?: number;
  /** Default 1536. On the debug kernel a search for leaks takes the longer the more there is. */
  readonly memoryMiB?: number;
  /** Default one minute, on the debug kernel four. */
  readonly bootTimeoutMs?: number;
  /**
   * Folders of the host that the guest may write. It sees all others as they were when it booted (what the host changes later may
   * or may not show), and keeps its changes to them for itself.
   */
  readonly shares?: readonly Share[];
  /** Further words of the kernel's command line. */
  readonly kernelArgs?: readonly string[];
  /** Reports of the kernel that this guest is meant to cause; each pattern is held against the whole report. */
  readonly ignore?: readonly RegExp[];
  /** Called with each line of the console. */
  readonly log?: (line: string) => void;
}

export interface RunOptions {
  /** Default one minute; then the command and all that it started is killed. */
  readonly timeoutMs?: number;
  /** Added to PATH, HOME, LANG and TERM; nothing is taken from the host. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default the checkout. */
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly stdin?: string;
  readonly onOutput?: OutputListener;
}

export interface SpawnOptions extends RunOptions {
  /** Keep the command's input open for `write`. */
  readonly keepInput?: boolean;
}

export interface SpawnHandle extends RemoteProcess {
  /** Resolves with the output so far once it matches, and rejects at the deadline (default 30 s) or when the command ends before. */
  waitForOutput(pattern: RegExp, timeoutMs?: number): Promise<string>;
}

export interface Vm {
  readonly kernel: Kernel;
  readonly accelerator: Accelerator;
  /** Runs a command to its end. A string goes to /bin/sh, a list is executed as it is. An exit status other than 0 is a result, not an error. */
  run(command: string | readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Starts a command that is meant to go on (default deadline ten minutes). */
  spawn(command: string | readonly string[], options?: SpawnOptions): SpawnHandle;
  /** The console so far. */
  kernelLog(): string;
  /** Waits until the kernel printed all that it has to say, then throws a KernelFinding if it found something since the last check. */
  checkKernelLog(): Promise<void>;
  /** Like checkKernelLog, for tests that provoke a finding: returns what was found, and it counts as dealt with. */
  takeKernelFindings(): Promise<Finding[]>;
  /** What kmemleak holds for lost after two scans ('' is nothing). Only the debug kernel can tell; it takes about half a minute. */
  findLeaks(): Promise<string>;
  /** Powers off, then throws a KernelFinding if the kernel found something, kmemleak included on the debug kernel. */
  shutdown(): Promise<void>;
  /** Ends the machine at once, without any check. Does no harm to one that has ended. */
  destroy(): void;
}

const BOOT_TIMEOUT_MS = 60_000;
const DEBUG_BOOT_TIMEOUT_MS = 240_000;
const RUN_TIMEOUT_MS = 60_000;
const SPAWN_TIMEOUT_MS = 600_000;
const POWEROFF_TIMEOUT_MS = 30_000;
const PROBE_TIMEOUT_MS = 12_000;
const TAIL_LINES = 30;

/** Boots a machine and resolves when its agent answers. Rejects with the reason and the console's last lines. */
export function bootVm(options: BootOptions): Promise<Vm> {
  return keepAlive(boot(options));
}

async function boot(options: BootOptions): Promise<Vm> {
  const kernel = findKernel(options.kernel);
  const accelerator = await chooseAccelerator(kernel.release, () => probeKvm(kernel));
  const blocked = accelerator === 'tcg' ? BLOCKED_UNDER_EMULATION : [];
  const bootTimeoutMs = options.bootTimeoutMs ?? (kernel.series === 'debug' ? DEBUG_BOOT_TIMEOUT_MS : BOOT_TIMEOUT_MS);
  const machine: Machine = {
    kernel,
    accelerator,
    initramfs: buildInitramfs({ kernel, blocked }),
    cpus: options.cpus ?? 2,
    memoryMiB: options.memoryMiB ?? 1536,
    shares: options.shares ?? [],
    kernelArgs: options.kernelArgs ?? [],
  };

  const log = new KernelLog(options.ignore);
  if (options.log) log.onLine(options.log);
  const qemu = startQemu(machine, (chunk) => log.append(chunk));
  const agent = new AgentClient(qemu.port);
  void qemu.ended.then(() => agent.end(new Error('the machine has ended')));

  const vm = new RunningVm(machine, qemu, agent, log);
  const late = AbortSignal.timeout(bootTimeoutMs);
  try {
    await Promise.race([agent.ready, rejectWhen(late)]);
    await vm.mountShares(machine.shares);
    return vm;
  } catch (error) {
    qemu.kill();
    await qemu.ended;
    const why = late.aborted ? `did not come up within ${bootTimeoutMs} ms` : 'ended while it booted';
    const said = [qemu.complaints().trim(), log.tail(TAIL_LINES)].filter((text) => text !== '').join('\n');
    throw new Error(`the guest with kernel ${kernel.release} (${accelerator}) ${why}; it said last:\n${said || '(nothing)'}`, {
      cause: error,
    });
  }
}

async function rejectWhen(signal: AbortSignal): Promise<never> {
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  throw new Error('the deadline passed');
}

/** Whether this kernel gets as far as its initramfs under KVM. */
async function probeKvm(kernel: Kernel): Promise<boolean> {
  const machine: Machine = {
    ...{ kernel, accelerator: 'kvm', initramfs: buildInitramfs({ kernel, blocked: [] }), cpus: 2, memoryMiB: 1024 },
    ...{ shares: [], kernelArgs: ['riptides.probe'] },
  };
  const log = new KernelLog();
  const qemu = startQemu(machine, (chunk) => log.append(chunk));
  const timer = setTimeout(() => qemu.kill(), PROBE_TIMEOUT_MS);
  await qemu.ended;
  clearTimeout(timer);
  return log.text().includes('riptides-vm: probe succeeded') && log.findings().length === 0;
}

class RunningVm implements Vm {
  readonly #machine: Machine;
  readonly #qemu: Qemu;
  readonly #agent: AgentClient;
  readonly #log: KernelLog;
  #marks = 0;
  #stopped: Promise<void> | undefined;

  constructor(machine: Machine, qemu: Qemu, agent: AgentClient, log: KernelLog) {
    this.#machine = machine;
    this.#qemu = qemu;
    this.#agent = agent;
    this.#log = log;
  }

  get kernel(): Kernel {
    return this.#machine.kernel;
  }

  get accelerator(): Accelerator {
    return this.#machine.accelerator;
  }

  async mountShares(shares: readonly Share[]): Promise<void> {
    for (const [index, { guestPath, readOnly }] of shares.entries()) {
      const options = `trans=virtio,version=9p2000.L,msize=1048576,cache=none,${readOnly === true ? 'ro' : 'rw'}`;
      const script = 'mkdir -p "$1" && mount -t 9p -o "$2" "$3" "$1"';
      const { code, stderr } = await this.run(['/bin/sh', '-c', script, 'mount', guestPath, options, shareTag(index)], { cwd: '/' });
      if (code !== 0) throw new Error(`cannot mount ${guestPath} in the guest: ${stderr.trim()}`);
    }
  }

  async run(command: string | readonly string[], options: RunOptions = {}): Promise<RunResult> {
    return keepAlive(this.#explained(this.#start(command, options, RUN_TIMEOUT_MS).exited));
  }

  spawn(command: string | readonly string[], options: SpawnOptions = {}): SpawnHandle {
    const listeners = new Set<() => void>();
    const onOutput: OutputListener = (stream, chunk) => {
      options.onOutput?.(stream, chunk);
      for (const listener of listeners) listener();
    };
    const remote = this.#start(command, { ...options, onOutput }, SPAWN_TIMEOUT_MS);
    const exited = this.#explained(remote.exited);
    exited.catch(() => {}); // Who waits for it hears of it; who does not may still shut down.
    const output = (): string => remote.stdout() + remote.stderr();

    const waitForOutput = async (pattern: RegExp, timeoutMs = 30_000): Promise<string> => {
      const found = Promise.withResolvers<string>();
      const listener = (): void => void (pattern.test(output()) && found.resolve(output()));
      listeners.add(listener);
      listener();
      const timer = setTimeout(
        () => found.reject(new Error(`no ${pattern} within ${timeoutMs} ms; the output so far:\n${output()}`)),
        timeoutMs,
      );
      exited.then(
        ({ code, signal }) => found.reject(new Error(`ended (${signal ?? code}) before ${pattern}; its output:\n${output()}`)),
        found.reject,
      );
      try {
        return await found.promise;
      } finally {
        clearTimeout(timer);
        listeners.delete(listener);
      }
    };
    return { ...remote, exited, waitForOutput };
  }

  kernelLog(): string {
    return this.#log.text();
  }

  async takeKernelFindings(): Promise<Finding[]> {
    await keepAlive(this.#settleLog());
    return this.#log.takeFindings();
  }

  async checkKernelLog(): Promise<void> {
    const findings = await this.takeKernelFindings();
    if (findings.length > 0) throw new KernelFinding(findings);
  }

  async findLeaks(): Promise<string> {
    if (this.kernel.series !== 'debug') throw new Error(`kernel ${this.kernel.series} has no kmemleak`);
    // What was allocated in the last five seconds is not reported, and what a first scan finds may be a pointer in flight.
    const script = 'f=/sys/kernel/debug/kmemleak; sleep 5; echo scan >$f; sleep 1; echo scan >$f; cat $f';
    const { code, stdout, stderr } = await this.run(script, { timeoutMs: 240_000, cwd: '/' });
    if (code !== 0) throw new Error(`kmemleak does not answer: ${stderr.trim()}`);
    return stdout.trim();
  }

  shutdown(): Promise<void> {
    this.#stopped ??= keepAlive(this.#shutdown());
    return this.#stopped;
  }

  destroy(): void {
    this.#qemu.kill();
  }

  async #shutdown(): Promise<void> {
    const findings: Finding[] = [];
    let failure: unknown;
    try {
      if (this.#alive() && this.kernel.series === 'debug') {
        const text = await this.findLeaks();
        if (text !== '') findings.push({ headline: 'kmemleak: suspected memory leaks', text });
      }
      if (this.#alive()) await this.#powerOff();
    } catch (error) {
      failure = error;
    } finally {
      this.#qemu.kill();
      await this.#qemu.ended;
    }
    findings.unshift(...this.#log.takeFindings());
    if (findings.length > 0) throw new KernelFinding(findings);
    if (failure !== undefined) throw failure;
  }

  async #powerOff(): Promise<void> {
    this.spawn(['/run/riptides-vm/busybox', 'reboot', '-f'], { cwd: '/' });
    const late = AbortSignal.timeout(POWEROFF_TIMEOUT_MS);
    const inTime = await Promise.race([this.#qemu.ended.then(() => true), rejectWhen(late).catch(() => false)]);
    if (!inTime) throw new Error(`the guest did not power off within ${POWEROFF_TIMEOUT_MS} ms; ${this.#lastLines()}`);
  }

  #alive(): boolean {
    return this.#qemu.process.exitCode === null && this.#qemu.process.signalCode === null;
  }

  #start(command: string | readonly string[], options: SpawnOptions, timeoutMs: number): RemoteProcess {
    const home = options.uid === undefined || options.uid === 0 ? '/root' : '/tmp';
    const path = [dirname(findGuestNode()), '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'].join(':');
    return this.#agent.start({
      ...options,
      argv: typeof command === 'string' ? ['/bin/sh', '-c', command] : command,
      env: { PATH: path, HOME: home, LANG: 'C.UTF-8', TERM: 'dumb', ...options.env },
      cwd: options.cwd ?? PROJECT,
      timeoutMs: options.timeoutMs ?? timeoutMs,
    });
  }

  /** A failure of the machine is told with what its kernel said: that is the cause, and the broken conversation the effect. */
  async #explained<Value>(work: Promise<Value>): Promise<Value> {
    try {
      return await work;
    } catch (error) {
      // A dying kernel may still be printing when the port breaks.
      if (!this.#alive()) await this.#qemu.ended;
      else await sleep(200);
      const findings = this.#log.findings();
      if (findings.length > 0) throw new KernelFinding(findings);
      if (this.#alive()) throw error;
      throw new Error(`the machine ended; ${this.#lastLines()}`, { cause: error });
    }
  }

  async #settleLog(): Promise<void> {
    if (!this.#alive()) return;
    this.#marks += 1;
    const mark = `riptides-vm: mark ${this.#marks}.`;
    const seen = Promise.withResolvers<void>();
    const stop = this.#log.onLine((line) => void (line.includes(mark) && seen.resolve()));
    try {
      await this.#explained(this.#agent.logLine(mark));
      // The console is a slow device; but what it has not printed by then, it will not.
      await Promise.race([seen.promise, this.#qemu.ended, sleep(10_000)]);
    } finally {
      stop();
    }
  }

  #lastLines(): string {
    return `its console said last:\n${this.#log.tail(TAIL_LINES)}`;
  }
}
