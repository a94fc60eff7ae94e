// SPDX-License-Identifier: Apache-2.0
// Turns an error into a message and an exit code; nothing else does.

import { ERROR_KINDS, EXIT, InternalError, UserError, messageOf } from '../errors.ts';
import { printData, printLines } from '../terminal/output.ts';
import { painter, wantsColour } from '../terminal/paint.ts';
import { visibleJson } from '../terminal/visible.ts';
import { describeUsage, type CommandShape } from './usage-error.ts';

/** Version of the shape of every command's JSON: grows when a field changes its meaning, not when one is added. */
export const JSON_SCHEMA_VERSION = 1;

/** The shape of the program itself, for errors that are no command's. */
const PROGRAM: CommandShape = { usage: 'riptides', flags: [] };

/** An error in the form that `--json` prints and that the terminal shows. */
export interface ErrorReport {
  readonly code: string;
  readonly message: string;
  readonly why?: string | undefined;
  readonly fix: string;
  readonly exitCode: number;
}

/** Describes whatever was thrown. `shape` is that of the command, to suggest from. */
export function describeError(error: unknown, shape: CommandShape = PROGRAM): ErrorReport {
  if (error instanceof UserError) {
    return {
      code: error.code,
      message: error.message,
      why: error.why,
      fix: error.fix,
      exitCode: error.exitCode,
    };
  }
  const usage = describeUsage(error, shape);
  if (usage !== undefined) return { code: ERROR_KINDS.usage.code, ...usage, exitCode: EXIT.usage };
  return {
    code: 'RTE1000',
    message: `internal error: ${messageOf(error)}`,
    why:
      error instanceof InternalError
        ? 'something that must always hold did not'
        : 'this error was not foreseen',
    fix: 'please report it with the command that you ran and what RIPTIDES_DEBUG=1 prints',
    exitCode: EXIT.internal,
  };
}

/** Prints a result, or an error, as `--json` has it. */
export function printJson(value: unknown): void {
  printData(`${visibleJson(JSON.stringify(value, null, 2))}\n`);
}

/** Prints an error, to standard output as JSON or to standard error for a person, and sets the exit code. */
export function printError(error: unknown, json: boolean, shape: CommandShape = PROGRAM): void {
  const report = describeError(error, shape);
  process.exitCode = report.exitCode;
  if (json) {
    printJson({ schemaVersion: JSON_SCHEMA_VERSION, error: report });
    return;
  }
  const paint = painter(wantsColour(process.stderr));
  const isFault = report.exitCode === EXIT.internal && process.env['RIPTIDES_DEBUG'] === '1';
  printLines(process.stderr, [
    `${paint('red', 'error')} ${paint('dim', report.code)} ${report.message}`,
    ...(report.why === undefined ? [] : labelled('why', report.why)),
    ...labelled('fix', report.fix),
    ...(isFault && error instanceof Error ? (error.stack ?? '').split('\n') : []),
  ]);
}

/** A text of several lines, as git and the kernel log give them, below its label. */
function labelled(label: string, text: string): readonly string[] {
  return text.split('\n').map((line, i) => `  ${i === 0 ? label : '   '}  ${line}`);
}
