// SPDX-License-Identifier: Apache-2.0
// Files of a policy, each with its canonical form.

import { statSync } from 'node:fs';
import { readBytes } from '../compiler/load/bytes.ts';
import { findFiles } from '../compiler/load/find.ts';
import { parseFile } from '../compiler/load/parse.ts';
import { policyFiles } from '../compiler/load/read.ts';
import { findSecrets } from '../compiler/shape/secrets.ts';
import type { Checked } from '../diagnostics/diagnostic.ts';
import { maskSource } from '../terminal/secrets.ts';
import { type DiffSide, unifiedDiff } from './diff.ts';
import { type Formatted, formatFile } from './format.ts';

export interface FormattedFile extends Formatted {
  readonly file: string;
  /** Its content so far. */
  readonly before: string;
  /** Whether lines of it end in CRLF, which formatting makes LF. */
  readonly hasCrlf: boolean;
}

/**
 * The files at paths, each read and formatted as it is asked for. A file that is named is formatted whatever it holds; of a directory, those
 * that are part of its policy and have a document with an apiVersion of riptides. Files with errors have no value.
 */
export function* formatFiles(paths: readonly string[]): Generator<Checked<FormattedFile>> {
  const isNamed = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  const named = findFiles(paths.filter(isNamed));
  const found = policyFiles(paths.filter((path) => !isNamed(path)));
  const files = new Map<string, boolean>();
  for (const file of found.files) files.set(file, false);
  for (const file of named.files) files.set(file, true);
  const roots = [...named.roots, ...found.roots];
  yield { diagnostics: [...named.diagnostics, ...found.diagnostics] };
  for (const [file, wasNamed] of files) yield formatOne(file, wasNamed, roots);
}

function formatOne(file: string, wasNamed: boolean, roots: readonly string[]): Checked<FormattedFile> {
  const { value: bytes, diagnostics: unread } = readBytes(file, roots);
  if (bytes === undefined) return { diagnostics: unread };
  const { value, diagnostics } = formatFile(file, bytes);
  if (value === undefined) return { diagnostics };
  if (!wasNamed && !value.isPolicy) return { diagnostics: [] };
  return { value: withBefore(value, file, bytes), diagnostics };
}

function withBefore(formatted: Formatted, file: string, bytes: Buffer): FormattedFile {
  const before = bytes.toString('utf8');
  return { ...formatted, file, before, hasCrlf: before.includes('\r\n') };
}

/** What formatting changes in a file except its line ends, as a unified diff without the secrets in it. */
export function shownDiff({ file, before, text }: FormattedFile): string {
  const side = (written: string): DiffSide => {
    const documents = parseFile(file, Buffer.from(written)).value ?? [];
    const secrets = documents.flatMap((document) =>
      findSecrets(document).diagnostics.map(({ range }) => range),
    );
    return { text: written, shown: maskSource(written, secrets) };
  };
  return unifiedDiff(file, side(before.replaceAll('\r\n', '\n')), side(text));
}

/** The text on standard input, formatted. */
export async function formatInput(): Promise<Checked<FormattedFile>> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
  const bytes = Buffer.concat(chunks);
  const file = '<stdin>';
  const { value, diagnostics } = formatFile(file, bytes);
  if (value === undefined) return { diagnostics };
  return { value: withBefore(value, file, bytes), diagnostics };
}
