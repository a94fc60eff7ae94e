// SPDX-License-Identifier: Apache-2.0

import { BUNDLE_FLAGS } from '../../bundle/generated.ts';
import { isDeepStrictEqual } from 'node:util';
import { SERVICE_FLAGS } from '../../bundle/generated.ts';
import { type Checked, hasErrors, type SourceRange } from '../../diagnostics/diagnostic.ts';
import { memoFlatMap, memoLast, memoMap } from '../incremental.ts';
import type { Model, ModelIdentity, ModelService } from '../resolve/types.ts';
import { createDestinationLowering, endpointsOf } from './destinations.ts';
import { featuresOf } from './features.ts';
import { createGrantLowering } from './grants.ts';
import { createLimitCheck } from './limits/limits.ts';
import { sameOr } from './lists.ts';
import { lowerNames, namesOf } from './names.ts';
import { lowerPreconditions } from './preconditions.ts';
import { rangesOfRules, rulesOf } from './rules.ts';
import { createSelectorLowering, selectorAt, type SelectorTables, termsOfSelectors } from './selectors.ts';
import type { Tables, TableService } from './types.ts';

/** Tables, and where each of their rules and selectors is written, by their numbers. */
export interface Lowered {
  readonly tables: Tables;
  readonly ruleSources: readonly SourceRange[];
  readonly selectorSources: () => readonly SourceRange[];
}

/** The tables of a model, or an error for each limit that they would exceed. */
export function lowerModel(model: Model): Checked<Lowered> {
  return createLowering()(model);
}

/** `lowerModel` for one model after the other: what is the same as in the last one is not put in order or counted again. */
export function createLowering(): (model: Model) => Checked<Lowered> {
  const termsOf = memoMap(termsOfSelectors, isDeepStrictEqual);
  const grantsOf = memoMap(rulesOf, isDeepStrictEqual);
  const placesOf = memoMap(endpointsOf, isDeepStrictEqual);
  const hostsOf = memoMap(namesOf, isDeepStrictEqual);
  const unlistedOf = memoMap(unlisted, isDeepStrictEqual);
  const lowerWho = memoLast(createSelectorLowering());
  const lowerWhere = memoLast(createDestinationLowering());
  const lowerHosts = memoLast(lowerNames);
  const lowerWhat = memoLast(createGrantLowering());
  const lossesOf = memoMap(({ agentLoss }: ModelIdentity) => agentLoss);
  const lowerLosses = memoLast(lowerPreconditions);
  const lowerServices = memoLast(createServiceTable());
  const ruleSources = memoFlatMap(rangesOfRules);
  const checkLimits = createLimitCheck();
  return (model) => {
    const { project, sources, bindings } = model;
    const identities = grantsOf(model.identities);
    const who = lowerWho(termsOf(model.identities));
    const where = lowerWhere(placesOf(model.services));
    const names = lowerHosts(hostsOf(model.services));
    const [egress, ingress] = [project.egress.posture, project.ingress.posture];
    const count = model.services.length;
    const what = lowerWhat(egress, ingress, identities, sources, bindings, count);
    const services = lowerServices(unlistedOf(model.services), what.serviceSets);
    const unmarked: Omit<Tables, 'features'> = {
      trustDomain: project.trustDomain,
      flags: flagsOf(project),
      setCount: what.setCount,
      prefixLengths: who.prefixLengths,
      values: who.values,
      terms: who.terms,
      selectors: who.selectors,
      ...lowerLosses(who.terms, who.selectors, lossesOf(model.identities)),
      ...what.rules,
      services,
      ...where,
      names,
      conditions: what.conditions,
      prefixes: what.prefixes,
      ...what.credentials,
    };
    const tables: Tables = { ...unmarked, features: featuresOf(unmarked) };
    const diagnostics = checkLimits(model, { who, where, names, services, identities, what });
    if (hasErrors(diagnostics)) return { diagnostics };
    const value = {
      tables,
      ruleSources: [project.egress.source, project.ingress.source, ...ruleSources(model.identities)],
      selectorSources: () => selectorSources(model, who),
    };
    return { value, diagnostics };
  };
}

function flagsOf({ keep, udp, denyOthers }: Model['project']): number {
  return (
    (keep ? BUNDLE_FLAGS.keep : 0) | (udp ? BUNDLE_FLAGS.udp : 0) | (denyOthers ? BUNDLE_FLAGS.denyOthers : 0)
  );
}

function unlisted({ name, external, tls }: ModelService): Omit<TableService, 'sets'> {
  return { name, flags: (external ? SERVICE_FLAGS.external : 0) | (tls ? SERVICE_FLAGS.tls : 0) };
}

function createServiceTable(): (
  services: readonly Omit<TableService, 'sets'>[],
  sets: readonly (readonly number[])[],
) => readonly TableService[] {
  let last: readonly TableService[] = [];
  return (services, sets) =>
    (last = services.map(({ name, flags }, number) =>
      sameOr({ name, flags, sets: sets[number] ?? [] }, last[number]),
    ));
}

function selectorSources({ identities }: Model, who: SelectorTables): readonly SourceRange[] {
  return who.selectors.flatMap((_, number) => selectorAt(identities, who, number)?.source ?? []);
}
