// SPDX-License-Identifier: Apache-2.0
// Git repositories for tests: of a machine where git knows nobody's name.

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { PolicySource } from '../../src/records/source.ts';

/** Runs git as the test's own hand, with a name of its own. Gives what it prints, without the last line break. */
export function git(directory: string, ...args: readonly string[]): string {
  return execFileSync('git', ['-c', 'user.name=Test', '-c', 'user.email=test@example.org', ...args], {
    cwd: directory,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: '/dev/null/nobody', GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trimEnd();
}

/** A repository with one commit. Gives the commit. */
export function makeRepository(directory: string): string {
  git(directory, 'init', '--quiet', '--initial-branch=main');
  writeFileSync(join(directory, 'riptides.yaml'), 'kind: Project\n');
  git(directory, 'add', '.');
  git(directory, 'commit', '--quiet', '--message=policy');
  return git(directory, 'rev-parse', 'HEAD');
}

/** The policy at the top of a directory, as the compiler would have read it. */
export function sourceIn(directory: string): PolicySource {
  const names = readdirSync(directory).filter((name) => name.endsWith('.yaml'));
  return { files: names.map((path) => ({ path, content: readFileSync(join(directory, path)) })) };
}
