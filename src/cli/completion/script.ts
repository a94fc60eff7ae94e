// SPDX-License-Identifier: Apache-2.0

import { PAGES } from '../../diagnostics/codes/pages.ts';
import { LINT_RULES } from '../../lint/rules.ts';
import { KINDS } from '../../schema/kinds.ts';
import type { Completes, NameList, Reference } from '../reference/types.ts';
import { bashScript } from './bash.ts';
import { fishScript } from './fish.ts';
import { zshScript } from './zsh.ts';

/** The script of each shell, and the name under which the shell looks for it. */
export const SHELLS = {
  bash: { file: 'riptides.bash', write: (reference) => bashScript(withNames(reference)) },
  zsh: { file: '_riptides', write: (reference) => zshScript(withNames(reference)) },
  fish: { file: 'riptides.fish', write: (reference) => fishScript(withNames(reference)) },
} as const satisfies Record<string, { file: string; write: (reference: Reference) => string }>;

const NAMES: Readonly<Record<NameList, Completes>> = {
  kind: { kind: 'values', values: KINDS },
  code: { kind: 'values', values: LINT_RULES.map(({ code }) => code) },
  subject: { kind: 'values', values: [...PAGES.keys()], directories: true },
};

/** The reference with lists of names written out. They are not in it, so that help need not load them. */
function withNames(reference: Reference): Reference {
  const named = <T extends { readonly completes: Completes }>(entry: T): T =>
    entry.completes.kind === 'names' ? { ...entry, completes: NAMES[entry.completes.of] } : entry;
  return {
    ...reference,
    groups: reference.groups.map((group) => ({
      ...group,
      commands: group.commands.map((command) => ({
        ...command,
        args: command.args.map(named),
        flags: command.flags.map(named),
      })),
    })),
  };
}
