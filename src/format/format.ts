// SPDX-License-Identifier: Apache-2.0
// Policy files in their canonical form.

import { isDeepStrictEqual } from 'node:util';
import { decodeFile } from '../compiler/load/decode.ts';
import { parseFile } from '../compiler/load/parse.ts';
import { sourceText } from '../compiler/load/lines.ts';
import { type Checked, type Diagnostic, hasErrors, type SourceRange } from '../diagnostics/diagnostic.ts';
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
 * Findings are those of the load stage; `value` is absent when there are any.
 *
 * @throws InternalError when the form would mean something else: a fault of riptides, and a reason not to write it.
 */
export function formatFile(file: string, bytes: Uint8Array): Checked<Formatted> {
  const loaded = parseFile(file, bytes);
  const decoded = decodeFile(file, bytes);
  if (hasErrors(loaded.diagnostics) || loaded.value === undefined || decoded.value === undefined)
    return { diagnostics: loaded.diagnostics };
  const before = decoded.value.replaceAll('\r\n', '\n');
  const stray = /\r(?!\n)/.exec(decoded.value);
  if (stray !== null)
    return {
      diagnostics: [strayReturn(sourceText(file, decoded.value).range(stray.index, stray.index + 1))],
    };
  const { documents } = parseTree(before);
  const text = printTree({ documents: documents.map(orderFields) });
  const after = parseFile(file, Buffer.from(text));
  const values = (of: typeof loaded) => of.value?.map(({ value }) => value);
  if (!isDeepStrictEqual(values(loaded), values(after)))
    throw new InternalError(`formatting would change what ${file} means; it was left as it is`);
  if (!isDeepStrictEqual(commentsIn(before), commentsIn(text)))
    throw new InternalError(`formatting would lose a comment of ${file}; it was left as it is`);
  return { value: { text, isPolicy: documents.some(isPolicy) }, diagnostics: loaded.diagnostics };
}

/** All comments of a text, sorted: with the fields, their comments change places. */
function commentsIn(source: string): readonly string[] {
  return commentsOf(source)
    .map(({ text }) => text)
    .toSorted();
}

function strayReturn(range: SourceRange): Diagnostic {
  return {
    code: 'RTP1004',
    severity: 'error',
    range,
    message: 'a carriage return (U+000D) stands without a line feed',
    why: 'some readers take it for the end of a line and others for a part of it',
    fix: 'remove it; in double quotes it can be written as \\r',
  };
}
