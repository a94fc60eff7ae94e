// SPDX-License-Identifier: Apache-2.0
// Policy files in their canonical form.

import { isDeepStrictEqual } from 'node:util';
import { decodeFile } from '../compiler/load/decode.ts';
import { sourceText } from '../compiler/load/lines.ts';
import { parseDecoded, parseFile } from '../compiler/load/parse.ts';
import { type Checked, type Diagnostic, hasErrors } from '../diagnostics/diagnostic.ts';
import { InternalError } from '../errors.ts';
import { isPolicy, orderFields } from './order.ts';
import { commentsOf } from './parse-state.ts';
import { parseTree } from './parse-tree.ts';
import { printTree } from './print.ts';

export interface Formatted {
  /** What the file should hold. */
  readonly text: string;
  /** Whether any of its documents has an apiVersion of riptides. */
  readonly isPolicy: boolean;
}

/**
 * The canonical form of a file. It means the same, has the same comments, and its canonical form is itself.
 *
 * Diagnostics are those of the load stage; `value` is absent when there are errors.
 *
 * @throws InternalError when the form would mean something else: a fault of riptides, and a reason not to write it.
 */
export function formatFile(file: string, bytes: Uint8Array): Checked<Formatted> {
  const { value: source, diagnostics } = decodeFile(file, bytes);
  if (source === undefined) return { diagnostics };
  const loaded = parseDecoded(sourceText(file, source));
  if (hasErrors(loaded.diagnostics) || loaded.value === undefined) return { diagnostics: loaded.diagnostics };
  const { documents, comments } = parseTree(source.replaceAll('\r\n', '\n'));
  const text = printTree(documents.map(orderFields));
  const value: Formatted = { text, isPolicy: documents.some(isPolicy) };
  // Nothing changes, so nothing can be lost.
  if (text === source) return { value, diagnostics: loaded.diagnostics };
  const after = parseFile(file, Buffer.from(text));
  // A list that leaves its brackets grows with each of its items.
  const beyond = after.diagnostics.filter(({ code }) => code === 'RTP1003' || code === 'RTP1019');
  if (beyond.length > 0) return { diagnostics: beyond.map(whenFormatted) };
  const values = (of: typeof loaded) => of.value?.map(({ value }) => value);
  if (!isDeepStrictEqual(values(loaded), values(after)))
    throw new InternalError(`formatting would change what ${file} means; it was left as it is`);
  // With the fields, their comments move.
  const commentsAfter = commentsOf(text).map((comment) => comment.text);
  if (!isDeepStrictEqual(comments.toSorted(), commentsAfter.toSorted()))
    throw new InternalError(`formatting would lose a comment of ${file}; it was left as it is`);
  return { value, diagnostics: loaded.diagnostics };
}

function whenFormatted(diagnostic: Diagnostic): Diagnostic {
  return { ...diagnostic, message: `once formatted, ${diagnostic.message}` };
}
