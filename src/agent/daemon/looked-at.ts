// SPDX-License-Identifier: Apache-2.0
// What a bundle looks at that only the agent can tell.

import { FACTS, FEATURE_FLAGS, IDENTITY_FLAGS } from '../../bundle/generated.ts';
import { hostNamesOf } from '../../bundle/host-names.ts';
import { isKernelLabel, labelName } from '../../bundle/labels.ts';
import { readBundle } from '../../bundle/reader.ts';
import { readSections, type SectionReader } from '../../bundle/reader-sections.ts';
import { placeholdersOf } from '../../schema/workload-id.ts';

export interface LookedAt {
  /** The names of labels of the agent, in selectors and in workload IDs. */
  readonly labels: ReadonlySet<string>;
  /** Host names, of services and of conditions. */
  readonly hostNames: readonly string[];
}

/** Nothing is looked at while no bundle is in force. */
export const NOTHING: LookedAt = { labels: new Set(), hostNames: [] };

/** What a verified bundle looks at. */
export function lookedAt(bundle: Uint8Array): LookedAt {
  const reader = readSections(bundle);
  const labels = [...labelsOf(reader)].filter((name) => !isKernelLabel(name));
  const hasNames = (reader.header().features & FEATURE_FLAGS.names) !== 0;
  return { labels: new Set(labels), hostNames: hasNames ? hostNamesOf(readBundle(bundle)) : [] };
}

function* labelsOf(reader: SectionReader): Iterable<string> {
  for (const { fact, data, length } of reader.records('values', 'value')) {
    if (fact === FACTS.label.number) yield labelName(reader.text(data, length));
  }
  for (const { flags, workloadIdOffset, workloadIdLength } of reader.records('identities', 'identity')) {
    if ((flags & IDENTITY_FLAGS.template) === 0) continue;
    const workloadId = reader.text(workloadIdOffset, workloadIdLength);
    for (const { fact: name } of placeholdersOf(workloadId)) yield name;
  }
}
