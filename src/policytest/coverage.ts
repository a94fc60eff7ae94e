// SPDX-License-Identifier: Apache-2.0
// What of a policy its tests have asked for: each rule, each destination that an identity is granted, and each way to a refusal.

import { readBundle } from '../bundle/reader.ts';
import type { RuleView } from '../bundle/view.ts';
import type { CompiledModel } from '../compiler/types.ts';
import type { SourceRange } from '../diagnostics/diagnostic.ts';
import type { Explanation } from '../explain/explain.ts';
import type { Coverage, CoverageItem } from './types.ts';

export interface CoverageCounter {
  readonly count: (explanation: Explanation) => void;
  readonly coverage: () => Coverage;
}

/** Counts from zero. */
export function startCounting(compilation: CompiledModel): CoverageCounter {
  const rules = new Map<number, number>();
  const destinations = new Map<string, number>();
  return {
    count({ rule, identity, service }) {
      rules.set(rule.id, (rules.get(rule.id) ?? 0) + 1);
      if (identity === undefined || service === undefined) return;
      const key = destinationKey(identity.workloadID, service.name);
      destinations.set(key, (destinations.get(key) ?? 0) + 1);
    },
    coverage() {
      const items = itemsOf(compilation, rules, destinations);
      const covered = items.filter(({ tests }) => tests > 0).length;
      const percent = items.length === 0 ? 100 : Math.floor((covered / items.length) * 1000) / 10;
      return { items, covered, percent };
    },
  };
}

function itemsOf(
  { model, bundle, sourceMap }: CompiledModel,
  rules: ReadonlyMap<number, number>,
  destinations: ReadonlyMap<string, number>,
): readonly CoverageItem[] {
  const view = readBundle(bundle);
  const items: CoverageItem[] = [];
  const nowhere: SourceRange = model.project.egress.source;
  for (const rule of view.rules) {
    const item = {
      name: nameOf(
        rule,
        rule.identity === undefined ? '' : (view.identities[rule.identity]?.workloadId ?? ''),
      ),
      source: sourceMap.rules[rule.id] ?? nowhere,
      tests: rules.get(rule.id) ?? 0,
    };
    // What is never used cannot be tested; that it is never used is a finding of its own.
    if (rule.kind === 'egress' || rule.kind === 'inbound') {
      if (rule.used) items.push({ kind: 'rule', ...item });
    } else if (rule.action === 'deny') items.push({ kind: 'deny', ...item });
  }
  for (const identity of model.identities) {
    const granted = new Set(identity.egress.flatMap(({ services }) => services));
    for (const number of granted) {
      const service = model.services[number];
      if (service === undefined) continue;
      items.push({
        kind: 'destination',
        name: `${identity.workloadId} → ${service.name}`,
        source: service.source,
        tests: destinations.get(destinationKey(identity.workloadId, service.name)) ?? 0,
      });
    }
  }
  return items;
}

function nameOf({ kind, id }: RuleView, workloadId: string): string {
  switch (kind) {
    case 'egress':
      return `egress rule ${id} of ${workloadId}`;
    case 'inbound':
      return `inbound rule ${id} of ${workloadId}`;
    case 'identityDefault':
      return `${workloadId}: no egress rule grants it`;
    case 'inboundDefault':
      return `${workloadId}: no rule admits the peer`;
    case 'egressPosture':
      return 'no identity: connections that are opened';
    case 'ingressPosture':
      return 'no identity: connections that are accepted';
  }
}

function destinationKey(workloadId: string, service: string): string {
  return `${workloadId}\0${service}`;
}
