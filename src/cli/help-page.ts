// SPDX-License-Identifier: Apache-2.0
// Help as a person reads it: what it is in a line, then examples, then the rest. Text in, text out.

import { EXIT } from '../errors.ts';
import {
  allCommands,
  type CommandEntry,
  type ExampleEntry,
  type Reference,
  type TopicEntry,
} from './reference/types.ts';
import {
  ENVIRONMENT,
  EXIT_WORDS,
  FILES,
  FIRST_STEPS,
  HELP_TOPICS,
  type HelpTopic,
  type Named,
} from './reference/surroundings.ts';
import { argumentUsage, described, flagUsage, sentence, usageOf } from './reference/words.ts';
import type { Paint } from '../terminal/paint.ts';

export interface Page {
  /** Columns of the terminal. */
  readonly width: number;
  readonly paint: Paint;
}

type Row = readonly [left: string, right: string];

const INDENT = 2;
const GAP = 2;
/** Lines longer than this are hard to read, however wide the terminal is. */
const WIDEST = 100;
const NARROWEST = 40;
/** A left column wider than this leaves too little for the right one; its text goes to the next line. */
const LEFT_MOST = 32;

/** What `riptides` alone says. */
export function rootPage(reference: Reference, page: Page): string {
  const { bin } = reference;
  const rows = reference.groups.map((group) => group.commands.map(commandRow));
  const width = leftWidth(rows.flat());
  return joinSections([
    fill(reference.description, 0, page),
    examples(FIRST_STEPS, page),
    section('USAGE', usage(`${bin} COMMAND [ARGUMENTS] [FLAGS]`, page), page),
    ...reference.groups.map((group, i) =>
      section(group.title.toUpperCase(), list(rows[i] ?? [], page, width), page),
    ),
    section(
      'MORE',
      list(
        [
          [`${bin} help COMMAND`, 'what a command does and takes'],
          ...Object.entries(HELP_TOPICS).map(([topic, words]): Row => [`${bin} help ${topic}`, words]),
          [`${bin} --version`, 'which riptides this is'],
        ],
        page,
      ),
      page,
    ),
  ]);
}

/** The help of a command. */
export function commandPage(command: CommandEntry, bin: string, page: Page): string {
  const args = command.args.map((arg): Row => [argumentUsage(arg), described(arg)]);
  const chars = command.flags.some((flag) => flag.char !== undefined);
  const flags = command.flags.map(
    (flag): Row => [
      chars && flag.char === undefined ? `    ${flagUsage(flag)}` : flagUsage(flag),
      described(flag),
    ],
  );
  return joinSections([
    fill(command.summary, 0, page),
    examples(command.examples, page),
    section('USAGE', usage(usageOf(command, bin), page), page),
    section('ARGUMENTS', list(args, page), page),
    section('FLAGS', list(flags, page), page),
    section('DESCRIPTION', fill(command.description, INDENT, page), page),
  ]);
}

/** The help of a word that has commands: `riptides module`. */
export function topicPage(topic: TopicEntry, reference: Reference, page: Page): string {
  const commands = allCommands(reference).filter(
    ({ words }) => words.length > 1 && `${words.join(' ')} `.startsWith(`${topic.name} `),
  );
  return joinSections([
    fill(topic.summary, 0, page),
    examples(
      commands.flatMap((command) => command.examples.slice(0, 1)),
      page,
    ),
    section('USAGE', usage(`${reference.bin} ${topic.name} COMMAND [FLAGS]`, page), page),
    section('COMMANDS', list(commands.map(commandRow), page), page),
  ]);
}

/** A page about what the commands have in common. */
export function surroundingsPage(topic: HelpTopic, reference: Reference, page: Page): string {
  return joinSections([
    sentence(HELP_TOPICS[topic]),
    section(topic.toUpperCase().replace('-', ' '), list(topicRows(topic, reference), page), page),
  ]);
}

/** The variables of flags and the others, in the order of the alphabet. */
export function environmentOf(reference: Reference): readonly Named[] {
  const flags = new Map<string, string>();
  for (const { flags: own } of allCommands(reference))
    for (const flag of own)
      if (flag.env !== undefined) flags.set(flag.env, `--${flag.name}: ${flag.description}`);
  return [...[...flags].map(([name, words]) => ({ name, words })), ...ENVIRONMENT].toSorted((a, b) =>
    a.name < b.name ? -1 : 1,
  );
}

/** Number and words of each exit code. */
export function exitRows(): readonly Row[] {
  return Object.entries(EXIT_WORDS).map(([name, words]) => [String(exitNumber(name)), words]);
}

function exitNumber(name: string): number {
  return new Map<string, number>(Object.entries(EXIT)).get(name) ?? EXIT.internal;
}

function topicRows(topic: HelpTopic, reference: Reference): readonly Row[] {
  switch (topic) {
    case 'environment':
      return environmentOf(reference).map(({ name, words }) => [name, words]);
    case 'exit-codes':
      return exitRows();
    case 'files':
      return FILES.map(({ name, words }) => [name, words]);
  }
}

function commandRow(command: CommandEntry): Row {
  return [command.words.join(' '), command.summary];
}

function examples(entries: readonly ExampleEntry[], page: Page): string {
  const lines = entries.flatMap(({ description, command }) => [
    ...(description === '' ? [] : [fill(description, INDENT, page)]),
    ...commandLines(command, page),
  ]);
  return section('EXAMPLES', lines.join('\n'), page);
}

/** A command that is too long goes on in the next line, so that it can still be copied. */
function commandLines(command: string, page: Page): readonly string[] {
  const indent = ' '.repeat(2 * INDENT);
  // Inside of quotes a new line would be part of the text.
  const lines = /["']/.test(command)
    ? [command]
    : wrap(command, textWidth(page) - 2 * INDENT - '$ '.length - ' \\'.length);
  return lines.map((line, i) => {
    const start = i === 0 ? `${indent}${page.paint('dim', '$')} ` : `${indent}    `;
    return `${start}${line}${i === lines.length - 1 ? '' : ' \\'}`;
  });
}

function usage(text: string, page: Page): string {
  return `${' '.repeat(INDENT)}${page.paint('dim', '$')} ${text}`;
}

function section(title: string, body: string, page: Page): string {
  return body === '' ? '' : `${page.paint('bold', title)}\n${body}`;
}

function joinSections(sections: readonly string[]): string {
  return sections.filter((text) => text !== '').join('\n\n');
}

/** Two columns; the right one is wrapped within itself. */
function list(rows: readonly Row[], page: Page, left = leftWidth(rows)): string {
  const start = INDENT + left + GAP;
  return rows
    .flatMap(([name, text]) => {
      const lines = wrap(text, textWidth(page) - start);
      const head = `${' '.repeat(INDENT)}${name.padEnd(left)}`;
      const rest = (name.length > left ? lines : lines.slice(1)).map((line) => ' '.repeat(start) + line);
      return [(name.length > left ? head : `${head}${' '.repeat(GAP)}${lines[0] ?? ''}`).trimEnd(), ...rest];
    })
    .join('\n');
}

function leftWidth(rows: readonly Row[]): number {
  const widths = rows.map(([name]) => name.length).filter((width) => width <= LEFT_MOST);
  return Math.max(0, ...widths);
}

function fill(text: string, indent: number, page: Page): string {
  return text
    .split('\n')
    .flatMap((line) => wrap(line, textWidth(page) - indent))
    .map((line) => `${' '.repeat(indent)}${line}`.trimEnd())
    .join('\n');
}

function textWidth(page: Page): number {
  return Math.max(NARROWEST, Math.min(page.width, WIDEST));
}

/** Lines of at most `width` characters, broken at spaces; a longer word keeps a line for itself. */
function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
