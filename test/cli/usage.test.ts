// SPDX-License-Identifier: Apache-2.0
// What is typed wrong: refused with exit code 2, with the nearest that would be right, and never run.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { riptides, ROOT } from '../commands/riptides.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'riptides-usage-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('what is typed wrong', () => {
  test.each([
    // Commands and topics.
    ['vlidate', 'there is no command "vlidate"', 'did you mean "riptides validate"?'],
    ['vlidate policies/shop', 'there is no command "vlidate"', 'did you mean "riptides validate"?'],
    ['intt policy', 'there is no command "intt"', 'did you mean "riptides init"?'],
    ['conf', 'there is no command "conf"', 'did you mean "riptides confirm"?'],
    ['modul', 'there is no command "modul"', 'did you mean "riptides module"?'],
    ['module bild', 'there is no command "module bild"', 'did you mean "riptides module build"?'],
    ['module bild --force', 'there is no command "module bild"', 'did you mean "riptides module build"?'],
    ['modul bild', 'there is no command "modul"', 'did you mean "riptides module build"?'],
    ['module xyzzy', 'there is no command "module xyzzy"', 'did you mean "riptides module"?'],
    ['build', 'there is no command "build"', 'did you mean "riptides module build"?'],
    ['version', 'there is no command "version"', 'did you mean "riptides --version"?'],
    ['xyzzy', 'there is no command "xyzzy"', 'see "riptides help"'],
    ['--vresion', 'there is no flag "--vresion"', 'did you mean "riptides --version"?'],
    ['--target embedded plan', 'there is no flag "--target"', 'write the command first'],
    ['help plna', 'there is no help for "plna"', 'did you mean "riptides help plan"?'],
    ['help module bild', 'there is no help for "module bild"', 'did you mean "riptides help module build"?'],
    ['help exit-code', 'there is no help for "exit-code"', 'did you mean "riptides help exit-codes"?'],
    [
      'module bild --help',
      'there is no help for "module bild"',
      'did you mean "riptides help module build"?',
    ],
    // Flags.
    ['plan --taget embedded', 'riptides plan has no flag "--taget"', 'did you mean --target?'],
    ['plan --taget=embedded', 'riptides plan has no flag "--taget"', 'did you mean --target?'],
    ['apply --auto-aprove', 'riptides apply has no flag "--auto-aprove"', 'did you mean --auto-approve?'],
    ['module build --relese 6', 'riptides module build has no flag "--relese"', 'did you mean --release?'],
    ['plan --jsn', 'riptides plan has no flag "--jsn"', 'did you mean --json?'],
    ['apply --dry-run', 'riptides apply has no flag "--dry-run"', 'did you mean --check?'],
    ['fmt --dry-run', 'riptides fmt has no flag "--dry-run"', 'did you mean --check?'],
    ['rollback --dry-run', 'riptides rollback has no flag "--dry-run"', 'riptides plan'],
    ['apply -m reason', 'riptides apply has no flag "-m"', 'did you mean --why?'],
    ['apply --message=reason', 'riptides apply has no flag "--message"', 'did you mean --why?'],
    ['apply --force', 'riptides apply has no flag "--force"', 'did you mean --yes?'],
    ['validate -v', 'riptides validate has no flag "-v"', 'riptides --version'],
    ['-v', 'there is no flag "-v"', 'did you mean "riptides --version"?'],
    ['plan --format json', 'riptides plan has no flag "--format"', 'did you mean --json?'],
    ['plan --no-color', 'riptides plan has no flag "--no-color"', 'NO_COLOR=1'],
    ['validate -f riptides.yaml', 'riptides validate has no flag "-f"', 'as an argument'],
    ['plan -x', 'riptides plan has no flag "-x"', 'see "riptides plan --help"'],
    // Values.
    ['validate --format srif', 'not "srif"', 'did you mean --format sarif?'],
    ['validate --format=SARIF', 'not "SARIF"', 'did you mean --format sarif?'],
    ['validate --format json', '--format does not take json', 'write --json instead'],
    ['validate --format yaml', '--format takes sarif, ', 'see "riptides validate --help"'],
    ['plan --target kernl', 'not "kernl"', 'did you mean --target kernel?'],
    ['completion bsh', '"bsh" is none of bash, zsh, fish', 'did you mean bash?'],
    ['schema Servce', 'there is no kind "Servce"', 'did you mean Service?'],
    ['explain --pid abc --to 10.0.0.1:1', '--pid takes a whole number; not "abc"', '--help'],
    ['explain --pid 0 --to 10.0.0.1:1', 'greater than or equal to 1; not "0"', '--help'],
    ['compile -o', '--output needs a value', 'see "riptides compile --help"'],
    ['validate --format', '--format needs a value', 'sarif'],
    ['plan --node a --node b', '--node is there twice', 'give --node once'],
    // What goes together, and what is missing or too much.
    ['validate --output x', '--output needs --format', '--help'],
    ['plan a b', 'unexpected argument "b"', '--help'],
    ['inspect', 'BUNDLE is missing', 'see "riptides inspect --help"'],
    ['completion', 'SHELL is missing', 'see "riptides completion --help"'],
  ])('riptides %s: %s; %s', (line, message, fix) => {
    const { code, stdout, stderr } = riptides(line.split(' '), { cwd: directory });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    const [what = '', remedy = ''] = stderr.split('\n');
    expect(what).toMatch(/^error RTE1901 /);
    expect(what).toContain(message);
    expect(remedy).toMatch(/^ {2}fix {2}/);
    expect(remedy).toContain(fix);
  });

  test('is never run, however near it is', () => {
    for (const words of [
      ['intt', directory],
      ['module', 'bild'],
      ['inti', directory],
    ])
      riptides(words);
    expect(readdirSync(directory)).toEqual([]);
  });

  test('is shown without what a terminal would act on', () => {
    const { stderr } = riptides(['\u001b[2J\u202evil']);
    expect(stderr).not.toContain('\u001b');
    expect(stderr).not.toContain('\u202e');
    expect(stderr).toContain('\\u{1b}');
    expect(riptides(['validate', '--format', '\u001b[2J']).stderr).not.toContain('\u001b');
    expect(riptides(['plan', '--\u001b[2J']).stderr).not.toContain('\u001b');
  });

  test('is not put right by what stands in standard input', () => {
    const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'bin/riptides.js'), 'inspect'], {
      input: 'package.json\n',
      encoding: 'utf8',
    });
    expect(status).toBe(2);
    expect(stderr).toContain('BUNDLE is missing');
  });

  test('may come from the environment', () => {
    const { code, stderr } = riptides(['plan'], { cwd: directory, env: { RIPTIDES_TARGET: 'kernl' } });
    expect(code).toBe(2);
    expect(stderr).toContain('did you mean --target kernel?');
  });

  test('is JSON with --json', () => {
    const { code, stdout } = riptides(['validate', '--format', 'srif', '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: 'RTE1901', fix: 'did you mean --format sarif?' },
    });
  });
});
