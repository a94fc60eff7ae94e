// SPDX-License-Identifier: Apache-2.0
// Writes manual pages in the man macros: riptides(1), and one page for each command. No page holds a date, so the same
// commands give the same bytes.

import { environmentOf, exitRows } from '../../src/cli/help-page.ts';
import { FILES, FIRST_STEPS } from '../../src/cli/reference/surroundings.ts';
import {
  allCommands,
  type CommandEntry,
  type ExampleEntry,
  type FlagEntry,
  type Reference,
} from '../../src/cli/reference/types.ts';
import { described } from '../../src/cli/reference/words.ts';

const WIDTH = 80;

/** Every page, by the name of its file. */
export function manualPages(reference: Reference): ReadonlyMap<string, string> {
  const commands = allCommands(reference);
  return new Map([
    [`${reference.bin}.1`, programPage(reference)],
    ...commands.map(
      (command) => [`${pageName(reference, command)}.1`, commandPage(reference, command)] as const,
    ),
  ]);
}

function programPage(reference: Reference): string {
  const { bin } = reference;
  const commands = reference.groups.flatMap((group) => [
    `.SS ${text(group.title)}`,
    ...group.commands.flatMap((command) => item(bold([bin, ...command.words].join(' ')), command.summary)),
  ]);
  return page(reference, bin, [
    ...section('NAME', [`${text(bin)} \\- ${text(nameWords(reference.description))}`]),
    ...section('SYNOPSIS', [
      `${bold(bin)} ${italic('COMMAND')} [${italic('ARGUMENTS')}] [${italic('FLAGS')}]`,
    ]),
    ...section('COMMANDS', [
      ...paragraph(`Each command has a page of its own, ${bin}-COMMAND(1), and prints the like with --help.`),
      ...commands,
    ]),
    ...section('EXAMPLES', examples(FIRST_STEPS)),
    ...surroundings(reference),
    ...seeAlso(allCommands(reference).map((command) => pageName(reference, command))),
  ]);
}

function commandPage(reference: Reference, command: CommandEntry): string {
  const name = pageName(reference, command);
  const required = command.flags.filter((flag) => flag.required).map(flagTerm);
  const args = command.args.map((arg) => {
    const term = `${italic(arg.name)}${arg.multiple ? '...' : ''}`;
    return arg.required ? term : `[${term}]`;
  });
  const usage = [
    bold([reference.bin, ...command.words].join(' ')),
    ...required,
    ...args,
    `[${italic('FLAGS')}]`,
  ];
  return page(reference, name, [
    ...section('NAME', [`${text(name)} \\- ${text(nameWords(command.summary))}`]),
    ...section('SYNOPSIS', [usage.join(' ')]),
    ...section('DESCRIPTION', command.description.split('\n').flatMap(paragraph)),
    ...section(
      'ARGUMENTS',
      command.args.flatMap((arg) => item(italic(arg.name), described(arg))),
    ),
    ...section(
      'OPTIONS',
      command.flags.flatMap((flag) => item(flagTerm(flag), described(flag))),
    ),
    ...section('EXAMPLES', examples(command.examples)),
    ...surroundings(reference),
    ...seeAlso([reference.bin, ...siblings(reference, command)]),
  ]);
}

/** What all commands have in common stands on each page: nobody looks for it elsewhere. */
function surroundings(reference: Reference): readonly string[] {
  return [
    ...section(
      'EXIT STATUS',
      exitRows().flatMap(([code, words]) => item(bold(code), words)),
    ),
    ...section(
      'ENVIRONMENT',
      environmentOf(reference).flatMap(({ name, words }) => item(bold(name), words)),
    ),
    ...section(
      'FILES',
      FILES.flatMap(({ name, words }) => item(italic(name), words)),
    ),
  ];
}

/** The commands of the same group. */
function siblings(reference: Reference, command: CommandEntry): readonly string[] {
  const group = reference.groups.find(({ commands }) => commands.includes(command));
  return (group?.commands ?? [])
    .filter((other) => other !== command)
    .map((other) => pageName(reference, other));
}

function seeAlso(names: readonly string[]): readonly string[] {
  const last = names.length - 1;
  return section(
    'SEE ALSO',
    names.toSorted().map((name, i) => `.BR ${text(name)} (1)${i === last ? '' : ','}`),
  );
}

function page(reference: Reference, name: string, body: readonly string[]): string {
  const heading = [
    name.toUpperCase(),
    '1',
    '',
    `${reference.bin} ${reference.version}`,
    `${reference.bin} manual`,
  ];
  return [
    '.\\" SPDX-License-Identifier: Apache-2.0',
    '.\\" Written from the commands by "npm run generate"; do not edit.',
    `.TH ${heading.map((part) => `"${text(part)}"`).join(' ')}`,
    ...body,
    '',
  ].join('\n');
}

function pageName(reference: Reference, command: CommandEntry): string {
  return [reference.bin, ...command.words].join('-');
}

function section(title: string, body: readonly string[]): readonly string[] {
  // A section begins a paragraph by itself.
  return body.length === 0 ? [] : [`.SH ${title}`, ...(body[0] === '.PP' ? body.slice(1) : body)];
}

function paragraph(words: string): readonly string[] {
  return words === '' ? [] : ['.PP', ...filled(words)];
}

function item(term: string, words: string): readonly string[] {
  return ['.TP', term, ...filled(words)];
}

function examples(entries: readonly ExampleEntry[]): readonly string[] {
  return entries.flatMap(({ description, command }) => [
    '.PP',
    ...(description === '' ? [] : filled(`${description}:`)),
    '.PP',
    '.RS 4',
    '.nf',
    `$ ${text(command)}`,
    '.fi',
    '.RE',
  ]);
}

/** Text in lines of at most 80 characters, so that a change of words is a change of a line. */
function filled(words: string): readonly string[] {
  const lines: string[] = [];
  for (const word of words.split(' ')) {
    const longer = `${lines.at(-1) ?? ''} ${text(word).replace(/^\\&/, '')}`;
    if (lines.length > 0 && longer.length <= WIDTH) lines[lines.length - 1] = longer;
    else lines.push(text(word));
  }
  return lines;
}

function flagTerm(flag: FlagEntry): string {
  const long = bold(`--${flag.name}`);
  const names = flag.char === undefined ? long : `${bold(`-${flag.char}`)}, ${long}`;
  return flag.value === undefined ? names : `${names} ${italic(flag.value)}`;
}

function bold(words: string): string {
  return `\\fB${text(words)}\\fR`;
}

function italic(words: string): string {
  return `\\fI${text(words)}\\fR`;
}

/** The words after a name begin small and have no full stop. */
function nameWords(summary: string): string {
  return `${summary.slice(0, 1).toLowerCase()}${summary.slice(1)}`.replace(/\.$/, '');
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\(rs',
  '-': '\\-',
  "'": '\\(aq',
  '"': '\\(dq',
  '`': '\\(ga',
  '^': '\\(ha',
  '~': '\\(ti',
};

/** Words as they are, whatever roff would make of them. */
function text(words: string): string {
  const escaped = words
    .replaceAll(/[\\\-'"`^~]/g, (c) => ESCAPES[c] ?? c)
    .replaceAll(
      /[^\x20-\x7e]/gu,
      (c) => `\\[u${(c.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`,
    );
  return escaped.startsWith('.') ? `\\&${escaped}` : escaped;
}
