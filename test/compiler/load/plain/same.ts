// SPDX-License-Identifier: Apache-2.0
// The two readers side by side. The one that uses the `yaml` package is the oracle of the other.

import { Lexer } from 'yaml';
import { sourceText } from '../../../../src/compiler/load/lines.ts';
import { parseDecoded, parseYaml } from '../../../../src/compiler/load/parse.ts';
import { readPlain } from '../../../../src/compiler/load/plain/read-plain.ts';
import type { LoadedDocument } from '../../../../src/compiler/load/types.ts';
import type { DocumentPath } from '../../../../src/diagnostics/diagnostic.ts';

/** Whether the fast reader takes a text, and how what is read differs from what the `yaml` package alone reads. */
export interface Comparison {
  readonly taken: boolean;
  readonly difference: string | undefined;
}

export function compareReaders(text: string): Comparison {
  const plain = readPlain(text);
  return { taken: plain !== undefined, difference: differenceOf(text, plain?.parts) };
}

function differenceOf(text: string, parts: number | undefined): string | undefined {
  const expected = parseYaml(sourceText('p.yaml', text));
  const actual = parseDecoded(sourceText('p.yaml', text));
  const [finding] = expected.diagnostics;
  if (finding !== undefined) {
    // Of what was found which is the echo of which may differ: only one of the two knows where documents begin.
    return actual.diagnostics.length === 0 ? `the oracle refuses it: ${finding.message}` : undefined;
  }
  const [ownFinding] = actual.diagnostics;
  if (ownFinding !== undefined) return `the oracle takes it: ${ownFinding.message}`;
  const counted = [...new Lexer().lex(text)].length;
  if (parts !== undefined && counted > parts) return `${counted} parts were counted as ${parts}`;
  const describeAll = (documents: readonly LoadedDocument[] = []): string =>
    documents.map(describe).join('\n');
  const [ours, theirs] = [describeAll(actual.value), describeAll(expected.value)];
  return ours === theirs ? undefined : `ours:\n${ours}\ntheirs:\n${theirs}`;
}

/** All that a document says: its values, and where each of them and of their keys and letters stands. */
function describe(document: LoadedDocument): string {
  const lines: string[] = [`document ${document.index}`];
  const visit = (value: unknown, path: DocumentPath): void => {
    const places = [document.locate(path), document.locateKey(path), document.locate([...path, 'none'])];
    if (typeof value === 'string') {
      for (let i = 0; i < Math.min(value.length, 40); i++) places.push(document.locateText(path, i, i + 1));
    }
    const where = places.map(({ start, end }) => `${start.line}:${start.column}-${end.line}:${end.column}`);
    lines.push(`${JSON.stringify(path)} ${kindOf(value)} ${where.join(' ')}`);
    if (Array.isArray(value)) for (const [i, item] of value.entries()) visit(item, [...path, i]);
    else if (typeof value === 'object' && value !== null)
      for (const [key, item] of Object.entries(value)) visit(item, [...path, key]);
  };
  visit(document.value, []);
  return lines.join('\n');
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return `list of ${value.length}`;
  if (typeof value === 'object' && value !== null)
    return Object.getPrototypeOf(value) === null ? 'map' : 'map with a prototype';
  return Object.is(value, -0) ? '-0' : JSON.stringify(value);
}
