// SPDX-License-Identifier: Apache-2.0
// Help, as it is printed to a pipe and to terminals of different widths.

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { riptides, ROOT } from '../commands/riptides.ts';

const COMMANDS = readdirSync(join(ROOT, 'src/commands'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => path.replace(/\.ts$/, '').replaceAll('/', ' '));
const ESCAPE = '\u001b';

/** What a terminal of so many columns shows; script(1) makes the terminal. */
function onTerminal(columns: number, args: string, env: Readonly<Record<string, string>> = {}): string {
  const command = `stty cols ${columns}; "${process.execPath}" "${join(ROOT, 'bin/riptides.js')}" ${args}`;
  const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', TERM: 'xterm', ...env },
  });
  return stdout.replaceAll('\r\n', '\n');
}

/** The lines but those of examples: these are commands, which may be long. */
function proseLines(page: string): readonly string[] {
  return page.split('\n').filter((line) => !line.startsWith('    $ '));
}

describe('the help of the program', () => {
  const page = riptides([]).stdout;

  test.each([['help'], ['--help'], ['-h']])(
    'is the same for "riptides %s" and for riptides alone',
    (word) => {
      expect(riptides([word])).toEqual({ code: 0, stdout: page, stderr: '' });
    },
  );

  test('starts with examples, and holds every command once, in a group', () => {
    expect(page.indexOf('EXAMPLES')).toBeGreaterThan(0);
    expect(page.indexOf('EXAMPLES')).toBeLessThan(page.indexOf('USAGE'));
    for (const command of COMMANDS)
      expect(page.split('\n').filter((line) => line.startsWith(`  ${command}  `))).toHaveLength(1);
    expect(page).not.toContain('OTHER COMMANDS'); // add the command to GROUPS in src/cli/reference/surroundings.ts
  });

  test('is data with --json', () => {
    const { schemaVersion, groups } = JSON.parse(riptides(['help', '--json']).stdout);
    expect(schemaVersion).toBe(1);
    const commands = groups.flatMap((group: { commands: { words: string[] }[] }) => group.commands);
    expect(commands.map(({ words }: { words: string[] }) => words.join(' ')).toSorted()).toEqual(
      COMMANDS.toSorted(),
    );
  });
});

describe.each(COMMANDS)('the help of %s', (command) => {
  const page = riptides(['help', ...command.split(' ')]).stdout;

  test('is the same for --help and -h', () => {
    expect(riptides([...command.split(' '), '--help']).stdout).toBe(page);
    expect(riptides([...command.split(' '), '-h']).stdout).toBe(page);
  });

  test('starts with examples, and fits 80 columns', () => {
    expect(page.split('\n').slice(1, 3)).toEqual(['', 'EXAMPLES']);
    for (const line of proseLines(page)) expect(line.length).toBeLessThanOrEqual(80);
  });

  test('has -h for help and for nothing else', () => {
    expect(page.match(/^ {2}-h, --\S+/gm)).toEqual(['  -h, --help']);
    expect(page.match(/^ {2}-h/gm)).toHaveLength(1);
  });
});

describe('help', () => {
  test('about a topic lists its commands', () => {
    const page = riptides(['module']).stdout;
    expect(riptides(['help', 'module']).stdout).toBe(page);
    for (const command of COMMANDS.filter((name) => name.startsWith('module ')))
      expect(page).toContain(command);
  });

  test.each([
    ['exit-codes', '130'],
    ['environment', 'RIPTIDES_TARGET'],
    ['files', 'riptides.yaml'],
  ])('about %s says %s', (topic, text) => {
    expect(riptides(['help', topic])).toMatchObject({ code: 0, stdout: expect.stringContaining(text) });
  });

  test('that is asked for after other words is about the command', () => {
    const page = riptides(['help', 'plan']).stdout;
    expect(riptides(['--help', 'plan']).stdout).toBe(page);
    expect(riptides(['plan', 'shop', '--target', 'embedded', '--help']).stdout).toBe(page);
  });

  test('is as wide as the terminal, and never wider than is good to read', () => {
    const [narrow, wide, widest] = [60, 120, 200].map((columns) =>
      onTerminal(columns, 'help apply', { NO_COLOR: '1' }),
    );
    const width = (page = '') => Math.max(...proseLines(page).map((line) => line.length));
    expect(width(narrow)).toBeLessThanOrEqual(60);
    expect(width(wide)).toBeGreaterThan(80);
    expect(width(wide)).toBeLessThanOrEqual(100);
    expect(widest).toBe(wide);
  });

  test('is coloured on a terminal that wants it, and says the same without', () => {
    const coloured = onTerminal(80, 'help apply');
    const plain = onTerminal(80, 'help apply', { NO_COLOR: '1' });
    expect(coloured).toContain(`${ESCAPE}[1mEXAMPLES`);
    expect(stripVTControlCharacters(coloured)).toBe(plain);
    expect(plain).toBe(riptides(['help', 'apply']).stdout);
    expect(onTerminal(80, 'help apply', { TERM: 'dumb' })).toBe(plain);
  });
});
