// SPDX-License-Identifier: Apache-2.0

import type { Reference } from '../reference/types.ts';
import { bashScript } from './bash.ts';
import { fishScript } from './fish.ts';
import { zshScript } from './zsh.ts';

/** The script of each shell, and the name under which the shell looks for it. */
export const SHELLS = {
  bash: { file: 'riptides.bash', write: bashScript },
  zsh: { file: '_riptides', write: zshScript },
  fish: { file: 'riptides.fish', write: fishScript },
} as const satisfies Record<string, { file: string; write: (reference: Reference) => string }>;
