// SPDX-License-Identifier: Apache-2.0
// Nothing outside the policy is read, whichever way leads there, and nothing of it is printed.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createFileReader } from '../../../src/compiler/load/files.ts';
import { readPolicy } from '../../../src/compiler/load/read.ts';
import { shownText } from '../../printed.ts';
import { formatFiles } from '../../../src/format/files.ts';
import { importFiles } from '../../../src/import/import.ts';

const SECRET = 's3cr3t-Xy12';
const PROJECT = `apiVersion: core.riptides.io/v1alpha1
kind: Project
metadata: { name: p }
spec: { trustDomain: p.example, defaultPosture: { egress: deny } }
`;

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'riptides-outside-'));
  write('outside/x.yaml', `db-password-${SECRET}\n`);
  write('outside/deep/y.yaml', `db-password-${SECRET}\n`);
  write('p/riptides.yaml', PROJECT);
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function link(path: string, target: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  rmSync(join(root, path), { force: true });
  symlinkSync(target, join(root, path));
}

/** What every command that reads files says of a path, as it is printed. */
function printed(path: string): readonly string[] {
  const at = [join(root, path)];
  const results = [readPolicy(at), ...formatFiles(at), importFiles(at, {})];
  const errors = results.filter(({ diagnostics }) => diagnostics.some(({ code }) => code === 'RTP1001'));
  expect(errors).toHaveLength(3);
  return results.map((result) => JSON.stringify(result) + shownText(result.diagnostics));
}

const WAYS: readonly (readonly [way: string, named: string, make: () => void])[] = [
  ['a link to a file', 'p', () => link('p/x.yaml', join(root, 'outside/x.yaml'))],
  ['a relative link to a file', 'p', () => link('p/sub/x.yaml', '../../outside/x.yaml')],
  ['a link to a directory', 'p', () => link('p/out', '../outside')],
  [
    'a link by way of a link',
    'p',
    () => {
      link('p/.hidden', '../outside');
      link('p/x.yaml', '.hidden/x.yaml');
    },
  ],
  [
    'a directory of spec.policies that is a link',
    'p',
    () => {
      write('p/riptides.yaml', PROJECT.replace('spec: {', 'spec: { policies: [list],'));
      link('p/list', '../outside');
    },
  ],
  [
    'a path of spec.policies that leads through a link',
    'p',
    () => {
      write('p/riptides.yaml', PROJECT.replace('spec: {', 'spec: { policies: [list/deep],'));
      link('p/list', '../outside');
    },
  ],
  ['riptides.yaml itself', 'p', () => link('p/riptides.yaml', '../outside/x.yaml')],
  ['a file of the project that is named', 'p/x.yaml', () => link('p/x.yaml', '../outside/x.yaml')],
  ['a directory of the project that is named', 'p/out', () => link('p/out', '../outside')],
  ['a file below a link that is named', 'p/out/x.yaml', () => link('p/out', '../outside')],
  [
    'a directory of the repository that is named',
    'repo/policies',
    () => {
      mkdirSync(join(root, 'repo/.git'), { recursive: true });
      link('repo/policies', '../outside');
    },
  ],
  [
    'a project of the repository that is a link',
    'repo/p',
    () => {
      mkdirSync(join(root, 'repo/.git'), { recursive: true });
      link('repo/p', '../p');
    },
  ],
];

test.each(WAYS)('%s does not lead outside', (_, named, make) => {
  make();
  for (const text of printed(named)) expect(text).not.toContain(SECRET);
});

describe('what lies within is read', () => {
  const files = (path: string): readonly string[] => {
    const { value = [], diagnostics } = readPolicy([join(root, path)]);
    expect(diagnostics).toEqual([]);
    return value.map(({ file }) => file.replace(`${root}/`, ''));
  };

  test('through links within the project', () => {
    write('p/a/x.yaml', 'n: 1\n');
    link('p/b', 'a');
    link('p/c/y.yaml', '../a/x.yaml');
    expect(files('p/c')).toEqual(['p/c/y.yaml']);
    expect(files('p')).toEqual(['p/a/x.yaml', 'p/riptides.yaml']);
  });

  test('through links as a mounted ConfigMap has them', () => {
    write('etc/..2026/riptides.yaml', PROJECT);
    link('etc/..data', '..2026');
    link('etc/riptides.yaml', '..data/riptides.yaml');
    expect(files('etc')).toEqual(['etc/riptides.yaml']);
  });

  test('through a link that the user names, where there is neither a project nor a repository', () => {
    link('current', 'p');
    expect(files('current')).toEqual(['current/riptides.yaml']);
  });

  test('and a link to what would not be read is left alone', () => {
    write('outside/notes.txt', '');
    link('p/notes.txt', '../outside/notes.txt');
    expect(files('p')).toEqual(['p/riptides.yaml']);
  });
});

test('a file that becomes a link after it was found is not read', () => {
  write('p/x.yaml', 'n: 1\n');
  link('p/x.yaml', '../outside/x.yaml');
  const { value, diagnostics } = createFileReader().read(join(root, 'p/x.yaml'), [join(root, 'p')]);
  expect(value).toBeUndefined();
  expect(diagnostics.map(({ code }) => code)).toEqual(['RTP1001']);
});

test('a file that becomes a pipe after it was found is not waited for', () => {
  execFileSync('mkfifo', [join(root, 'p/x.yaml')]);
  const { diagnostics } = createFileReader().read(join(root, 'p/x.yaml'), [join(root, 'p')]);
  expect(diagnostics.map(({ code }) => code)).toEqual(['RTP1001']);
});

test('the file is named, and so is what to do', () => {
  link('p/x.yaml', '../outside/x.yaml');
  const { diagnostics } = readPolicy([join(root, 'p')]);
  const text = shownText(diagnostics, {
    readSource: (file) => readFileSync(file, 'utf8'),
  });
  expect(text.replaceAll(`${root}/`, '')).toMatchInlineSnapshot(`
   "p/x.yaml:1:1: error RTP1001: the file or directory is reached by a symbolic link that leads out of the policy
     why: a policy is what its directory holds: what lies outside is not reviewed with it
     fix: replace the link with a copy of what it leads to, or list the paths of the policy in spec.policies of riptides.yaml

   1 error
   "
  `);
});
