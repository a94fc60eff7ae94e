// SPDX-License-Identifier: Apache-2.0
// Diagnostics for people, and for programs: the flags of the commands that report them, and where their reports go.

import { writeFile } from 'node:fs/promises';
import { Flags } from '@oclif/core';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { FORMATS } from '../diagnostics/formats.ts';
import { renderDiagnostics } from '../diagnostics/render.ts';
import { readSourceFile } from '../diagnostics/source.ts';
import { printData, printLines } from '../terminal/output.ts';
import { painter, wantsColour } from '../terminal/paint.ts';

/** Prints diagnostics, with the lines they are about, to standard error. */
export function printDiagnostics(diagnostics: readonly Diagnostic[]): void {
  const paint = painter(wantsColour(process.stderr));
  printLines(process.stderr, renderDiagnostics(diagnostics, { paint, readSource: readSourceFile }));
}

/** Those of FORMATS, which is loaded only when it is asked for. */
const REPORTS = ['sarif', 'junit', 'github', 'gitlab'] as const satisfies readonly (keyof typeof FORMATS)[];

export type ReportFormat = (typeof REPORTS)[number];

/** `--format` and `--output`. */
export const reportFlags = {
  format: Flags.option({ options: REPORTS })({
    description: 'print diagnostics for code scanning, a CI server, GitHub Actions or GitLab instead',
    exclusive: ['json'],
  }),
  output: Flags.string({
    char: 'o',
    description: 'write the output of --format to a file, and diagnostics as text to the terminal',
    helpValue: 'FILE',
    dependsOn: ['format'],
  }),
};

export interface Report {
  readonly format?: ReportFormat | undefined;
  readonly output?: string | undefined;
  /** Version of riptides. */
  readonly version: string;
  /** The report in one of the formats, where it is not that of the diagnostics. */
  readonly own?: Partial<Record<ReportFormat, () => string>>;
}

/**
 * Writes the report that flags ask for, if they do.
 *
 * @returns whether people are still to be told: not when the report went to standard output
 * @throws UserError usage, when the file cannot be written.
 */
export async function report(diagnostics: readonly Diagnostic[], to: Report): Promise<boolean> {
  const { format, output, version, own } = to;
  if (format === undefined) return true;
  const text = await (own?.[format]?.() ?? formatReport(diagnostics, format, version));
  if (output === undefined) {
    printData(text);
    return false;
  }
  const { writeTo } = await import('./output.ts');
  await writeTo(output, (file) => writeFile(file, text));
  return true;
}

async function formatReport(
  diagnostics: readonly Diagnostic[],
  format: ReportFormat,
  version: string,
): Promise<string> {
  const { describeDiagnostics, FORMATS } = await import('../diagnostics/formats.ts');
  return FORMATS[format](describeDiagnostics(diagnostics, { version, cwd: process.cwd() }));
}
