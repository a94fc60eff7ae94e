// SPDX-License-Identifier: Apache-2.0
// Who writes a record: the person, and the process, which may be killed before it is done.

import { readFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';

import { systemCode } from '../errors.ts';
import type { Manifest, Writer } from './manifest.ts';

/** The person at work, also behind sudo, and the machine: `alice@web-1`. */
export function whoAmI(): string {
  return `${process.env['SUDO_USER'] ?? userName()}@${hostname()}`;
}

/** A container may run as a user that /etc/passwd does not have. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}`;
  }
}

export function thisWriter(): Writer {
  const started = startOf(process.pid);
  return { host: hostname(), pid: process.pid, started };
}

/** Milliseconds for which a process of another machine is taken to be at work: nobody here can look. */
const REMOTE_PATIENCE = 600_000;

/** Whether the writer of a record may be still at work. */
export function isAtWork({ writer, at }: Manifest): boolean {
  if (writer.host !== hostname()) return Date.now() - Date.parse(at) < REMOTE_PATIENCE;
  try {
    process.kill(writer.pid, 0);
  } catch (error) {
    if (systemCode(error) !== 'EPERM') return false;
  }
  return writer.started === undefined || startOf(writer.pid) === writer.started;
}

/** When a process started, in the kernel's ticks since boot, with the boot it belongs to; undefined where there is no /proc. */
function startOf(pid: number): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the process may hold anything; the fields start after its last parenthesis.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? 'gone' : `${boot}:${fields[19]}`;
  } catch {
    return undefined;
  }
}
