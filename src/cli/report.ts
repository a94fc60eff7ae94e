// SPDX-License-Identifier: Apache-2.0
// The one place where an error becomes words and an exit code.

import { ERROR_KINDS, EXIT, InternalError, UserError, messageOf } from '../errors.ts';
import { painter, wantsColour } from '../terminal/paint.ts';
import { describeUsage, type CommandShape } from './usage-error.ts';

/** The shape of the program itself, for errors that are no command's. */
const PROGRAM: CommandShape = { usage: 'riptides', flags: [] };

/** An error in the form that `--json` prints and that the terminal shows. */
export interface ErrorReport {
  readonly code: string;
  readonly message: string;
  readonly why?: string;
  readonly fix: string;
  readonly exitCode: number;
}

/** Describes whatever was thrown. `shape` is that of the command, to suggest from. */
export function describeError(error: unknown, shape: CommandShape = PROGRAM): ErrorReport {
  if (error instanceof UserError) {
    return {
      code: error.code,
      message: error.message,
      ...(error.why === undefined ? {} : { why: error.why }),
      fix: error.fix,
      exitCode: error.exitCode,
    };
  }
  const usage = describeUsage(error, shape);
  if (usage !== undefined) return { code: ERROR_KINDS.usage.code, ...usage, exitCode: EXIT.usage };
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

/** Prints an error to standard error and sets the exit code. */
export function printError(error: unknown, shape: CommandShape = PROGRAM): void {
  const report = describeError(error, shape);
  const paint = painter(wantsColour(process.stderr));
  const lines = [`${paint('red', 'error')} ${paint('dim', report.code)} ${report.message}`];
  if (report.why !== undefined) lines.push(`  why  ${report.why}`);
  lines.push(`  fix  ${report.fix}`);
  if (report.exitCode === EXIT.internal && process.env['RIPTIDES_DEBUG'] === '1' && error instanceof Error)
    lines.push(error.stack ?? '');
  process.stderr.write(`${lines.join('\n')}\n`);
  process.exitCode = report.exitCode;
}
