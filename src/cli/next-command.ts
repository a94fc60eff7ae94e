// SPDX-License-Identifier: Apache-2.0
// Commands that are suggested, as they must be typed to mean the same policy and the same target.

import { relative } from 'node:path';
import type { TargetName } from '../targets/target.ts';
import { quote } from './completion/words.ts';
import { projectDirectory } from '../operations/project-directory.ts';
import type { TargetScope } from '../operations/targets.ts';

/** The command line of a command that takes the directory and the target. */
export function nextCommand(words: readonly string[], { directory, target }: TargetScope): string {
  const [name = '', ...flags] = words;
  return commandLine([name, ...(directory === '.' ? [] : [directory]), ...flags, ...targetFlag(target)]);
}

/** The command line that applies a plan, in whose project it must be run. */
export function applyPlanCommand(file: string, { directory, target }: TargetScope): string {
  const project = projectDirectory(directory);
  const from = relative(project, '.') === '' ? undefined : project;
  const plan = from === undefined || file.startsWith('/') ? file : relative(from, file);
  const apply = commandLine(['apply', plan, ...targetFlag(target)]);
  return from === undefined ? apply : `(cd ${shellWord(from)} && ${apply})`;
}

/** The flag is left out only where no environment can mean something else. */
function targetFlag(target: TargetName): readonly string[] {
  const otherwise = process.env['RIPTIDES_TARGET'] ?? 'kernel';
  return target === 'kernel' && otherwise === 'kernel' ? [] : ['--target', target];
}

function commandLine(words: readonly string[]): string {
  return ['riptides', ...words.map(shellWord)].join(' ');
}

function shellWord(word: string): string {
  return /^[\w@%+=:,./~-]+$/.test(word) && !word.startsWith('~') ? word : quote(word);
}
