// SPDX-License-Identifier: Apache-2.0
// Facts of a running process, read from /proc: what the kernel module would be told, as far as /proc knows.

import { readFileSync, readlinkSync } from 'node:fs';
import type { Facts } from '../bundle/core.ts';
import { LIMITS } from '../bundle/generated.ts';
import { UserError, systemCode } from '../errors.ts';

/**
 * Facts of a process by its id.
 * @throws UserError usage, when there is no such process or it may not be read.
 */
export function readProcessFacts(pid: number): Facts {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    const cmdline = readFileSync(`/proc/${pid}/cmdline`);
    const path = readBinaryPath(pid);
    return {
      'process:name': readFileSync(`/proc/${pid}/comm`, 'utf8').replace(/\n$/, ''),
      ...(path === undefined ? {} : { 'process:binary:path': path }),
      'process:uid': effectiveId(status, 'Uid'),
      'process:gid': effectiveId(status, 'Gid'),
      'process:cmdline': joinArguments(cmdline),
    };
  } catch (error) {
    const code = systemCode(error);
    throw new UserError('usage', {
      message: code === 'EACCES' ? `process ${pid} may not be read` : `there is no process ${pid}`,
      fix:
        code === 'EACCES'
          ? 'run this as the same user, or as root'
          : 'see "ps" for the processes that run now',
      cause: error,
    });
  }
}

/** /proc/PID/exe, unless it cannot be read or the file is gone: then the kernel gives no path either. */
function readBinaryPath(pid: number): string | undefined {
  try {
    const path = readlinkSync(`/proc/${pid}/exe`);
    return path.endsWith(' (deleted)') ? undefined : path;
  } catch {
    return undefined;
  }
}

/** The second of the four ids of a line: proc(5). */
function effectiveId(status: string, name: 'Uid' | 'Gid'): number {
  const id = new RegExp(`^${name}:\\s+\\d+\\s+(\\d+)`, 'm').exec(status)?.[1];
  return Number(id);
}

function joinArguments(raw: Buffer): string {
  const end = raw.lastIndexOf(0) === raw.length - 1 ? raw.length - 1 : raw.length;
  const bytes = Buffer.from(raw.subarray(0, Math.max(0, end))).map((byte) => (byte === 0 ? 0x20 : byte));
  return Buffer.from(bytes.subarray(0, LIMITS.cmdlineLength)).toString('utf8');
}
