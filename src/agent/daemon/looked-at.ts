// SPDX-License-Identifier: Apache-2.0
// What a bundle looks at that only the agent can tell.

import { FEATURE_FLAGS } from '../../bundle/generated.ts';
import { hostNamesOf } from '../../bundle/host-names.ts';
import { isKernelLabel } from '../../bundle/labels.ts';
import { readBundle } from '../../bundle/reader.ts';
import { readSections } from '../../bundle/reader-sections.ts';
import { labelsAsked } from '../../explain/process-labels.ts';

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
  const labels = [...labelsAsked(bundle)].filter((name) => !isKernelLabel(name));
  const hasNames = (readSections(bundle).header().features & FEATURE_FLAGS.names) !== 0;
  return { labels: new Set(labels), hostNames: hasNames ? hostNamesOf(readBundle(bundle)) : [] };
}
