// SPDX-License-Identifier: Apache-2.0

import { randomBytes } from 'node:crypto';
import { chown, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { messageOf, systemCode, UserError } from '../errors.ts';

/**
 * Replaces a file as a whole: whoever reads it sees the old text or the new one. Its mode and owner stay. Of a symbolic link, the file that it
 * leads to is replaced, and the link stays.
 *
 * @throws UserError usage, when it cannot be written; it is as it was then.
 */
export async function replaceFile(file: string, text: string): Promise<void> {
  let temporary: string | undefined;
  try {
    const target = await realpath(file);
    const { mode, uid, gid } = await stat(target);
    temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}`);
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.chmod(mode & 0o7777);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (uid !== process.getuid?.() || gid !== process.getgid?.()) await chown(temporary, uid, gid);
    await rename(temporary, target);
  } catch (error) {
    if (temporary !== undefined) await rm(temporary, { force: true });
    throw new UserError('usage', {
      message: `${file} cannot be written`,
      why: messageOf(error),
      fix:
        systemCode(error) === 'EPERM'
          ? 'run this as the owner of the file, so that it stays theirs'
          : 'run this as a user who may write the file and its directory',
      cause: error,
    });
  }
}
