// SPDX-License-Identifier: Apache-2.0
// Runs the built command line as a person's shell would.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');
const BIN = join(ROOT, 'bin/riptides.js');

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs riptides to its end. Nothing of the environment but PATH and HOME gets through. */
export function riptides(args: readonly string[], { cwd = ROOT, env = {} }: RunOptions = {}): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...args], {
    cwd,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...env },
    input: '',
    maxBuffer: 64 * 1024 * 1024,
  });
  return { code: status, stdout, stderr };
}

/** A copy of an example policy in a directory of its own, outside of any repository. */
export function copyExample(name: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'riptides-example-'));
  // Not what somebody who tried README applied there.
  const filter = (path: string): boolean => basename(path) !== '.riptides';
  cpSync(join(ROOT, 'policies/examples', name), directory, { recursive: true, filter });
  return directory;
}
