// SPDX-License-Identifier: Apache-2.0
// What tables need of the host that carries them out (docs/bundle-format.md, "Features"). The core works the same out from
// the bytes, and refuses a bundle that says something else.

import {
  ACTION,
  FACTS,
  FEATURE_FLAGS,
  FIELD,
  IDENTITY_FLAGS,
  NONE,
  OPTION_FLAGS,
  RULE_KIND,
  TLS_MODE,
} from '../../bundle/generated.ts';
import { isKernelLabel, labelName } from '../../bundle/labels.ts';
import { placeholdersOf } from '../../schema/workload-id.ts';
import type { TableIdentity, Tables } from './types.ts';

const PEER_FIELDS: ReadonlySet<number> = new Set([FIELD.peerId, FIELD.peerDomain, FIELD.peerPath]);

/** The flags of FEATURE_FLAGS that these tables need. */
export function featuresOf(tables: Omit<Tables, 'features'>): number {
  const { identities, options, rules, conditions } = tables;
  const looksAtPeers = conditions.map((program) => program.some(({ field }) => PEER_FIELDS.has(field)));
  const asksForPeer = rules.some(
    ({ kind, options: option }) =>
      kind === RULE_KIND.inbound &&
      option !== NONE &&
      looksAtPeers[options[option]?.condition ?? NONE] === true,
  );
  const labels = labelsOf(tables);
  const needs: Readonly<Record<keyof typeof FEATURE_FLAGS, boolean>> = {
    inbound:
      rules.some(({ kind, action }) => kind === RULE_KIND.ingressPosture && action === ACTION.deny) ||
      identities.some(({ inboundCount }) => inboundCount > 0),
    tls:
      identities.some(({ tls }) => tls !== TLS_MODE.none) ||
      options.some(
        ({ tls, identity, flags }) =>
          tls !== TLS_MODE.none || identity !== NONE || (flags & OPTION_FLAGS.intercept) !== 0,
      ) ||
      tables.svids.length > 0,
    peers:
      identities.some(({ peers }) => peers !== NONE) ||
      options.some(({ peers }) => peers !== NONE) ||
      asksForPeer,
    credentials: tables.bindings.length > 0,
    names:
      tables.names.length > 0 ||
      conditions.some((program) => program.some(({ field }) => field === FIELD.destinationName)),
    labels: labels.some(isKernelLabel),
    templates: identities.some(isTemplate),
    'agent-labels': labels.some((name) => !isKernelLabel(name)),
  };
  let flags = 0;
  for (const [name, isNeeded] of Object.entries(needs)) {
    if (isNeeded && isFeature(name)) flags |= FEATURE_FLAGS[name];
  }
  return flags;
}

function isTemplate({ flags }: Pick<TableIdentity, 'flags'>): boolean {
  return (flags & IDENTITY_FLAGS.template) !== 0;
}

/** The names of the labels that selectors and placeholders ask for. */
function labelsOf({ values, identities }: Pick<Tables, 'values' | 'identities'>): readonly string[] {
  return [
    ...values.flatMap(({ fact, data }) => (fact === FACTS.label.number ? [labelName(String(data))] : [])),
    ...identities
      .filter(isTemplate)
      .flatMap(({ workloadId }) => placeholdersOf(workloadId).map(({ fact }) => fact))
      .filter((fact) => !Object.hasOwn(FACTS, fact)),
  ];
}

function isFeature(name: string): name is keyof typeof FEATURE_FLAGS {
  return Object.hasOwn(FEATURE_FLAGS, name);
}
