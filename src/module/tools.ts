// SPDX-License-Identifier: Apache-2.0
// Programs that the module's functions run, and what this host is.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';

import { systemCode } from '../errors.ts';
import { packageFile } from '../package.ts';

export interface Ran {
  /** The exit code; undefined when a signal ended the program. */
  readonly code: number | undefined;
  /** What it printed, on both streams. */
  readonly output: string;
}

/** Runs a program to its end. Undefined when it is not installed. */
export async function run(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly signal?: AbortSignal | undefined } = {},
): Promise<Ran | undefined> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      ...options,
      stdio: ['ignore', 'pipe', 'pipe'],
      // Messages are looked at, and system programs are not in every user's path.
      env: {
        ...process.env,
        LC_ALL: 'C',
        PATH: `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`,
      },
    });
    const parts: Buffer[] = [];
    child.stdout.on('data', (part: Buffer) => parts.push(part));
    child.stderr.on('data', (part: Buffer) => parts.push(part));
    child.on('error', (error) => {
      if (systemCode(error) === 'ENOENT') resolve(undefined);
      else reject(error);
    });
    child.on('close', (code) =>
      resolve({ code: code ?? undefined, output: Buffer.concat(parts).toString('utf8') }),
    );
  });
}

/** The release of the running kernel. */
export function kernelRelease(): string {
  return release();
}

/** The sources of the module that come with this package. */
export function moduleSources(): string {
  return packageFile('kmod');
}

/** The series that the module is tested with, as words: "6.1, 6.12 and 7.3". */
export function testedKernels(): string {
  const series = [...read(join(moduleSources(), 'kernels')).matchAll(/^\d+\.\d+/gm)].map(([each]) => each);
  return new Intl.ListFormat('en-GB').format(series);
}

/** How packages are installed here: by the names of Debian, and of Fedora and its kin. */
export function installCommand(packages: { readonly debian: string; readonly fedora: string }): string {
  const text = read('/etc/os-release');
  const ids = [...text.matchAll(/^ID(?:_LIKE)?=(.*)$/gm)].flatMap(([, value = '']) =>
    value.replaceAll('"', '').split(' '),
  );
  if (ids.some((id) => ['fedora', 'rhel', 'centos'].includes(id))) return `dnf install ${packages.fedora}`;
  if (ids.some((id) => ['debian', 'ubuntu'].includes(id))) return `apt-get install ${packages.debian}`;
  return `install ${packages.debian} (as Debian calls it)`;
}

/** The text of a file; empty when it cannot be read. */
export function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** The last lines of riptides in the kernel log, oldest first; none where the log may not be read. */
export async function kernelWords(most = 5): Promise<readonly string[]> {
  const log = await run('dmesg', ['--notime']).catch(() => undefined);
  const lines = (log?.code === 0 ? log.output : '').split('\n');
  return lines.filter((line) => /riptides/.test(line)).slice(-most);
}
