// SPDX-License-Identifier: Apache-2.0

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { riptides } from '../commands/riptides.ts';
import { EVERYTHING } from './older.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'riptides-import-'));
  writeFileSync(join(directory, 'old.yaml'), EVERYTHING);
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

const run = (...args: readonly string[]) => riptides(args, { cwd: directory });

describe('import', () => {
  test('prints the documents, and warnings beside them', () => {
    const { code, stdout, stderr } = run('import', 'old.yaml');
    expect(code).toBe(0);
    expect(stdout).toBe(readFileSync(join(import.meta.dirname, 'everything.expected.txt'), 'utf8'));
    expect(stderr).toContain('old.yaml:6:5: warning RTP1056');
  });

  test('says so when there is nothing to import', () => {
    writeFileSync(join(directory, 'empty.yaml'), '# nothing\n');
    const { code, stdout, stderr } = run('import', 'empty.yaml');
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toContain('empty.yaml:1:1: error RTP1002: there is nothing to import');
  });

  test('writes a policy that "fmt --check" and "validate" accept', () => {
    mkdirSync(join(directory, 'shop'));
    writeFileSync(
      join(directory, 'shop/riptides.yaml'),
      'apiVersion: core.riptides.io/v1alpha1\nkind: Project\nmetadata: { name: shop }\nspec: { trustDomain: acme.example, defaultPosture: { egress: deny } }\n',
    );
    writeFileSync(
      join(directory, 'shop/git.yaml'),
      'apiVersion: core.riptides.io/v1alpha1\nkind: CredentialSource\nmetadata: { name: git-token }\nspec: { kubernetes: { type: BearerToken, secretRef: { name: git, key: token } } }\n',
    );
    const written = run('import', 'old.yaml', '-o', 'shop/old', '--trust-domain', 'acme.example');
    expect(written.code).toBe(0);
    expect(written.stdout).toContain('wrote shop/old/identities/curl.yaml\n');
    expect(run('fmt', '--check', 'shop/old').code).toBe(0);
    expect(run('validate', 'shop')).toMatchObject({ code: 0 });
    const again = run('import', 'old.yaml', '-o', 'shop/old');
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('exists already') });
    expect(run('import', 'old.yaml', '-o', 'shop/old', '--force').code).toBe(0);
  });

  test('writes nothing when something cannot be brought over', () => {
    writeFileSync(join(directory, 'old.yaml'), '- selectors: []\n  workloadID: a\n  nonsense: 1\n');
    const { code, stdout, stderr } = run('import', 'old.yaml', '-o', 'out');
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain('old.yaml:3:3: error RTP1052');
    expect(existsSync(join(directory, 'out'))).toBe(false);
    expect(JSON.parse(run('import', 'old.yaml', '--json').stdout)).toMatchObject({
      schemaVersion: 1,
      valid: false,
    });
  });

  test('tells what it was called wrongly with', () => {
    expect(run('import').code).toBe(2);
    expect(run('import', 'old.yaml', '--force').code).toBe(2);
    expect(run('import', 'old.yaml', '--trust-domain', 'A B')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('"A B" is not a trust domain'),
    });
    expect(run('import', 'nowhere.yaml')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('RTP1001'),
    });
  });
});
