// SPDX-License-Identifier: Apache-2.0
// The command line as data. Help, manual pages, the pages under docs/commands and the completion of three shells
// are all written from this, so that none of them can say something else than another.

/** What a shell offers for a value. */
export type Completes =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'file' }
  | { readonly kind: 'directory' }
  /** the words of a command, for `help` */
  | { readonly kind: 'command' }
  /** names that riptides defines: kinds of documents, codes of lint rules, and what explain takes */
  | { readonly kind: 'names'; readonly of: NameList }
  | { readonly kind: 'values'; readonly values: readonly string[]; readonly directories?: true };

export type NameList = 'kind' | 'code' | 'subject';

export interface ExampleEntry {
  /** What it is good for; a few words without a full stop. */
  readonly description: string;
  readonly command: string;
}

export interface ArgumentEntry {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  /** Whether it may be given more than once. */
  readonly multiple: boolean;
  readonly default: string | undefined;
  readonly options: readonly string[];
  readonly completes: Completes;
}

export interface FlagEntry {
  readonly name: string;
  readonly char: string | undefined;
  /** Other names for the same, without dashes. */
  readonly aliases: readonly string[];
  readonly description: string;
  /** How its value is called in help; undefined for a flag that takes none. */
  readonly value: string | undefined;
  readonly required: boolean;
  readonly multiple: boolean;
  readonly default: string | undefined;
  readonly options: readonly string[];
  /** The environment variable that gives it. */
  readonly env: string | undefined;
  readonly completes: Completes;
}

export interface CommandEntry {
  /** Its words: `['module', 'build']`. */
  readonly words: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly examples: readonly ExampleEntry[];
  readonly args: readonly ArgumentEntry[];
  readonly flags: readonly FlagEntry[];
}

/** Commands that belong together, in the order in which a person meets them. */
export interface GroupEntry {
  readonly title: string;
  readonly commands: readonly CommandEntry[];
}

/** A word that has commands of its own and is none: `module`. */
export interface TopicEntry {
  readonly name: string;
  readonly summary: string;
}

export interface Reference {
  readonly bin: string;
  readonly version: string;
  readonly description: string;
  readonly groups: readonly GroupEntry[];
  readonly topics: readonly TopicEntry[];
}

/** Every command, in the order of its group. */
export function allCommands(reference: Reference): readonly CommandEntry[] {
  return reference.groups.flatMap((group) => group.commands);
}
