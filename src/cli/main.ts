// SPDX-License-Identifier: Apache-2.0

import { fileURLToPath } from 'node:url';
import { Command, Errors, run } from '@oclif/core';
import { systemCode, UserError } from '../errors.ts';
import { keepOutputFailures, outputWritten } from '../terminal/output.ts';
import { printError } from './report.ts';

/** Runs the command line. Never throws: an error is printed, and the exit code set. */
export async function main(argv: readonly string[], url: string): Promise<void> {
  // Loads the class, and with it oclif's own listener for output that fails, which throws: it is taken away here.
  void Command.name;
  keepOutputFailures();
  try {
    await run([...argv], fileURLToPath(url));
  } catch (error) {
    if (error instanceof Errors.ExitError) process.exitCode = error.oclif.exit ?? 0;
    else printError(error, wantsJson(argv));
  }
  const failure = await outputWritten();
  // A reader that has seen enough (`| head`) is no error.
  if (failure !== undefined && systemCode(failure) !== 'EPIPE') printError(notWritten(failure), false);
}

/** As oclif decides it for a command. */
function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return (end === -1 ? argv : argv.slice(0, end)).includes('--json');
}

function notWritten(cause: Error): UserError {
  return new UserError('output-lost', {
    message: `standard output cannot be written: ${cause.message}`,
    why: 'the command completed, and a part of its output is lost',
    fix: 'free some space, or redirect the output; "riptides status" shows what is in force',
    cause,
  });
}
