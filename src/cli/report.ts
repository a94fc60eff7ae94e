// SPDX-License-Identifier: Apache-2.0
// The one place where an error becomes words and an exit code.

import { Errors } from '@oclif/core';
import { suggestName } from '../diagnostics/suggest.ts';
import { EXIT, InternalError, UserError, messageOf } from '../errors.ts';
import { painter, wantsColour } from './terminal.ts';

/** An error in the form that `--json` prints and that the terminal shows. */
export interface ErrorReport {
  readonly code: string;
  readonly message: string;
  readonly why?: string;
  readonly fix: string;
  readonly exitCode: number;
}

/** Describes whatever was thrown. `flags` are the flags of the command, to suggest from. */
export function describeError(error: unknown, flags: readonly string[] = []): ErrorReport {
  if (error instanceof UserError) {
    return {
      code: error.code,
      message: error.message,
      ...(error.why === undefined ? {} : { why: error.why }),
      fix: error.fix,
      exitCode: error.exitCode,
    };
  }
  if (error instanceof Errors.CLIError && 'parse' in error) {
    return {
      code: 'RTE1901',
      message: error.message.split('\n')[0] ?? error.message,
      fix: suggestFlag(error.message, flags) ?? 'see the command with --help',
      exitCode: EXIT.usage,
    };
  }
  return {
    code: 'RTE1000',
    message: `riptides has a fault: ${messageOf(error)}`,
    why:
      error instanceof InternalError
        ? 'something that must always hold did not'
        : 'this error was not foreseen',
    fix: 'please report it with the command that you ran and what RIPTIDES_DEBUG=1 prints',
    exitCode: EXIT.internal,
  };
}

function suggestFlag(message: string, flags: readonly string[]): string | undefined {
  const written = /Nonexistent flag: --?([\w-]+)/.exec(message)?.[1];
  if (written === undefined) return undefined;
  const suggestion = suggestName(written, flags);
  return suggestion === undefined ? undefined : `did you mean --${suggestion}? See the command with --help`;
}

/** Prints an error to standard error and sets the exit code. */
export function printError(error: unknown, flags: readonly string[] = []): void {
  const report = describeError(error, flags);
  const paint = painter(wantsColour(process.stderr));
  const lines = [`${paint('red', 'error')} ${paint('dim', report.code)} ${report.message}`];
  if (report.why !== undefined) lines.push(`  why  ${report.why}`);
  lines.push(`  fix  ${report.fix}`);
  if (report.exitCode === EXIT.internal && process.env['RIPTIDES_DEBUG'] === '1' && error instanceof Error)
    lines.push(error.stack ?? '');
  process.stderr.write(`${lines.join('\n')}\n`);
  process.exitCode = report.exitCode;
}
