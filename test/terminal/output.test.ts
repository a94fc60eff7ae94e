// SPDX-License-Identifier: Apache-2.0
// Nothing that a person reads acts on his terminal, whoever wrote it.

import { describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { printLines, toTerminal } from '../../src/terminal/output.ts';
import { painter, plain, wantsColour } from '../../src/terminal/paint.ts';
import { visibleJson, widthOf } from '../../src/terminal/visible.ts';
import { copyExample, riptides } from '../commands/riptides.ts';

const EVIL = '\u001b]0;pwn\u0007\u001b[2J\u202ex\nrule 9  deny';
const SHOWN = '\\u{1b}]0;pwn\\u{7}\\u{1b}[2J\\u{202e}x\\u{a}rule 9  deny';

/** What a policy may have of it: a line feed in a command line is a warning, the rest is refused (RTP1144). */
const LINES = 'x\nrule 9  deny';

/** What must never be printed, line feeds aside. */
// oxlint-disable-next-line no-control-regex -- control characters are what must not be there
const ACTS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/;

function evilPolicy(text: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'riptides-evil-'));
  writeFileSync(
    join(directory, 'riptides.yaml'),
    `apiVersion: core.riptides.io/v1alpha1
kind: Project
metadata: { name: evil }
spec: { trustDomain: evil.example, defaultPosture: { egress: deny, ingress: allow } }
---
apiVersion: core.riptides.io/v1alpha1
kind: Service
metadata: { name: db, labels: { app: db } }
spec:
  labels: { app: db }
  addresses: [{ address: 10.0.0.1, port: 80 }]
---
apiVersion: core.riptides.io/v1alpha1
kind: WorkloadIdentity
metadata: { name: w }
spec:
  workloadID: w
  selectors: [{ process:cmdline: ${visibleJson(JSON.stringify(text))} }]
  egress: [{ selectors: [{ app: db }] }]
`,
  );
  return directory;
}

function shown({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }): string {
  expect(stdout).not.toMatch(ACTS);
  expect(stderr).not.toMatch(ACTS);
  return stdout + stderr;
}

describe('what a policy says reaches the terminal as text', () => {
  const policy = evilPolicy(LINES);

  test('validate', () => {
    expect(shown(riptides(['validate', evilPolicy(EVIL)]))).toContain('U+001B');
  });

  test('validate, of a character that is refused wherever it stands', () => {
    const directory = evilPolicy('x');
    writeFileSync(join(directory, 'comment.yaml'), '# \u202e evil\n');
    expect(shown(riptides(['validate', directory]))).toContain('# \\u{202e} evil');
  });

  test('explain', () => {
    expect(shown(riptides(['explain', policy, '--as', 'w', '--to', '10.0.0.1:80']))).toContain(
      'x\\u{a}rule 9  deny',
    );
  });

  test('inspect', () => {
    const bundle = join(policy, 'x.rtb');
    riptides(['compile', policy, '-o', bundle]);
    const lines = shown(riptides(['inspect', bundle])).split('\n');
    expect(lines.filter((line) => line.startsWith('rule 9'))).toEqual([]);
  });

  test('plan and diff', () => {
    shown(riptides(['plan', policy, '--target', 'embedded']));
    shown(riptides(['diff', policy, policy]));
  });

  test('the reason of an apply, in history and status', () => {
    const project = copyExample('shop');
    const at = [project, '--target', 'embedded'];
    expect(riptides(['apply', ...at, '--yes', '--why', EVIL]).code).toBe(0);
    expect(shown(riptides(['history', ...at]))).toContain(SHOWN);
    expect(shown(riptides(['status', ...at, '--once']))).toContain(SHOWN);
  });

  test('the name of a process', () => {
    const held = spawnSync(
      process.execPath,
      [
        '-e',
        `require('fs').writeFileSync('/proc/self/comm', 'a\\x1b[2Jb');
         const { spawnSync } = require('child_process');
         const ran = spawnSync(process.execPath, [${JSON.stringify(join(import.meta.dirname, '../../bin/riptides.js'))},
           'explain', ${JSON.stringify(policy)}, '--pid', String(process.pid), '--to', '10.0.0.1:80'], { encoding: 'utf8' });
         process.stdout.write(ran.stdout); process.stderr.write(ran.stderr);`,
      ],
      { encoding: 'utf8', timeout: 60_000 },
    );
    shown(held);
  });

  test('an argument that is wrong', () => {
    shown(riptides(['explain', EVIL, '--to', '10.0.0.1:80']));
    shown(riptides([EVIL]));
    shown(riptides(['diff', EVIL]));
  });

  test('JSON means the same, and does nothing to a terminal', () => {
    const { stdout } = riptides(['explain', policy, '--as', 'w', '--to', '10.0.0.1:80', '--json']);
    expect(stdout).not.toMatch(ACTS);
    expect(JSON.parse(stdout)).toMatchObject({ facts: { 'process:cmdline': LINES } });
    expect(visibleJson('"\u{e0041}\u202e"\n')).toBe('"\\udb40\\udc41\\u202e"\n');
  });
});

describe('a line', () => {
  test('is painted by riptides alone', () => {
    const line = painter(true)('red', 'a\u001b[32mb');
    expect(toTerminal(line)).toBe('\u001b[31ma\\u{1b}[32mb\u001b[39m');
    expect(plain(line)).toBe('a\u001b[32mb');
  });

  test('is wrapped between words where a terminal ends, and further in', () => {
    const written: string[] = [];
    const stream = Object.assign(Object.create(process.stdout) as NodeJS.WriteStream, {
      isTTY: true,
      columns: 40,
      write: (text: string) => written.push(text) > 0,
    });
    const line = `    ${painter(true)('green', '+ gains')} ${'word '.repeat(12)}end`;
    printLines(stream, [line, 'x'.repeat(60)], { wrap: true });
    const lines = written.join('').split('\n');
    expect(lines.slice(1, 3).every((one) => one.startsWith('        word'))).toBe(true);
    expect(lines.at(-2)).toBe('x'.repeat(60));
    for (const one of lines.slice(0, -2))
      expect(widthOf(stripVTControlCharacters(one))).toBeLessThanOrEqual(40);
  });
});

test('FORCE_COLOR=0 is no, also on a terminal', () => {
  const terminal = { isTTY: true };
  expect(wantsColour(terminal, { FORCE_COLOR: '0' })).toBe(false);
  expect(wantsColour({}, { FORCE_COLOR: '1' })).toBe(true);
  expect(wantsColour(terminal, { FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(false);
  expect(wantsColour(terminal, {})).toBe(true);
});
