// SPDX-License-Identifier: Apache-2.0
// Where tests are: among the documents of the policy, and in a directory "tests" beside riptides.yaml, which the policy need
// not list.

import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { createReader } from '../compiler/load/read.ts';
import type { LoadedDocument } from '../compiler/load/types.ts';
import { shapeDocument } from '../compiler/shape/shape.ts';
import type { PolicyTestDocument, ShapedDocument } from '../compiler/shape/types.ts';
import type { Checked, Diagnostic } from '../diagnostics/diagnostic.ts';
import { PROJECT_FILE } from '../schema/paths.ts';

/** Finds tests repeatedly; files that have not changed are not read again. */
export interface TestCollector {
  /**
   * The PolicyTest documents of a policy, in order of file and position. Diagnostics are those of the directory beside it: those of
   * the policy itself come from its compilation.
   *
   * @param documents all of the policy in the directory; none when it has errors
   */
  readonly collect: (
    directory: string,
    documents: readonly ShapedDocument[],
  ) => Checked<readonly PolicyTestDocument[]>;
}

export function createTestCollector(): TestCollector {
  const reader = createReader();
  return {
    collect(directory, documents) {
      const found = documents.filter((document) => document.kind === 'PolicyTest');
      const known = new Set(found.map(({ source }) => documentKey(source)));
      const diagnostics: Diagnostic[] = [];
      for (const document of readBeside(directory, diagnostics)) {
        if (!isTest(document.value) || known.has(documentKey(document))) continue;
        const shaped = shapeDocument(document);
        diagnostics.push(...shaped.diagnostics);
        if (shaped.value?.kind === 'PolicyTest') found.push(shaped.value);
      }
      return { value: found, diagnostics };
    },
  };

  function readBeside(directory: string, diagnostics: Diagnostic[]): readonly LoadedDocument[] {
    const top = basename(directory) === PROJECT_FILE ? dirname(directory) : directory;
    const beside = join(top, 'tests');
    if (!existsSync(beside)) return [];
    const list = reader.read([beside]);
    // A directory without tests is valid.
    diagnostics.push(...list.diagnostics.filter(({ code }) => code !== 'RTP1002'));
    return list.value ?? [];
  }
}

function documentKey({ file, index }: LoadedDocument): string {
  return `${file}\0${index}`;
}

function isTest(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'PolicyTest';
}
