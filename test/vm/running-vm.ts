// SPDX-License-Identifier: Apache-2.0
//
// A machine that is up: its agent does the work, and whatever fails is told with what the kernel said.

import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Accelerator } from './accelerator.ts';
import type { AgentClient, OutputListener, RemoteProcess, RunResult } from './agent-client.ts';
import { findGuestNode } from './guest-node.ts';
import { PROJECT } from './initramfs.ts';
import { KernelFinding, type Finding, type KernelLog } from './kernel-log.ts';
import type { Kernel } from './kernels.ts';
import { keepAlive, shareTag, type Machine, type Qemu, type Share } from './qemu.ts';
import type { RunOptions, SpawnHandle, SpawnOptions, Vm } from './types.ts';

const RUN_TIMEOUT_MS = 60_000;
const SPAWN_TIMEOUT_MS = 600_000;
const POWEROFF_TIMEOUT_MS = 30_000;
/** How much of the console an error quotes. */
export const TAIL_LINES = 30;
const LEAKS = 'kmemleak: suspected memory leaks';

export async function deadline(signal: AbortSignal): Promise<never> {
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  throw new Error('the deadline passed');
}

/** See Vm for what its parts promise. */
export class RunningVm implements Vm {
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
      const { code, stderr } = await this.run(
        ['/bin/sh', '-c', script, 'mount', guestPath, options, shareTag(index)],
        { cwd: '/' },
      );
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
        () =>
          found.reject(new Error(`no ${pattern} within ${timeoutMs} ms; the output so far:\n${output()}`)),
        timeoutMs,
      );
      exited.then(
        ({ code, signal }) =>
          found.reject(new Error(`ended (${signal ?? code}) before ${pattern}; its output:\n${output()}`)),
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
        if (text !== '') findings.push({ headline: LEAKS, text });
      }
      if (this.#alive()) await this.#powerOff();
    } catch (error) {
      failure = error;
    } finally {
      this.#qemu.kill();
      await this.#qemu.ended;
    }
    // That kmemleak found something stands on the console as well, without what.
    const told = this.#log
      .takeFindings()
      .filter(({ headline }) => findings.length === 0 || !headline.startsWith('kmemleak: '));
    findings.unshift(...told);
    if (findings.length > 0) throw new KernelFinding(findings);
    if (failure !== undefined) throw failure;
  }

  async #powerOff(): Promise<void> {
    this.#start(['/run/riptides-vm/busybox', 'reboot', '-f'], { cwd: '/' }, POWEROFF_TIMEOUT_MS);
    const late = AbortSignal.timeout(POWEROFF_TIMEOUT_MS);
    const inTime = await Promise.race([this.#qemu.ended.then(() => true), deadline(late).catch(() => false)]);
    if (!inTime)
      throw new Error(`the guest did not power off within ${POWEROFF_TIMEOUT_MS} ms; ${this.#lastLines()}`);
  }

  #alive(): boolean {
    return this.#qemu.process.exitCode === null && this.#qemu.process.signalCode === null;
  }

  #start(command: string | readonly string[], options: SpawnOptions, timeoutMs: number): RemoteProcess {
    const home = options.uid === undefined || options.uid === 0 ? '/root' : '/tmp';
    const path = [
      dirname(findGuestNode()),
      '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    ].join(':');
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
      await Promise.race([seen.promise, this.#qemu.ended, sleep(10_000, undefined, { ref: false })]);
    } finally {
      stop();
    }
  }

  #lastLines(): string {
    return `its console said last:\n${this.#log.tail(TAIL_LINES)}`;
  }
}
