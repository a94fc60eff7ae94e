// SPDX-License-Identifier: Apache-2.0
// A command that does not exist: suggest the nearest, never run it. A tool that changes what the kernel enforces
// must not guess.

import type { Hook } from '@oclif/core';
import { suggestName } from '../diagnostics/suggest.ts';
import { UserError } from '../errors.ts';

const hook: Hook<'command_not_found'> = async function (options) {
  const written = options.id.replaceAll(':', ' ');
  const names = options.config.commandIDs.map((id) => id.replaceAll(':', ' '));
  const suggestion = suggestName(written, names);
  throw new UserError('usage', {
    message: `there is no command "${written}"`,
    fix:
      suggestion === undefined
        ? 'see "riptides help" for the commands'
        : `did you mean "riptides ${suggestion}"? See "riptides help" for all commands`,
  });
};

export default hook;
