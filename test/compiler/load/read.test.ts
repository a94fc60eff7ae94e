// SPDX-License-Identifier: Apache-2.0

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { findFiles } from '../../../src/compiler/load/find.ts';
import { readPolicy } from '../../../src/compiler/load/read.ts';

let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'riptides-load-'));
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function write(path: string, text = 'a: 1\n'): string {
  const full = join(root, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text);
  return full;
}

function found(...paths: readonly string[]): readonly string[] {
  const { files } = findFiles(paths.length === 0 ? [root] : paths.map((path) => join(root, path)));
  return files.map((file) => relative(root, file));
}

function codes(path: string): readonly string[] {
  return readPolicy([path]).diagnostics.map((d) => d.code);
}

describe('findFiles', () => {
  test('finds YAML files in order, whatever the order on disk', () => {
    for (const path of ['b.yaml', 'a/z.yml', 'a.yaml', 'a/b/c.yaml', 'B.yaml', 'a-b.yaml', 'x.YAML', 'y.Yml'])
      write(path);
    expect(found()).toEqual([
      'B.yaml',
      'a-b.yaml',
      'a.yaml',
      'a/b/c.yaml',
      'a/z.yml',
      'b.yaml',
      'x.YAML',
      'y.Yml',
    ]);
  });

  test('passes over other files, hidden ones, and node_modules', () => {
    for (const path of ['a.yaml', 'a.json', 'yaml', '.b.yaml', '.git/c.yaml', 'node_modules/d.yaml'])
      write(path);
    expect(found()).toEqual(['a.yaml']);
  });

  test('takes a file that is named, whatever it is called', () => {
    write('policy.txt');
    write('.hidden/policy.yaml');
    expect(found('policy.txt')).toEqual(['policy.txt']);
    expect(found('.hidden')).toEqual(['.hidden/policy.yaml']);
  });

  test('reads nothing twice, and follows symbolic links that lead in circles once', () => {
    write('a.yaml');
    write('sub/b.yaml');
    symlinkSync('..', join(root, 'sub/up'));
    symlinkSync('a.yaml', join(root, 'link.yaml'));
    symlinkSync('itself.yaml', join(root, 'itself.yaml'));
    expect(found('.', 'a.yaml', 'sub')).toEqual(['a.yaml', 'sub/b.yaml']);
  });

  test('follows symbolic links, as mounted configuration has them', () => {
    write('..data/a.yaml');
    symlinkSync('..data/a.yaml', join(root, 'a.yaml'));
    write('elsewhere/x/b.yaml');
    symlinkSync('elsewhere/x', join(root, 'linked'));
    expect(found('a.yaml', 'linked')).toEqual(['a.yaml', 'linked/b.yaml']);
  });

  test('keeps relative paths relative', () => {
    write('a.yaml');
    const here = relative(process.cwd(), root);
    expect(findFiles([here]).files).toEqual([join(here, 'a.yaml')]);
  });
});

describe('readPolicy', () => {
  test('reads all documents in order of file and position', () => {
    write('b.yaml', 'n: 3\n');
    write('a.yaml', 'n: 1\n---\nn: 2\n');
    const { value, diagnostics } = readPolicy([root]);
    expect(diagnostics).toEqual([]);
    expect(value?.map((d) => JSON.stringify(d.value))).toEqual(['{"n":1}', '{"n":2}', '{"n":3}']);
  });

  test('reads what a project lists, and nothing else', () => {
    write('riptides.yaml', 'kind: Project\nspec: {policies: [identities, services.yaml]}\n');
    write('identities/web.yaml', 'n: 1\n');
    write('services.yaml', 'n: 2\n');
    write('drafts/x.yaml', 'n: 3\n');
    const names = (path: string) => (readPolicy([path]).value ?? []).map((d) => relative(root, d.file));
    const expected = ['identities/web.yaml', 'riptides.yaml', 'services.yaml'];
    expect(names(root)).toEqual(expected);
    expect(names(join(root, 'riptides.yaml'))).toEqual(expected);
    expect(names(join(root, 'drafts'))).toEqual(['drafts/x.yaml']);
  });

  test('does not follow a project out of its directory', () => {
    write('outside/x.yaml');
    write(
      'policy/riptides.yaml',
      `kind: Project\nspec: {policies: [../outside, ${join(root, 'outside')}, .]}\n`,
    );
    expect((readPolicy([join(root, 'policy')]).value ?? []).map((d) => relative(root, d.file))).toEqual([
      'policy/riptides.yaml',
    ]);
  });

  test('says where a project lists a path that does not exist', () => {
    const file = write('riptides.yaml', 'kind: Project\nspec:\n  policies:\n    - missing\n');
    const [diagnostic] = readPolicy([root]).diagnostics;
    expect(diagnostic).toMatchObject({ code: 'RTP1001', range: { file, start: { line: 4, column: 7 } } });
  });

  test('says when there is nothing to read', () => {
    expect(codes(root)).toEqual(['RTP1002']);
    write('a.yaml', '# nothing\n');
    expect(codes(root)).toEqual(['RTP1002']);
  });

  test('says when a path does not exist, and reads the others', () => {
    const file = write('a.yaml');
    const { value, diagnostics } = readPolicy([join(root, 'missing'), file]);
    expect(diagnostics.map((d) => d.code)).toEqual(['RTP1001']);
    expect(value).toHaveLength(1);
  });

  test('refuses what is neither a file nor a directory, without waiting for it', () => {
    execFileSync('mkfifo', [join(root, 'pipe.yaml')]);
    expect(codes(root)).toEqual(['RTP1001']);
  });

  test('refuses a symbolic link that leads nowhere', () => {
    symlinkSync('missing', join(root, 'a.yaml'));
    symlinkSync('missing', join(root, 'other'));
    expect(codes(root)).toEqual(['RTP1001']);
  });

  test('refuses a file that is too large before it is read', () => {
    truncateSync(write('a.yaml'), 2 ** 40);
    expect(codes(root)).toEqual(['RTP1003']);
  });

  test('refuses files and directories that this user may not read', () => {
    chmodSync(write('a.yaml'), 0);
    mkdirSync(join(root, 'closed'));
    chmodSync(join(root, 'closed'), 0);
    chmodSync(root, 0o755);
    // Root may read everything, so the check runs as somebody else.
    const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
    const script = `
      const { readPolicy } = await import(${JSON.stringify(join(import.meta.dirname, '../../../src/compiler/load/read.ts'))});
      process.stdout.write(JSON.stringify(readPolicy([process.argv[1]]).diagnostics.map((d) => d.code)));`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script, root], {
      ...nobody,
      encoding: 'utf8',
      cwd: '/',
    });
    expect(JSON.parse(output)).toEqual(['RTP1001', 'RTP1001']);
    chmodSync(join(root, 'closed'), 0o755);
  });
});
