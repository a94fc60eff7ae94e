// SPDX-License-Identifier: Apache-2.0
// Policies written as YAML in tests of the later stages.

import { parseFile } from '../../src/compiler/load/parse.ts';
import { shapeDocuments } from '../../src/compiler/shape/shape.ts';
import type { ShapedDocument } from '../../src/compiler/shape/types.ts';
import type { Diagnostic, SourceRange } from '../../src/diagnostics/diagnostic.ts';

export const PROJECT = `
apiVersion: core.riptides.io/v1alpha1
kind: Project
metadata: { name: test }
spec: { trustDomain: test.example, defaultPosture: { egress: deny } }
`;

/** A document of a kind, its spec in YAML's flow style. */
export function document(kind: string, name: string, spec: string): string {
  return `\napiVersion: core.riptides.io/v1alpha1\nkind: ${kind}\nmetadata: { name: ${name} }\nspec: ${spec}\n`;
}

/** Names every node, so that none is unknown. */
export const EVERY_NODE = document('DaemonGroup', 'every', "{ workloadID: g/every, daemons: ['*'] }");

/** The documents of texts that are known to be well shaped, each in a file of its own. */
export function documentsOf(...texts: readonly string[]): readonly ShapedDocument[] {
  return texts.flatMap((text, i) => {
    const loaded = parseFile(`${i}.yaml`, new TextEncoder().encode(text));
    const shaped = shapeDocuments(loaded.value ?? []);
    const error = [...loaded.diagnostics, ...shaped.diagnostics].find(({ severity }) => severity === 'error');
    if (error !== undefined) throw new Error(`${error.code}: ${error.message}`);
    return shaped.value ?? [];
  });
}

/** Findings as `code "text at the place" message`, with what is suggested. The texts are those of `documentsOf`. */
export function inWords(diagnostics: readonly Diagnostic[], texts: readonly string[]): readonly string[] {
  return diagnostics.map(({ code, range, message, suggestion }) => {
    const hint = suggestion === undefined ? '' : ` (${suggestion}?)`;
    return `${code} at ${textAt(range, texts)}: ${message}${hint}`;
  });
}

/** What stands at a place, up to the end of its first line. */
export function textAt({ file, start, end }: SourceRange, texts: readonly string[]): string {
  const line = texts[Number.parseInt(file, 10)]?.split('\n')[start.line - 1] ?? '';
  return line.slice(start.column - 1, end.line === start.line ? end.column - 1 : undefined);
}
