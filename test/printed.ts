// SPDX-License-Identifier: Apache-2.0
// Text as it reaches a terminal.

import type { Diagnostic } from '../src/diagnostics/diagnostic.ts';
import { renderDiagnostics } from '../src/diagnostics/render.ts';
import { readSourceFile } from '../src/diagnostics/source.ts';
import { toTerminal } from '../src/terminal/output.ts';
import { painter } from '../src/terminal/paint.ts';

export interface Shown {
  readonly readSource?: (file: string) => string | undefined;
  readonly colour?: boolean;
}

/** Diagnostics as a command prints them; nothing when there are none. */
export function shownText(
  diagnostics: readonly Diagnostic[],
  { readSource = readSourceFile, colour = false }: Shown = {},
): string {
  return printed(renderDiagnostics(diagnostics, { paint: painter(colour), readSource }));
}

export function printed(lines: readonly string[]): string {
  return lines.map((line) => `${toTerminal(line)}\n`).join('');
}
