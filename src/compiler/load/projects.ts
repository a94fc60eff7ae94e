// SPDX-License-Identifier: Apache-2.0

import { dirname } from 'node:path';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { API_VERSION } from '../../schema/document.ts';
import { PROJECT_FILE } from '../../schema/paths.ts';
import { listWords } from '../../terminal/list.ts';
import type { LoadedDocument } from './types.ts';

/**
 * RTP1202, when the documents have more than one Project. Usually a directory above several projects was named. It is checked
 * before all else: other diagnostics would be about documents that do not belong together.
 */
export function severalProjects(documents: readonly LoadedDocument[]): Diagnostic | undefined {
  const projects = documents.filter(isProject);
  const [first, second] = projects.map(({ locate }) => locate(['metadata', 'name']));
  if (first === undefined || second === undefined) return undefined;
  const directories = [...new Set(projects.map(({ file }) => dirname(file)))];
  return {
    code: 'RTP1202',
    severity: 'error',
    range: second,
    message: `the policy has ${projects.length} Projects`,
    fix:
      directories.length === projects.length && !isOneAboveAnother(directories)
        ? `name the directory of one of them: ${listWords(directories)}`
        : `keep one, or list the directories of the policy in spec.policies of ${PROJECT_FILE}`,
    related: [{ range: first, message: 'the first is here' }],
  };
}

/** Whether a document is a Project, whatever else is in it. */
export function isProject({ value }: LoadedDocument): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    'kind' in value &&
    value.kind === 'Project' &&
    'apiVersion' in value &&
    value.apiVersion === API_VERSION
  );
}

function isOneAboveAnother(directories: readonly string[]): boolean {
  const known = new Set(directories);
  return directories.some((directory) => {
    for (let one = directory, above = dirname(one); above !== one; one = above, above = dirname(one))
      if (known.has(above)) return true;
    return false;
  });
}
