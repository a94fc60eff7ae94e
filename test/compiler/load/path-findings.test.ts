// SPDX-License-Identifier: Apache-2.0
// What is said of files and directories that cannot be read, and what is not: the words, the reason, the advice.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { pathDiagnostic } from '../../../src/compiler/load/find.ts';
import { readPolicy } from '../../../src/compiler/load/read.ts';
import { LOAD_LIMITS } from '../../../src/compiler/load/types.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'riptides-paths-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function words(...paths: readonly string[]): readonly string[] {
  const { diagnostics } = readPolicy(paths.map((path) => join(root, path)));
  return diagnostics.map(({ code, severity, range, message, why, fix }) => {
    const { start, end, file } = range;
    const place = `${file.replace(`${root}/`, '')}:${start.line}:${start.column}-${end.line}:${end.column}`;
    return [`${severity} ${code} ${place} ${message}`, why, fix]
      .filter((part) => part !== undefined)
      .join(' | ');
  });
}

const PARTLY = 'the whole policy must be readable: part of it would mean something else';

describe('a finding about a path says', () => {
  test('that it does not exist', () => {
    expect(words('missing')).toEqual([
      `error RTP1001 missing:1:1-1:1 the file or directory does not exist | ${PARTLY} | check the spelling; a symbolic link must lead to something that exists`,
    ]);
  });

  test('that a link leads to itself', () => {
    symlinkSync('a.yaml', join(root, 'a.yaml'));
    expect(words('.')).toEqual([
      `error RTP1001 a.yaml:1:1-1:1 the file or directory is a symbolic link that leads to itself | ${PARTLY} | remove the link, or point it to a file`,
    ]);
  });

  test('that it is neither a file nor a directory, where it would be read', () => {
    execFileSync('mkfifo', [join(root, 'pipe.yaml'), join(root, 'pipe')]);
    const [expected] = [
      `error RTP1001 pipe.yaml:1:1-1:1 the file or directory is neither a file nor a directory | ${PARTLY} | remove it from the directory of the policy, or give it another extension`,
    ];
    expect(words('.')).toEqual([expected]);
    expect(words('pipe')).toEqual([expected?.replace('pipe.yaml', 'pipe')]);
  });

  test('that there is nothing to read', () => {
    expect(words('.')).toEqual([
      `error RTP1002 ${root}:1:1-1:1 there is no YAML document to read | no .yaml or .yml file was found, or all of them are empty | name the directory that holds riptides.yaml; hidden directories and node_modules are not searched`,
    ]);
  });

  test('that a file is too large', () => {
    writeFileSync(join(root, 'a.yaml'), '');
    truncateSync(join(root, 'a.yaml'), LOAD_LIMITS.fileSize + 1);
    const [finding, ...others] = words('a.yaml');
    expect(others).toEqual([]);
    expect(finding).toContain('error RTP1003 a.yaml:1:1-1:1 ');
    expect(finding).toContain(String(LOAD_LIMITS.fileSize));
  });

  test.each([
    ['EACCES', 'cannot be read by this user', 'change the permissions, or run as a user who may read it'],
    ['EPERM', 'cannot be read by this user', 'check the path and its permissions'],
    ['EISDIR', 'is a directory', 'check the path and its permissions'],
    ['EIO', 'cannot be read (EIO)', 'check the path and its permissions'],
  ])('what the system says with %s', (code, message, fix) => {
    expect(pathDiagnostic('a', Object.assign(new Error('x'), { code }))).toEqual({
      code: 'RTP1001',
      severity: 'error',
      range: { file: 'a', start: { line: 1, column: 1 }, end: { line: 1, column: 1 } },
      message: `the file or directory ${message}`,
      why: PARTLY,
      fix,
    });
  });

  test.each([['broken'], [null], [new Error('broken')]])(
    'what was thrown, when it has no code: %p',
    (thrown) => {
      expect(pathDiagnostic('a', thrown).message).toBe(
        `the file or directory cannot be read (${String(thrown)})`,
      );
    },
  );
});

describe('of a project', () => {
  const project = (policies: string): void =>
    writeFileSync(join(root, 'riptides.yaml'), `kind: Project\nspec:\n  policies: ${policies}\n`);
  const files = (...paths: readonly string[]): readonly string[] => {
    const { value = [] } = readPolicy(paths.map((path) => join(root, path)));
    return value.map(({ file }) => file.replace(`${root}/`, ''));
  };

  beforeEach(() => {
    mkdirSync(join(root, 'a'));
    writeFileSync(join(root, 'a/x.yaml'), 'n: 1\n');
    writeFileSync(join(root, 'b.yaml'), 'n: 2\n');
  });

  test.each([
    ['a list is followed', '[a]', ['a/x.yaml', 'riptides.yaml']],
    ['an empty list leaves the project alone', '[]', ['riptides.yaml']],
    ['what is no list is as if it were not there', '{}', ['a/x.yaml', 'b.yaml', 'riptides.yaml']],
    ['entries that are no text are passed over', '[a, 1, null]', ['a/x.yaml', 'riptides.yaml']],
  ])('%s', (_, policies, expected) => {
    project(policies);
    expect(files('.')).toEqual(expected);
  });

  test('that says nothing of policies, its directory is read', () => {
    writeFileSync(join(root, 'riptides.yaml'), 'kind: Project\nspec: {}\n');
    expect(files('.')).toEqual(['a/x.yaml', 'b.yaml', 'riptides.yaml']);
  });

  test.each(['kind: Service\nspec: { policies: [a] }', 'kind: Project\nspec: text', 'text', '[1]'])(
    'there is none in %j, and its directory is read',
    (text) => {
      writeFileSync(join(root, 'riptides.yaml'), `${text}\n`);
      expect(files('.')).toEqual(['a/x.yaml', 'b.yaml', 'riptides.yaml']);
    },
  );

  test('the entry that does not exist is named at its place, and the others are read', () => {
    project('[a, gone]');
    expect(words('.')).toEqual([
      `error RTP1001 riptides.yaml:3:17-3:21 the file or directory does not exist | ${PARTLY} | check the spelling; a symbolic link must lead to something that exists`,
    ]);
    expect(files('.')).toEqual(['a/x.yaml', 'riptides.yaml']);
    expect(readPolicy([root]).diagnostics[0]?.path).toEqual(['spec', 'policies', 1]);
  });

  test('the directory and the file are the same policy, read once', () => {
    project('[a]');
    expect(files('.', 'riptides.yaml', 'a')).toEqual(['a/x.yaml', 'riptides.yaml']);
  });
});
