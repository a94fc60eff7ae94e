// SPDX-License-Identifier: Apache-2.0
// Names that must be there once: of documents, of workload IDs, and the one Project.

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { ProjectDocument, ShapedDocument } from '../shape/types.ts';

/** Finds names that several documents of a kind have, and workload IDs that several identities or groups have. */
export function checkNames(documents: readonly ShapedDocument[], diagnostics: Diagnostic[]): void {
  const names = new Map<string, ShapedDocument>();
  const workloads = new Map<string, ShapedDocument>();
  for (const document of documents) {
    if (document.kind === 'Project') continue;
    const { name } = document.metadata;
    const other = remember(names, `${document.kind} ${name}`, document);
    if (other !== undefined) {
      diagnostics.push({
        code: 'RTP1203',
        severity: 'error',
        range: document.source.locate(['metadata', 'name']),
        path: ['metadata', 'name'],
        message: `two documents of kind ${document.kind} are named "${name}"`,
        fix: 'rename one of the two, or merge them',
        related: [{ range: other.source.locate(['metadata', 'name']), message: 'the first is here' }],
      });
    }
    if (document.kind !== 'WorkloadIdentity' && document.kind !== 'DaemonGroup') continue;
    const { workloadID } = document.spec;
    const same = remember(workloads, `${document.kind} ${workloadID}`, document);
    if (same !== undefined) {
      diagnostics.push({
        code: 'RTP1204',
        severity: 'error',
        range: document.source.locate(['spec', 'workloadID']),
        path: ['spec', 'workloadID'],
        message: `two ${document.kind === 'DaemonGroup' ? 'groups' : 'identities'} have the workloadID "${workloadID}"`,
        fix:
          document.kind === 'DaemonGroup'
            ? 'merge them, or give one of them another ID'
            : 'merge them (a list of selectors is "or"), or give one of them another ID',
        related: [{ range: same.source.locate(['spec', 'workloadID']), message: 'the first is here' }],
      });
    }
  }
}

/** Keeps the first document of a name; gives it when there is one already. */
function remember(
  known: Map<string, ShapedDocument>,
  name: string,
  document: ShapedDocument,
): ShapedDocument | undefined {
  const first = known.get(name);
  if (first === undefined) known.set(name, document);
  return first;
}

/** The Project of the policy, of which there is one at most. `documents` are not empty. */
export function findProject(
  documents: readonly ShapedDocument[],
  diagnostics: Diagnostic[],
): ProjectDocument | undefined {
  const project = documents.find((document) => document.kind === 'Project');
  const [first] = documents;
  if (project === undefined && first !== undefined) {
    diagnostics.push({
      code: 'RTP1201',
      severity: 'error',
      range: first.source.locate([]),
      message: 'the policy has no Project',
      why: 'it sets the trust domain, and the default posture for connections that no rule grants',
      fix: 'add a document of kind Project, by convention in riptides.yaml, or name the directory that holds it',
    });
  }
  return project;
}
