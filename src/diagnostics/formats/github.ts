// SPDX-License-Identifier: Apache-2.0
// Annotations of GitHub Actions: a line for each diagnostic, which the runner shows beside the code.
// https://docs.github.com/actions/reference/workflow-commands-for-github-actions

import { visible } from '../../terminal/visible.ts';
import { type DescribedDiagnostics, fullText } from './described.ts';

/** One workflow command a line. */
export function formatGithub({ diagnostics }: DescribedDiagnostics): string {
  return diagnostics
    .map(({ diagnostic, file }) => {
      const { code, severity, range } = diagnostic;
      const { start, end } = range;
      const properties = {
        file,
        line: start.line,
        endLine: end.line,
        // Columns count only within one line, and there the last one is part of the stretch.
        ...(end.line === start.line
          ? { col: start.column, endColumn: Math.max(start.column, end.column - 1) }
          : {}),
        title: code,
      };
      const list = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(`${value}`)}`);
      const text = fullText(diagnostic).split('\n').map(visible).join('\n');
      return `::${severity} ${list.join(',')}::${escapeData(text)}\n`;
    })
    .join('');
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
