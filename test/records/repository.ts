// SPDX-License-Identifier: Apache-2.0
// Policies in git repositories, worked on by the command line as a person would.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll } from '@jest/globals';
import { rmSync } from 'node:fs';

import { git } from '../apply/repositories.ts';
import { type Ran, riptides } from '../commands/riptides.ts';

const temporary: string[] = [];
afterAll(() => {
  for (const directory of temporary) rmSync(directory, { recursive: true, force: true });
});

export function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'riptides-records-'));
  temporary.push(directory);
  return directory;
}

/** A policy of two documents and a guardrail that compares with what was applied before. */
export function writePolicy(directory: string, name: string): void {
  const write = (file: string, text: string): void => {
    mkdirSync(join(directory, file, '..'), { recursive: true });
    writeFileSync(join(directory, file), text);
  };
  write(
    'riptides.yaml',
    document('Project', name, 'trustDomain: t.example\n  defaultPosture: { egress: audit, ingress: allow }'),
  );
  write('identities/web.yaml', identity('web'));
  write(
    'guardrails/same.yaml',
    document(
      'Guardrail',
      'same',
      [
        'matchKinds: [WorkloadIdentity]',
        '  rules:',
        '    - id: same',
        `      message: the selectors of an identity stay`,
        `      expression: "!has(oldObject.spec) || oldObject.spec.selectors == object.spec.selectors"`,
      ].join('\n'),
    ),
  );
}

export function identity(name: string, uid = 1000): string {
  return document('WorkloadIdentity', name, `workloadID: ${name}\n  selectors:\n    - process:uid: ${uid}`);
}

function document(kind: string, name: string, spec: string): string {
  return `apiVersion: core.riptides.io/v1alpha1\nkind: ${kind}\nmetadata:\n  name: ${name}\nspec:\n  ${spec}\n`;
}

export function commitAll(directory: string, ...more: readonly string[]): string {
  git(directory, 'add', '-A');
  git(directory, 'commit', '--quiet', '--message=policy', ...more);
  return git(directory, 'rev-parse', 'HEAD');
}

/** A repository with a policy at its root, committed. */
export function policyRepository(): string {
  const directory = scratch();
  git(directory, 'init', '--quiet', '--initial-branch=main');
  writePolicy(directory, 'p');
  commitAll(directory);
  return directory;
}

/** Runs a command of the embedded target in a directory. */
export function embedded(directory: string, ...args: readonly string[]): Ran {
  return riptides(args, {
    cwd: directory,
    env: { RIPTIDES_TARGET: 'embedded', HOME: '/nonexistent/nobody', GIT_CONFIG_NOSYSTEM: '1' },
  });
}

export function apply(directory: string): Ran {
  const ran = embedded(directory, 'apply', '--yes');
  if (ran.code !== 0) throw new Error(`${ran.stdout}${ran.stderr}`);
  return ran;
}

export interface HistoryEntry {
  readonly id: string;
  readonly manifest: {
    readonly action: string;
    readonly generation: number;
    readonly dirty: boolean;
    readonly digest?: string;
    readonly sourceCommit?: string;
  };
}

export function historyOf(directory: string): readonly HistoryEntry[] {
  const ran = embedded(directory, 'history', '--json');
  if (ran.code !== 0) throw new Error(`${ran.stdout}${ran.stderr}`);
  return JSON.parse(ran.stdout).records;
}

export function statusOf(directory: string): { readonly kind: string; readonly notes: readonly string[] } {
  return JSON.parse(embedded(directory, 'status', '--once', '--json').stdout);
}

/** The bundle in force on the embedded target of a policy. */
export function inForce(directory: string): string {
  const generations = join(directory, '.riptides/embedded/generations');
  const latest = Math.max(...readdirSync(generations).map(Number).filter(Number.isInteger));
  return readFileSync(join(generations, String(latest), 'bundle.rtb')).toString('hex');
}

/** Fails the shell way: a file in which text is replaced that must be there. */
export function edit(file: string, from: string, to: string): void {
  const text = readFileSync(file, 'utf8');
  if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
  writeFileSync(file, text.replace(from, to));
}
