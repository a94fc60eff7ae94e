// SPDX-License-Identifier: Apache-2.0

import { messageOf, UserError } from '../errors.ts';

/**
 * Runs what writes a file that a flag named.
 * @throws UserError usage, when the file cannot be written.
 */
export async function writeTo(file: string, write: (file: string) => Promise<void>): Promise<void> {
  try {
    await write(file);
  } catch (error) {
    throw new UserError('usage', {
      message: `${file} cannot be written`,
      why: messageOf(error),
      fix: 'name a file in a directory that exists and that you may write to',
      cause: error,
    });
  }
}
