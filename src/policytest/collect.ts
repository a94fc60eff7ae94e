// SPDX-License-Identifier: Apache-2.0
// Where tests are: among the documents of the policy, and in a directory "tests" beside riptides.yaml, which the policy need
// not list.

import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { readPolicy } from '../compiler/load/read.ts';
import { shapeDocument } from '../compiler/shape/shape.ts';
import type { PolicyTestDocument } from '../compiler/shape/types.ts';
import type { Checked, Diagnostic } from '../diagnostics/diagnostic.ts';
import { PROJECT_FILE } from '../schema/paths.ts';

/** The PolicyTest documents of a policy, in order of file and position. Findings are those of reading and shaping them. */
export function collectTests(directory: string): Checked<readonly PolicyTestDocument[]> {
  const top = basename(directory) === PROJECT_FILE ? dirname(directory) : directory;
  const beside = join(top, 'tests');
  const policy = readPolicy([directory]);
  const found = new Map<string, PolicyTestDocument>();
  const diagnostics: Diagnostic[] = [];
  const lists = [policy, ...(existsSync(beside) ? [readPolicy([beside])] : [])];
  for (const list of lists) {
    // What is wrong with the policy itself is found when it is compiled; a directory without tests is no fault.
    if (list !== policy) diagnostics.push(...list.diagnostics.filter(({ code }) => code !== 'RTP1002'));
    for (const document of list.value ?? []) {
      const key = `${document.file}\0${document.index}`;
      if (!isTest(document.value) || found.has(key)) continue;
      const shaped = shapeDocument(document);
      diagnostics.push(...shaped.diagnostics);
      if (shaped.value?.kind === 'PolicyTest') found.set(key, shaped.value);
    }
  }
  return { value: [...found.values()], diagnostics };
}

function isTest(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'PolicyTest';
}
