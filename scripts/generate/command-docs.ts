// SPDX-License-Identifier: Apache-2.0
// Writes docs/commands: one page for each command, and an index of them by group.

import { environmentOf, exitRows } from '../../src/cli/help-page.ts';
import { FILES } from '../../src/cli/reference/surroundings.ts';
import { allCommands, type CommandEntry, type Reference } from '../../src/cli/reference/types.ts';
import { argumentUsage, described, flagUsage, usageOf } from '../../src/cli/reference/words.ts';

const NOTICE = '<!-- Written from the commands by "npm run generate"; do not edit. -->';

/** Every page, by the name of its file. */
export function commandDocs(reference: Reference): ReadonlyMap<string, string> {
  return new Map([
    ['README.md', indexPage(reference)],
    ...allCommands(reference).map((command) => [fileName(command), commandPage(reference, command)] as const),
  ]);
}

function indexPage(reference: Reference): string {
  const groups = reference.groups.flatMap((group) => [
    `## ${group.title}`,
    table(
      ['command', 'does'],
      group.commands.map((command) => [
        `[\`${reference.bin} ${command.words.join(' ')}\`](${fileName(command)})`,
        text(command.summary),
      ]),
    ),
  ]);
  return blocks([
    NOTICE,
    '# Commands',
    `Every command has \`--help\`, \`--json\` and a manual page. \`${reference.bin} help --json\` prints all of this as data.`,
    ...groups,
    '## Exit codes',
    table(
      ['code', 'means'],
      exitRows().map(([code, words]) => [code, text(words)]),
    ),
    '## Environment',
    table(
      ['variable', 'does'],
      environmentOf(reference).map(({ name, words }) => [`\`${name}\``, text(words)]),
    ),
    '## Files',
    table(
      ['path', 'holds'],
      FILES.map(({ name, words }) => [`\`${name}\``, text(words)]),
    ),
  ]);
}

function commandPage(reference: Reference, command: CommandEntry): string {
  const examples = command.examples.flatMap(({ description, command: line }) => [
    ...(description === '' ? [] : [`# ${description}`]),
    line,
  ]);
  return blocks([
    NOTICE,
    `# ${[reference.bin, ...command.words].join(' ')}`,
    text(command.summary),
    ...(examples.length === 0 ? [] : [fence('sh', examples)]),
    ...command.description.split('\n').map(text),
    '## Usage',
    fence('', [usageOf(command, reference.bin)]),
    ...(command.args.length === 0
      ? []
      : [
          table(
            ['argument', ''],
            command.args.map((arg) => [`\`${argumentUsage(arg)}\``, text(described(arg))]),
          ),
        ]),
    table(
      ['flag', ''],
      command.flags.map((flag) => [`\`${flagUsage(flag)}\``, text(described(flag))]),
    ),
    '[All commands, exit codes, environment and files](README.md)',
  ]);
}

function fileName(command: CommandEntry): string {
  return `${command.words.join('-')}.md`;
}

function blocks(parts: readonly string[]): string {
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function fence(language: string, lines: readonly string[]): string {
  return ['```' + language, ...lines, '```'].join('\n');
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Words as they are, whatever Markdown would make of them. */
function text(words: string): string {
  return words.replaceAll(/[\\`*_<>|[\]]/g, '\\$&');
}
