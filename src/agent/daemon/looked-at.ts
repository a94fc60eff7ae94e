// SPDX-License-Identifier: Apache-2.0
// What a bundle looks at that only the agent can tell.

import { FACTS, IDENTITY_FLAGS } from '../../bundle/generated.ts';
import { labelName } from '../../bundle/labels.ts';
import { readSections, type SectionReader } from '../../bundle/reader-sections.ts';

/** What stands for a fact in a workload ID. */
const PLACEHOLDER = /\[([^\]]*)\]/g;

export interface LookedAt {
  /** The names of labels, in selectors and in workload IDs. */
  readonly labels: ReadonlySet<string>;
  /** Host names of services. */
  readonly hostNames: readonly string[];
}

/** Nothing is looked at while no bundle is in force. */
export const NOTHING: LookedAt = { labels: new Set(), hostNames: [] };

/** What a verified bundle looks at. */
export function lookedAt(bundle: Uint8Array): LookedAt {
  const reader = readSections(bundle);
  const hostNames = reader
    .records('names', 'name')
    .map(({ nameOffset, nameLength }) => reader.text(nameOffset, nameLength));
  return { labels: new Set(labelsOf(reader)), hostNames };
}

function* labelsOf(reader: SectionReader): Iterable<string> {
  for (const { fact, data, length } of reader.records('values', 'value')) {
    if (fact === FACTS.label.number) yield labelName(reader.text(data, length));
  }
  for (const { flags, workloadIdOffset, workloadIdLength } of reader.records('identities', 'identity')) {
    if ((flags & IDENTITY_FLAGS.template) === 0) continue;
    const workloadId = reader.text(workloadIdOffset, workloadIdLength);
    for (const [, name = ''] of workloadId.matchAll(PLACEHOLDER)) yield name;
  }
}
