// SPDX-License-Identifier: Apache-2.0
// What a person asks help for, found in the reference and printed for the terminal.

import { quoted } from '../terminal/visible.ts';
import { UserError } from '../errors.ts';
import { commandPage, rootPage, surroundingsPage, topicPage, type Page } from './help-page.ts';
import { HELP_TOPICS, isHelpTopic, type HelpTopic } from './reference/surroundings.ts';
import { suggestCommand } from './reference/suggest.ts';
import { allCommands, type CommandEntry, type Reference, type TopicEntry } from './reference/types.ts';
import { painter, wantsColour } from '../terminal/paint.ts';

const DEFAULT_WIDTH = 80;

/** What help can be about. */
export type Subject =
  | { readonly kind: 'program' }
  | { readonly kind: 'command'; readonly command: CommandEntry }
  | { readonly kind: 'topic'; readonly topic: TopicEntry }
  | { readonly kind: 'surroundings'; readonly topic: HelpTopic };

/**
 * The subject that the words begin with; words that follow a command are its arguments.
 * @throws UserError usage, with the nearest that exists
 */
export function findSubject(reference: Reference, words: readonly string[]): Subject {
  const [first] = words;
  if (first === undefined) return { kind: 'program' };
  if (isHelpTopic(first)) return { kind: 'surroundings', topic: first };
  const command = allCommands(reference).find((entry) => entry.words.every((word, i) => words[i] === word));
  if (command !== undefined) return { kind: 'command', command };
  const topic = reference.topics.find(({ name }) => name === words.join(' '));
  if (topic !== undefined) return { kind: 'topic', topic };
  const subjects = [
    ...allCommands(reference).map((entry) => entry.words),
    ...Object.keys(HELP_TOPICS).map((name) => [name]),
  ];
  const suggestion = suggestCommand(words, subjects);
  throw new UserError('usage', {
    message: `there is no help for ${quoted(words.join(' '))}`,
    fix:
      suggestion === undefined
        ? `see "${reference.bin} help" for the commands`
        : `did you mean "${reference.bin} help ${suggestion}"?`,
  });
}

/**
 * The lines of the page of help that words ask for, as wide as the terminal.
 * @throws UserError usage, with the nearest that exists
 */
export function renderHelp(reference: Reference, words: readonly string[]): readonly string[] {
  return renderPage(reference, words).split('\n');
}

function renderPage(reference: Reference, words: readonly string[]): string {
  const page: Page = { width: columns(), paint: painter(wantsColour(process.stdout)) };
  const subject = findSubject(reference, words);
  switch (subject.kind) {
    case 'program':
      return rootPage(reference, page);
    case 'command':
      return commandPage(subject.command, reference.bin, page);
    case 'topic':
      return topicPage(subject.topic, reference, page);
    case 'surroundings':
      return surroundingsPage(subject.topic, reference, page);
  }
}

function columns(): number {
  // Where the output is no terminal there is none, whatever the type says.
  const known: number | undefined = process.stdout.columns;
  return known === undefined || known === 0 ? DEFAULT_WIDTH : known;
}
