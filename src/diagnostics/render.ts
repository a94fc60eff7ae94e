// SPDX-License-Identifier: Apache-2.0
// Diagnostics as text for people and as JSON for programs.

import { counted } from '../terminal/counted.ts';
import type { Paint, Style } from '../terminal/paint.ts';
import { type Diagnostic, type DocumentPath, hasErrors, position, type SourceRange } from './diagnostic.ts';
import { maskSecrets, maskSource } from '../terminal/secrets.ts';
import { blank, visible } from '../terminal/visible.ts';

export interface RenderOptions {
  readonly paint: Paint;
  /** The text of a file, or undefined when it is not to be had; then the source line is left out. */
  readonly readSource: (file: string) => string | undefined;
}

/** Diagnostics that are shown. Nobody reads more, and code hosts accept no more. */
export const MOST_SHOWN = 5000;

/**
 * The diagnostics as they are shown: in the order of file, line, column, code and message, and with asterisks for all that looks like a
 * secret. A name, a key or an alias can be one by mistake. Of more than MOST_SHOWN, errors are shown before warnings, and the last
 * diagnostic says how many are not shown.
 */
export function shownDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const sorted = diagnostics.toSorted(
    (a, b) =>
      compare(a.range.file, b.range.file) ||
      a.range.start.line - b.range.start.line ||
      a.range.start.column - b.range.start.column ||
      compare(a.code, b.code) ||
      compare(a.message, b.message),
  );
  if (sorted.length <= MOST_SHOWN) return sorted.map(withoutSecrets);
  const errors = sorted.filter(({ severity }) => severity === 'error').slice(0, MOST_SHOWN);
  const warnings = sorted
    .filter(({ severity }) => severity === 'warning')
    .slice(0, MOST_SHOWN - errors.length);
  const shown = new Set([...errors, ...warnings]);
  const left = sorted.filter((diagnostic) => !shown.has(diagnostic));
  return [...sorted.filter((diagnostic) => shown.has(diagnostic)).map(withoutSecrets), notShown(left)];
}

function notShown(left: readonly Diagnostic[]): Diagnostic {
  const start = { line: 1, column: 1 };
  return {
    code: 'RTP1901',
    severity: hasErrors(left) ? 'error' : 'warning',
    range: left[0]?.range ?? { file: '.', start, end: start },
    message: `${counted(left.length, 'more diagnostic')} ${left.length === 1 ? 'is' : 'are'} not shown, the first of them here`,
    fix: 'correct what is shown, and run the command again',
  };
}

function withoutSecrets(diagnostic: Diagnostic): Diagnostic {
  const { path, message, why, fix, suggestion, related } = diagnostic;
  return {
    ...diagnostic,
    message: maskSecrets(message),
    fix: maskSecrets(fix),
    ...(path && { path: path.map((step) => (typeof step === 'string' ? maskSecrets(step) : step)) }),
    ...(why !== undefined && { why: maskSecrets(why) }),
    ...(suggestion !== undefined && { suggestion: maskSecrets(suggestion) }),
    ...(related && {
      related: related.map((other) => ({ ...other, message: maskSecrets(other.message) })),
    }),
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The lines of sorted diagnostics, an empty one after each, and a last one with how many there are. */
export function renderDiagnostics(
  diagnostics: readonly Diagnostic[],
  { paint, readSource }: RenderOptions,
): readonly string[] {
  if (diagnostics.length === 0) return [];
  const lines = cachedLines(readSource, diagnostics);
  return [
    ...shownDiagnostics(diagnostics).flatMap((d) => renderOne(d, lines, paint)),
    summarise(diagnostics),
  ];
}

/** "2 errors, 1 warning". */
export function summarise(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter((d) => d.severity === 'error').length;
  const warnings = diagnostics.length - errors;
  const parts = [
    ...(errors > 0 ? [counted(errors, 'error')] : []),
    ...(warnings > 0 ? [counted(warnings, 'warning')] : []),
  ];
  return parts.join(', ') || 'no diagnostics';
}

/** A line of a file, counted from 1, without the secrets in it; undefined when it is not to be had. */
type Lines = (file: string, number: number) => string | undefined;

/** Letters of a file whose lines are shown: all of it is searched for secrets before, which takes a second for four million. */
const LARGEST_SHOWN = 4 * 1024 * 1024;

/** Reads each file once, and hides its secrets once, however many diagnostics it has. */
function cachedLines(readSource: RenderOptions['readSource'], diagnostics: readonly Diagnostic[]): Lines {
  const files = new Map<string, readonly string[] | undefined>();
  const secrets = Map.groupBy(
    diagnostics.filter(({ secret }) => secret === true).map(({ range }) => range),
    ({ file }) => file,
  );
  return (file, number) => {
    if (!files.has(file)) {
      const hidden = secrets.get(file);
      const text = hidden?.some(isEmpty) === true ? undefined : readSource(file)?.replace(/^\ufeff/, '');
      const shown = text === undefined || text.length > LARGEST_SHOWN ? undefined : maskSource(text, hidden);
      files.set(file, shown?.split(/\r?\n/));
    }
    return files.get(file)?.[number - 1];
  };
}

function isEmpty({ start, end }: SourceRange): boolean {
  return start.line === end.line && start.column === end.column;
}

function renderOne(d: Diagnostic, lines: Lines, paint: Paint): readonly string[] {
  const style = d.severity === 'error' ? 'red' : 'yellow';
  const where = d.path === undefined || d.path.length === 0 ? '' : paint('dim', `  (${formatPath(d.path)})`);
  return [
    `${paint('bold', position(d.range))}: ${paint(style, d.severity)} ${d.code}: ${paint('bold', d.message)}${where}`,
    ...excerpt(d.range, lines, style, paint),
    ...(d.why === undefined ? [] : [`  why: ${d.why}`]),
    `  fix: ${d.fix}`,
    ...(d.suggestion === undefined ? [] : [`  did you mean: ${d.suggestion}`]),
    ...(d.related ?? []).flatMap((other) => [
      `  ${position(other.range)}: ${other.message}`,
      ...excerpt(other.range, lines, 'dim', paint),
    ]),
    '',
  ];
}

/** The first line of the range, and carets under the part of it that is meant. */
function excerpt(range: SourceRange, lines: Lines, style: Style, paint: Paint): readonly string[] {
  const line = lines(range.file, range.start.line);
  if (line === undefined) return [];
  const from = range.start.column - 1;
  const to = range.end.line > range.start.line ? line.trimEnd().length : range.end.column - 1;
  // A window of the line: generated files have lines of megabytes.
  const cut = Math.max(0, from - 80);
  const shown = line.slice(cut, cut + 160);
  // As wide as they are when they are printed.
  const before = blank(visible(line.slice(cut, from)));
  const width = Math.max(1, blank(visible(line.slice(from, Math.max(from, Math.min(to, cut + 160))))).length);
  const number = String(range.start.line);
  return [
    `  ${paint('dim', `${number} |`)} ${shown}`,
    `  ${' '.repeat(number.length)} ${paint('dim', '|')} ${before}${paint(style, '^'.repeat(width))}`,
  ];
}

/** A path as people write it: `spec.egress[0].selectors`, with keys that are not plain words in brackets. */
export function formatPath(path: DocumentPath): string {
  let out = '';
  for (const part of path) {
    if (typeof part === 'number') out += `[${part}]`;
    else if (/^[A-Za-z_][\w-]*$/.test(part)) out += out === '' ? part : `.${part}`;
    else out += `[${JSON.stringify(part)}]`;
  }
  return out;
}

/** What `--format json` prints. Fields are only ever added within one schemaVersion. */
export interface DiagnosticsJson {
  readonly schemaVersion: 1;
  readonly valid: boolean;
  readonly summary: { readonly errors: number; readonly warnings: number };
  readonly diagnostics: readonly Diagnostic[];
}

/** Sorted diagnostics as plain data for JSON. Texts are as they are: escaping is the encoder's. */
export function diagnosticsToJson(diagnostics: readonly Diagnostic[]): DiagnosticsJson {
  const errors = diagnostics.filter((d) => d.severity === 'error').length;
  return {
    schemaVersion: 1,
    valid: !hasErrors(diagnostics),
    summary: { errors, warnings: diagnostics.length - errors },
    diagnostics: shownDiagnostics(diagnostics),
  };
}
