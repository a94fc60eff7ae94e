// SPDX-License-Identifier: Apache-2.0

import { SERVICE_FLAGS } from '../../bundle/generated.ts';
import { type Checked, hasErrors, type SourceRange } from '../../diagnostics/diagnostic.ts';
import type { Model } from '../resolve/types.ts';
import { lowerDestinations } from './destinations.ts';
import { checkLimits } from './limits.ts';
import { lowerRules } from './rules.ts';
import { lowerSelectors } from './selectors.ts';
import type { Tables } from './types.ts';

/** Tables, and where each of their rules is written (by rule id). */
export interface Lowered {
  readonly tables: Tables;
  readonly ruleSources: readonly SourceRange[];
}

/** The tables of a model, or an error for each limit that they would exceed. */
export function lowerModel(model: Model): Checked<Lowered> {
  const who = lowerSelectors(model);
  const what = lowerRules(model);
  const where = lowerDestinations(model);
  const tables: Tables = {
    trustDomain: model.project.trustDomain,
    setCount: what.setCount,
    prefixLengths: who.prefixLengths,
    values: who.values,
    terms: who.terms,
    selectors: who.selectors,
    identities: what.identities,
    rules: what.rules,
    grants: what.grants,
    services: model.services.map((service, number) => ({
      name: service.name,
      flags: (service.external ? SERVICE_FLAGS.external : 0) | (service.tls ? SERVICE_FLAGS.tls : 0),
      sets: what.serviceSets[number] ?? [],
    })),
    ...where,
  };
  const diagnostics = checkLimits(model, tables, who);
  if (hasErrors(diagnostics)) return { diagnostics };
  return { value: { tables, ruleSources: what.sources }, diagnostics };
}
