// SPDX-License-Identifier: Apache-2.0

import { SERVICE_FLAGS } from '../../bundle/generated.ts';
import { type Checked, hasErrors, type SourceRange } from '../../diagnostics/diagnostic.ts';
import type { Model } from '../resolve/types.ts';
import { conditionTable } from './condition-table.ts';
import { lowerCredentials } from './credentials.ts';
import { lowerDestinations } from './destinations.ts';
import { featuresOf } from './features.ts';
import { checkLimits } from './limits.ts';
import { lowerNames } from './names.ts';
import { lowerRules } from './rules.ts';
import { lowerSelectors } from './selectors.ts';
import { setTable } from './sets.ts';
import type { Tables } from './types.ts';

/** Tables, and where each of their rules and selectors is written, by their numbers. */
export interface Lowered {
  readonly tables: Tables;
  readonly ruleSources: readonly SourceRange[];
  readonly selectorSources: readonly SourceRange[];
}

/** The tables of a model, or an error for each limit that they would exceed. */
export function lowerModel(model: Model): Checked<Lowered> {
  const sets = setTable();
  const conditions = conditionTable();
  const who = lowerSelectors(model);
  const { sources: ruleSources, ...what } = lowerRules(model, sets, conditions);
  const credentials = lowerCredentials(model, sets, conditions);
  const serviceSets = sets.ofServices(model.services.length);
  const unmarked: Omit<Tables, 'features'> = {
    trustDomain: model.project.trustDomain,
    setCount: sets.count(),
    prefixLengths: who.prefixLengths,
    values: who.values,
    terms: who.terms,
    selectors: who.selectors,
    ...what,
    services: model.services.map((service, number) => ({
      name: service.name,
      flags: (service.external ? SERVICE_FLAGS.external : 0) | (service.tls ? SERVICE_FLAGS.tls : 0),
      sets: serviceSets[number] ?? [],
    })),
    ...lowerDestinations(model),
    names: lowerNames(model),
    ...conditions.tables(),
    ...credentials,
  };
  const tables: Tables = { ...unmarked, features: featuresOf(unmarked) };
  const diagnostics = checkLimits(model, tables, who, conditions);
  if (hasErrors(diagnostics)) return { diagnostics };
  return { value: { tables, ruleSources, selectorSources: who.sources }, diagnostics };
}
