// SPDX-License-Identifier: Apache-2.0
// What a document says that is taken, and that its author should know about. It is seen in the document as it is written: after
// shaping, an old name is a new one and an empty list is as good as none.

import type { Diagnostic, DocumentPath } from '../../diagnostics/diagnostic.ts';
import type { LoadedDocument } from '../load/types.ts';
import { canonicalFact, findFact } from '../../schema/facts/table.ts';
import { unlikelyValue } from '../../schema/facts/values.ts';
import { placeholdersOf } from '../../schema/workload-id.ts';
import { coveredEntries } from './covered.ts';
import { valueAt } from './paths.ts';

const OUTBOUND: DocumentPath = ['spec', 'allowedSPIFFEIDs', 'outbound'];

/** What an empty list of peers means. */
const EVERY_PEER = {
  message: 'the empty list admits every peer',
  why: 'an empty list means the same as none; it may have been meant to admit no peer',
};
const PEERS_OF_IDENTITY = {
  message: 'the empty list does not limit the peers',
  why: 'an empty list means the same as none, so spec.allowedSPIFFEIDs.outbound decides; it may have been meant to allow all peers, or none',
};

/** Warnings about a document without errors. */
export function shapeWarnings(document: LoadedDocument): readonly Diagnostic[] {
  const egress = valueAt(document.value, ['spec', 'egress']);
  const rules: readonly unknown[] = Array.isArray(egress) ? egress : [];
  const outbound = valueAt(document.value, OUTBOUND);
  const ofRule = Array.isArray(outbound) && outbound.length > 0 ? PEERS_OF_IDENTITY : EVERY_PEER;
  return [
    ...oldNames(document),
    ...chosenIds(document),
    ...unlikelyValues(document),
    ...coveredEntries(document),
    ...emptyList(document, ['spec', 'allowedSPIFFEIDs', 'inbound'], EVERY_PEER),
    ...emptyList(document, OUTBOUND, EVERY_PEER),
    ...rules.flatMap((_, i) =>
      emptyList(document, ['spec', 'egress', i, 'allowedSPIFFEIDs', 'outbound'], ofRule),
    ),
  ];
}

function oldNames(document: LoadedDocument): readonly Diagnostic[] {
  const path = ['spec', 'scope', 'agent'];
  if (valueAt(document.value, path) === undefined) return [];
  return [
    {
      code: 'RTP1140',
      severity: 'warning',
      range: document.locateKey(path),
      path,
      message: '"agent" is the old name of "daemon"',
      why: 'it is read as daemon, but a later version will refuse it',
      fix: 'write daemon, or let riptides import do it',
    },
  ];
}

/** A workload ID of which the process itself chooses a part. */
function chosenIds(document: LoadedDocument): readonly Diagnostic[] {
  const path = ['spec', 'workloadID'];
  const text = valueAt(document.value, path);
  if (typeof text !== 'string' || valueAt(document.value, ['kind']) !== 'WorkloadIdentity') return [];
  return placeholdersOf(text).flatMap(({ fact, start, end }): readonly Diagnostic[] => {
    if (findFact(canonicalFact(fact))?.forgeable !== true) return [];
    return [
      {
        code: 'RTP1142',
        severity: 'warning',
        range: document.locateText(path, start, end),
        path,
        message: `a process can choose the value of "${fact}" itself`,
        why: 'it could choose the ID of another workload, among those that match the selectors',
        fix: 'write a fact that it cannot change, such as [process:uid], or let the selectors bind the value',
      },
    ];
  });
}

/** Values of selectors that hardly any process has. */
function unlikelyValues(document: LoadedDocument): readonly Diagnostic[] {
  if (valueAt(document.value, ['kind']) !== 'WorkloadIdentity') return [];
  const selectors = valueAt(document.value, ['spec', 'selectors']);
  return entriesOf(selectors).flatMap(([i, selector]) =>
    entriesOf(selector).flatMap(([name, written]) => {
      const canonical = canonicalFact(String(name));
      const fact = findFact(canonical);
      const values: readonly unknown[] = Array.isArray(written) ? written : [written];
      return values.flatMap((value, k): readonly Diagnostic[] => {
        const words =
          fact === undefined || typeof value !== 'string' ? undefined : unlikelyValue(value, fact, canonical);
        if (words === undefined) return [];
        const path = ['spec', 'selectors', i, name, ...(Array.isArray(written) ? [k] : [])];
        return [{ code: 'RTP1143', severity: 'warning', range: document.locate(path), path, ...words }];
      });
    }),
  );
}

/** What is in a list or a map. */
function entriesOf(value: unknown): readonly (readonly [string | number, unknown])[] {
  if (Array.isArray(value)) return [...value.entries()];
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

function emptyList(
  document: LoadedDocument,
  path: DocumentPath,
  words: Pick<Diagnostic, 'message' | 'why'>,
): readonly Diagnostic[] {
  const list = valueAt(document.value, path);
  if (!Array.isArray(list) || list.length > 0) return [];
  return [
    {
      code: 'RTP1141',
      severity: 'warning',
      range: document.locate(path),
      path,
      ...words,
      fix: 'name the peers, or remove the list',
    },
  ];
}
