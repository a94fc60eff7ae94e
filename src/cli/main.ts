// SPDX-License-Identifier: Apache-2.0

import { fileURLToPath } from 'node:url';
import { Errors, flush, run } from '@oclif/core';
import { systemCode } from '../errors.ts';
import { printError } from './report.ts';

/** Runs the command line. Never throws: an error is printed, and the exit code set. */
export async function main(argv: readonly string[], url: string): Promise<void> {
  // A reader that has seen enough (`| head`) is no error.
  process.stdout.on('error', (error) => {
    if (systemCode(error) === 'EPIPE') process.exit(0);
    throw error;
  });
  try {
    await run([...argv], fileURLToPath(url));
    await flush();
  } catch (error) {
    if (error instanceof Errors.ExitError) process.exitCode = error.oclif.exit ?? 0;
    else printError(error);
  }
}
