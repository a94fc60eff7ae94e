// SPDX-License-Identifier: Apache-2.0
// What the commands have in common and oclif does not know: groups, exit codes, environment and files, in words.

import type { EXIT } from '../../errors.ts';
import type { ExampleEntry } from './types.ts';

/** Groups of commands by title. A topic stands for all of its commands. */
export const GROUPS: readonly { readonly title: string; readonly commands: readonly string[] }[] = [
  {
    title: 'Write a policy',
    commands: [
      'init',
      'import',
      'validate',
      'lint',
      'fmt',
      'test',
      'explain',
      'diff',
      'compile',
      'inspect',
      'schema',
    ],
  },
  {
    title: 'Put it in force',
    commands: ['plan', 'apply', 'confirm', 'rollback', 'status', 'connections', 'names', 'history'],
  },
  { title: 'The agent', commands: ['agent', 'labels'] },
  { title: 'The kernel module', commands: ['module'] },
  { title: 'Help and shell', commands: ['help', 'completion'] },
];

/** Where a command stands that no group names. */
export const OTHER_GROUP = 'Other commands';

/** What the whole program starts with. */
export const FIRST_STEPS: readonly ExampleEntry[] = [
  {
    description: 'Create a policy, and check it',
    command: 'riptides init shop && cd shop && riptides validate',
  },
  { description: 'See who would gain or lose what', command: 'riptides plan' },
  { description: 'Put it in force, with a safety net', command: 'riptides apply --confirm-within 60s' },
  { description: 'Try it where nothing is enforced', command: 'riptides apply --target embedded' },
];

/** Pages of help that are about no command: what they have in common. */
export const HELP_TOPICS = {
  environment: 'the environment variables that matter',
  'exit-codes': 'what the exit codes mean',
  files: 'the files that are read and written',
} as const;
export type HelpTopic = keyof typeof HELP_TOPICS;

export function isHelpTopic(name: string): name is HelpTopic {
  return Object.hasOwn(HELP_TOPICS, name);
}

/** Each exit code in words. */
export const EXIT_WORDS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: 'success, or there was nothing to do',
  internal: 'an internal error; please report it',
  usage: 'wrong usage, or something that the command needs is missing',
  diagnostics: 'the policy has errors, or a check found something',
  changes: 'there are changes; only with --detailed-exitcode of plan and diff',
  stale: 'the plan is stale, or what is in force is not what was recorded',
  refused: 'the target refused, or cannot be asked',
  unverified: 'a plan, a record or a digest did not verify, or diff could not compare exactly',
  busy: 'another riptides is at work, or something is still in use',
  unrecorded: 'applied, but the record could not be completed',
  interrupted: 'stopped by Ctrl-C, or by an answer that was not "yes"',
};

export interface Named {
  readonly name: string;
  readonly words: string;
}

/** Environment variables that are no flag's. */
export const ENVIRONMENT: readonly Named[] = [
  { name: 'NO_COLOR', words: 'when set and not empty, output has no colours' },
  { name: 'FORCE_COLOR', words: 'when set and not 0, output has colours even if it is not a terminal' },
  { name: 'TERM', words: '"dumb" is a terminal without colours' },
  { name: 'RIPTIDES_CACHE', words: 'where the kernel module is built; default: ~/.cache/riptides' },
  { name: 'RIPTIDES_DEBUG', words: '1 prints the stack trace of an internal error' },
  { name: 'XDG_CACHE_HOME', words: 'the cache folder of the user; default: ~/.cache' },
  {
    name: 'XDG_STATE_HOME',
    words: 'where records are kept when neither git nor the project can be written; default: ~/.local/state',
  },
];

/** Files that riptides reads and writes. */
export const FILES: readonly Named[] = [
  { name: 'riptides.yaml', words: 'the project; the directory that holds it is the policy' },
  { name: '*.yaml, *.yml', words: 'the documents of the policy, wherever the project says they are' },
  {
    name: 'refs/riptides/TARGET/NODE/PROJECT/applied',
    words: 'the git reference that holds a record of each apply',
  },
  { name: '.riptides/embedded', words: 'what is in force on the embedded target' },
  { name: '.riptides/record.git', words: 'the records, where the project is in no git repository' },
  { name: '/etc/riptides/agent.yaml', words: 'the configuration of the agent' },
  { name: '/lib/modules/RELEASE/build', words: 'the tree of the kernel that the module is built against' },
];
