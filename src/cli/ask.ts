// SPDX-License-Identifier: Apache-2.0

import { createInterface } from 'node:readline/promises';
import { UserError } from '../errors.ts';
import { printLines, toTerminal } from '../terminal/output.ts';

/**
 * Asks a person; only "yes" continues.
 * @throws UserError usage without a terminal, interrupted when the answer is another.
 */
export async function askOrStop(question: string): Promise<void> {
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) {
    throw new UserError('usage', {
      message: 'cannot ask for confirmation: this is not a terminal',
      fix: 'review "riptides plan", then run this again with --yes',
    });
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  // Ctrl-C and Ctrl-D are answers too; left alone, the question would never be settled.
  const gone = new AbortController();
  lines.once('SIGINT', () => gone.abort());
  lines.once('close', () => gone.abort());
  try {
    const answer = await lines.question(toTerminal(`${question} Type "yes" to continue: `), {
      signal: gone.signal,
    });
    if (answer.trim() === 'yes') return;
  } catch (error) {
    if (!gone.signal.aborted) throw error;
    printLines(process.stderr, ['']);
  } finally {
    lines.close();
  }
  throw new UserError('interrupted', { message: 'nothing was changed', fix: 'answer "yes" to go on' });
}
