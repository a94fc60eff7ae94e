// SPDX-License-Identifier: Apache-2.0
// What the scripts of bash and fish walk along: the words before the cursor, one by one, as far as they make a command.
// A path is the words of a command, each with a blank before it: "" is the program, " module build" a command.

import { HELP_TOPICS } from '../reference/surroundings.ts';
import { allCommands, type FlagEntry, type Reference } from '../reference/types.ts';

/** The path of a command. */
export function pathOf(words: readonly string[]): string {
  return words.map((word) => ` ${word}`).join('');
}

/** Each way to write a flag: `-o`, `--output`, and its other names. */
export function spellings(flag: FlagEntry): readonly string[] {
  return [
    ...(flag.char === undefined ? [] : [`-${flag.char}`]),
    `--${flag.name}`,
    ...flag.aliases.map((alias) => `--${alias}`),
  ];
}

/** Every path that words can make: commands, topics, and both behind `help`. */
export function paths(reference: Reference): readonly string[] {
  const commands = allCommands(reference).map(({ words }) => pathOf(words));
  return [
    ...new Set([
      ...commands,
      ...levels(reference).flatMap(({ words }) => (words.length === 0 ? [] : pathOf(words))),
    ]),
  ];
}

/** Every flag that waits for a value, as it is written after its command: ` compile --output`. */
export function waitingFlags(reference: Reference): readonly string[] {
  return allCommands(reference).flatMap((command) =>
    command.flags
      .filter((flag) => flag.value !== undefined)
      .flatMap((flag) => spellings(flag).map((spelling) => `${pathOf(command.words)} ${spelling}`)),
  );
}

export interface Level {
  readonly words: readonly string[];
  readonly next: readonly { readonly word: string; readonly summary: string }[];
}

/** What may follow the program, each topic, and commands that take the words of another. */
export function levels(reference: Reference): readonly Level[] {
  const own = [[], ...reference.topics.map(({ name }) => name.split(' '))].map((words) => ({
    words,
    next: nextWords(reference, words),
  }));
  const pages = Object.entries(HELP_TOPICS).map(([word, summary]) => ({ word, summary }));
  const about = allCommands(reference)
    .filter(({ args }) => args.some(({ completes }) => completes.kind === 'command'))
    .flatMap((command) =>
      own.map(({ words, next }) => ({
        words: [...command.words, ...words],
        next: words.length === 0 ? [...next, ...pages] : next,
      })),
    );
  return [...own, ...about];
}

function nextWords(reference: Reference, prefix: readonly string[]): Level['next'] {
  const next = new Map<string, string>();
  for (const { words, summary } of allCommands(reference)) {
    const word = words[prefix.length];
    if (word === undefined || !prefix.every((have, i) => words[i] === have)) continue;
    const topic = reference.topics.find(({ name }) => name === [...prefix, word].join(' '));
    next.set(word, topic?.summary ?? summary);
  }
  return [...next].map(([word, summary]) => ({ word, summary }));
}

/** In single quotes, for a POSIX shell. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** The name of a shell function for the words of a command: `_riptides_module_build`. */
export function functionName(bin: string, words: readonly string[]): string {
  return ['', bin, ...words].join('_').replaceAll('-', '_');
}
