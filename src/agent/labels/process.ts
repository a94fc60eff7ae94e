// SPDX-License-Identifier: Apache-2.0
// One process, held by its directory in /proc: what is read is of that very process, or nothing. A number can come to be another process's while
// somebody is asked about it, and a process can run another program or move to another cgroup meanwhile.

import { constants } from 'node:fs';
import { type FileHandle, open, readlink } from 'node:fs/promises';
import { messageOf, systemCode, UserError } from '../../errors.ts';
import { type Cgroup, managedPath, parseCgroups } from './cgroup.ts';

export interface ProcessHandle {
  readonly pid: number;
  /** Effective. */
  readonly uid: number;
  readonly gid: number;
  readonly cgroups: readonly Cgroup[];
  /** The path among them that systemd and container runtimes manage. */
  readonly cgroup: string | undefined;
  /** What a file of its directory holds, at most `MOST_READ` bytes; throws when the process is gone. */
  readonly read: (file: string) => Promise<string>;
  /** Where a link of its directory leads: `ns/mnt`, `exe`. */
  readonly link: (name: string) => Promise<string>;
  /** Whether it still is what it was when it was opened: alive, in the same program, in the same cgroups. */
  readonly isSame: () => Promise<boolean>;
  readonly close: () => Promise<void>;
}

/** Bytes of a file of /proc. mountinfo of a host with many containers is the largest. */
export const MOST_READ = 1024 * 1024;

/**
 * Opens a process.
 *
 * @throws UserError usage, when there is none or it may not be looked at
 */
export async function openProcess(pid: number): Promise<ProcessHandle> {
  let directory: FileHandle | undefined;
  try {
    directory = await open(`/proc/${pid}`, constants.O_RDONLY | constants.O_DIRECTORY);
    return await openDirectory(pid, directory);
  } catch (error) {
    await directory?.close();
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ESRCH') {
      throw new UserError('usage', {
        message: `there is no process ${pid}`,
        fix: 'name a process that runs, by its number in the initial namespace (ps -e)',
      });
    }
    throw new UserError('usage', {
      message: `the process ${pid} cannot be looked at`,
      why: messageOf(error),
      fix: 'run the command as root',
      cause: error,
    });
  }
}

async function openDirectory(pid: number, directory: FileHandle): Promise<ProcessHandle> {
  // A path through the descriptor leads to that directory, whatever has the number now.
  const base = `/proc/self/fd/${directory.fd}`;
  const read = (file: string): Promise<string> => readBounded(`${base}/${file}`);
  const link = (name: string): Promise<string> => readlink(`${base}/${name}`);
  const state = async () => ({
    image: imageOf(await read('stat'), await link('exe').catch(() => '')),
    cgroup: await read('cgroup'),
  });
  const before = await state();
  const status = await read('status');
  const cgroups = parseCgroups(before.cgroup);
  return {
    pid,
    uid: effectiveId(status, 'Uid'),
    gid: effectiveId(status, 'Gid'),
    cgroups,
    cgroup: managedPath(cgroups),
    read,
    link,
    isSame: async () => {
      try {
        const now = await state();
        return now.image === before.image && now.cgroup === before.cgroup;
      } catch {
        return false;
      }
    },
    close: () => directory.close(),
  };
}

/** Fields of /proc/PID/stat, counted from the state of the process, which follows its name. */
const STAT = { state: 0, startTime: 19, startStack: 25 } as const;

/** What tells a program image from others: when the process began, its executable, and where its stack begins, which each exec chooses anew. */
function imageOf(stat: string, executable: string): string {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[STAT.state] === 'Z' || fields[STAT.state] === 'X')
    throw Object.assign(new Error('the process has ended'), { code: 'ESRCH' });
  return `${fields[STAT.startTime]} ${fields[STAT.startStack]} ${executable}`;
}

function effectiveId(status: string, name: 'Uid' | 'Gid'): number {
  return Number(new RegExp(`^${name}:\\t[0-9]+\\t([0-9]+)`, 'm').exec(status)?.[1]);
}

/** What a file holds, up to a bound. */
export async function readBounded(path: string, most = MOST_READ): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const parts: Buffer[] = [];
    let length = 0;
    while (length < most) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(64 * 1024, most - length)));
      if (bytesRead === 0) break;
      parts.push(buffer.subarray(0, bytesRead));
      length += bytesRead;
    }
    return Buffer.concat(parts).toString('utf8');
  } finally {
    await file.close();
  }
}
