// SPDX-License-Identifier: Apache-2.0
// Pages of docs/ that do what they say. A page is a story in an empty directory, told in fenced blocks:
//
//   ```sh                commands, run in the order of the page; they end with 0
//   ```sh exit=3         the same, and the last of them ends with 3
//   ```text              directly after commands (or a block of another language without file=): what they print
//   ```yaml file=a.yaml  a file is written
//   ```diff file=a.yaml  lines of a file are exchanged: those with "-" and " " stand in it once, those with "+" and " " will
//
// Other blocks are for reading. What is printed differs between machines and days: `likened` says in what.

import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT } from '../commands/riptides.ts';

export interface Block {
  readonly language: string;
  /** Words after the language: exit=3, file=a.yaml. */
  readonly options: ReadonlyMap<string, string>;
  readonly text: string;
  /** Numbers of the first and the last line of the text, from zero; the last is less than the first when it is empty. */
  readonly first: number;
  readonly last: number;
}

/** The fenced blocks of a page. */
export function blocksOf(markdown: string): readonly Block[] {
  const lines = markdown.split('\n');
  const blocks: Block[] = [];
  for (let i = 0; i < lines.length; i += 1) {
    const open = /^(`{3,})(.*)$/.exec(lines[i] ?? '');
    if (open === null) continue;
    const [language = '', ...words] = (open[2] ?? '').trim().split(/\s+/);
    const end = lines.indexOf(open[1] ?? '', i + 1);
    if (end === -1) throw new Error(`the block of line ${i + 1} has no end`);
    blocks.push({
      language,
      options: new Map(words.map((word) => [word.split('=')[0] ?? '', word.split('=')[1] ?? ''])),
      text: lines.slice(i + 1, end).join('\n'),
      first: i + 1,
      last: end - 1,
    });
    i = end;
  }
  return blocks;
}

/** A place for one page: a home, a directory to work in, and the command `riptides`. */
export interface Place {
  readonly run: (commands: string) => { readonly code: number | null; readonly printed: string };
  /** The path of a file, from where the last commands ended. */
  readonly path: (file: string) => string;
}

/** Sets a place up in an empty directory. */
export function openPlaceIn(directory: string): Place {
  const [bin, home, work] = ['bin', 'home', 'work'].map((name) => {
    mkdirSync(join(directory, name));
    return join(directory, name);
  });
  if (bin === undefined || home === undefined || work === undefined) throw new Error(directory);
  const program = `#!/bin/sh\nexec '${process.execPath}' '${ROOT}/bin/riptides.js' "$@"\n`;
  writeFileSync(join(bin, 'riptides'), program, { mode: 0o755 });
  writeFileSync(
    join(home, '.gitconfig'),
    '[user]\nname = You\nemail = you@shop.example\n[init]\ndefaultBranch = main\n',
  );
  const where = join(directory, 'where');
  writeFileSync(where, work);
  return {
    path: (file) => join(readFileSync(where, 'utf8').trim(), file),
    run(commands) {
      const { status, stdout } = spawnSync(
        'bash',
        ['-c', `exec 2>&1; trap 'pwd > "${where}"' EXIT; set -e\n${commands}\n`],
        {
          cwd: readFileSync(where, 'utf8').trim(),
          encoding: 'utf8',
          // Who applies is written into records.
          env: {
            PATH: `${bin}:${process.env['PATH'] ?? ''}`,
            HOME: home,
            SUDO_USER: 'you',
            GIT_CONFIG_NOSYSTEM: '1',
            TZ: 'UTC',
          },
          input: '',
        },
      );
      const printed = stdout
        .replaceAll(work, '~')
        .replaceAll(home, '~')
        .replaceAll(`@${hostname()}`, '@laptop')
        .replaceAll(` on ${hostname()}`, ' on laptop');
      return { code: status, printed: printed.replace(/\n+$/, '') };
    },
  };
}

/**
 * What two outputs of the same commands have in common: digests and ids of commits (8 or more hexadecimal digits), times of day to the
 * second, and how far columns are apart are left out.
 */
export function likened(output: string): string {
  return output
    .replaceAll(/\b[0-9a-f]{8,64}\b/g, '<id>')
    .replaceAll(/\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\b/g, '<time>')
    .replaceAll(/ {2,}/g, '  ')
    .replaceAll(/[ ]+$/gm, '');
}

/** The block that shows what commands print: the next one, with nothing but an empty line between. */
export function outputOf(blocks: readonly Block[], index: number): Block | undefined {
  const commands = blocks[index];
  const next = blocks[index + 1];
  if (commands === undefined || next === undefined) return undefined;
  const isNext = next.first - commands.last <= 4 && next.language !== 'sh' && !next.options.has('file');
  return isNext ? next : undefined;
}

/** Exchanges lines of a text as a block says. @throws Error, when the lines before do not stand in it exactly once. */
export function exchangeLines(text: string, difference: string): string {
  const lines = difference.split('\n');
  const side = (mark: string) =>
    lines
      .filter((line) => line.startsWith(' ') || line.startsWith(mark) || line === '')
      .map((line) => `${line.slice(1)}\n`)
      .join('');
  const [before, after] = [side('-'), side('+')];
  const parts = text.split(before);
  if (parts.length !== 2) throw new Error(`these lines are there ${parts.length - 1} times:\n${before}`);
  return parts.join(after);
}

/** Writes or changes the file of a block. */
export function writeBlock({ language, text, options }: Block, { path }: Place): void {
  const file = path(options.get('file') ?? '');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, language === 'diff' ? exchangeLines(readFileSync(file, 'utf8'), text) : `${text}\n`);
}
