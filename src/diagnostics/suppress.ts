// SPDX-License-Identifier: Apache-2.0
// Warnings that somebody has looked at: a comment at the line, or on the line before, says which and why.
//
//   # riptides:ignore RTP1703 until the new proxy is there
//   mode: audit

import type { Diagnostic } from './diagnostic.ts';

interface Suppression {
  readonly file: string;
  readonly line: number;
  readonly codes: readonly string[];
  readonly reason: string;
  used: boolean;
}

const COMMENT = /(?:^|\s)#\s*riptides:ignore\b[ \t]*((?:RTP\d{4}(?:[ \t]*,[ \t]*|[ \t]+|$))*)(.*)$/;

/**
 * The diagnostics without the warnings that comments in their files suppress, and with warnings about comments that give no reason
 * or that suppress nothing. Errors cannot be suppressed. Only the files of diagnostics are read.
 */
export function suppressDiagnostics(
  diagnostics: readonly Diagnostic[],
  readSource: (file: string) => string | undefined,
): readonly Diagnostic[] {
  const files = new Set(diagnostics.map(({ range }) => range.file));
  const suppressions = [...files].flatMap((file) => readSuppressions(file, readSource(file) ?? ''));
  const byLine = new Map(suppressions.map((one) => [lineKey(one.file, one.line), one]));
  const kept = diagnostics.filter(({ severity, code, range }) => {
    if (severity === 'error') return true;
    const { line } = range.start;
    const own = [line - 1, line]
      .map((at) => byLine.get(lineKey(range.file, at)))
      .find((one) => one !== undefined && one.reason !== '' && one.codes.includes(code));
    if (own === undefined) return true;
    own.used = true;
    return false;
  });
  return [...kept, ...suppressions.filter(({ used }) => !used).map(useless)];
}

function lineKey(file: string, line: number): string {
  return `${line} ${file}`;
}

function readSuppressions(file: string, text: string): readonly Suppression[] {
  if (!text.includes('riptides:ignore')) return [];
  return text.split(/\r?\n/).flatMap((content, i): readonly Suppression[] => {
    const [, codes = '', reason = ''] = COMMENT.exec(content) ?? [undefined];
    if (!COMMENT.test(content)) return [];
    return [
      {
        file,
        line: i + 1,
        codes: codes.match(/RTP\d{4}/g) ?? [],
        reason: reason.trim(),
        used: false,
      },
    ];
  });
}

function useless({ file, line, codes, reason }: Suppression): Diagnostic {
  const at = { line, column: 1 };
  const missing = codes.length === 0 ? 'no code' : reason === '' ? 'no reason' : undefined;
  return {
    code: 'RTP1720',
    severity: 'warning',
    range: { file, start: at, end: at },
    message:
      missing === undefined
        ? `there is no ${codes.join(' or ')} here to ignore`
        : `the comment names ${missing}, and so nothing is ignored`,
    fix:
      missing === undefined
        ? 'remove the comment, or move it to the line of the warning or the line before'
        : 'write the code and the reason: # riptides:ignore RTP1703 until the new proxy is there',
  };
}
