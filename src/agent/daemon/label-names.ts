// SPDX-License-Identifier: Apache-2.0
// The labels that a bundle looks at.

import { FACTS, IDENTITY_FLAGS } from '../../bundle/generated.ts';
import { labelName } from '../../bundle/labels.ts';
import { readSections } from '../../bundle/reader-sections.ts';

/** What stands for a fact in a workload ID. */
const PLACEHOLDER = /\[([^\]]*)\]/g;

/** The names of the labels that a verified bundle looks at: in selectors, and in workload IDs. */
export function labelNamesOf(bundle: Uint8Array): ReadonlySet<string> {
  const reader = readSections(bundle);
  const names = new Set<string>();
  for (const { fact, data, length } of reader.records('values', 'value')) {
    if (fact === FACTS.label.number) names.add(labelName(reader.text(data, length)));
  }
  for (const { flags, workloadIdOffset, workloadIdLength } of reader.records('identities', 'identity')) {
    if ((flags & IDENTITY_FLAGS.template) === 0) continue;
    const workloadId = reader.text(workloadIdOffset, workloadIdLength);
    for (const [, name = ''] of workloadId.matchAll(PLACEHOLDER)) names.add(name);
  }
  return names;
}
