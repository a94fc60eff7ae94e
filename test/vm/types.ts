// SPDX-License-Identifier: Apache-2.0
//
// What a test sees of a virtual machine.

import type { Accelerator } from './accelerator.ts';
import type { OutputListener, RemoteProcess, RunResult } from './agent-client.ts';
import type { Finding } from './kernel-log.ts';
import type { Kernel, KernelSeries } from './kernels.ts';
import type { Share } from './qemu.ts';

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
  /**
   * Emulate, and let the guest's clock count instructions, one for each nanosecond, instead of time: what the host does beside it
   * then changes no measurement.
   */
  readonly countInstructions?: boolean;
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
