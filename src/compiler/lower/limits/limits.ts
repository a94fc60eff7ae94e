// SPDX-License-Identifier: Apache-2.0
// What the kernel bounds is counted here first, so that a policy which is too large is told so with its own words and ranges.

import { LIMITS } from '../../../bundle/generated.ts';
import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';
import { memoFlatMap, memoLast } from '../../incremental.ts';
import type { Model, ModelService } from '../../resolve/types.ts';
import type { DestinationTables } from '../destinations.ts';
import type { GrantTables } from '../grants.ts';
import type { IdentityRules } from '../rules.ts';
import { selectorAt, type SelectorTables } from '../selectors.ts';
import type { TableName, TableService } from '../types.ts';
import { checkAddressLimits, checkNameLimits, type Crowd } from './destinations.ts';
import { checkLabelLimits } from './labels.ts';
import { checkConditionLimits, checkIdentityLimits, checkText } from './rules.ts';
import { checkSelectorLimits, type SelectorDiagnostic } from './selectors.ts';

/** What is counted. */
export interface Counted {
  readonly who: SelectorTables;
  readonly where: DestinationTables;
  readonly names: readonly TableName[];
  readonly services: readonly TableService[];
  readonly identities: readonly IdentityRules[];
  readonly what: GrantTables;
}

/**
 * An error for each limit of `LIMITS` that the tables of a model exceed; for each kind of limit only the first offender of a list. The
 * function counts again only what is not the same as the last time.
 */
export function createLimitCheck(): (model: Model, counted: Counted) => readonly Diagnostic[] {
  const ofIdentities = memoFlatMap(checkIdentityLimits);
  const ofServices = memoFlatMap(({ name, source }: ModelService) => checkText(name, source));
  const ofSelectors = memoLast(checkSelectorLimits);
  const ofAddresses = memoLast(checkAddressLimits);
  const ofNames = memoLast(checkNameLimits);
  const crowdedOf = memoLast(findCrowded);
  return (model, { who, where, names, services, identities, what }) => [
    ...checkText(model.project.trustDomain, model.project.egress.source),
    ...ofIdentities(model.identities),
    ...ofServices(model.services),
    ...[...model.sources, ...model.bindings].flatMap(({ name, source }) => checkText(name, source)),
    ...ofSelectors(who).flatMap((diagnostic) => atSelector(model, who, diagnostic)),
    ...checkLabelLimits(model, who),
    ...crowdedOf(services).flatMap((number) => inManySets(model, services, number)),
    ...[...ofAddresses(where, services), ...ofNames(names, services)].flatMap((crowd) =>
      atService(model, crowd),
    ),
    ...checkConditionLimits(model, identities, what),
  ];
}

function atSelector(
  { identities }: Model,
  who: SelectorTables,
  { selector, ...diagnostic }: SelectorDiagnostic,
): readonly Diagnostic[] {
  const own = selectorAt(identities, who, selector);
  return own === undefined ? [] : [{ ...diagnostic, range: own.source }];
}

function atService({ services }: Model, { service, message }: Crowd): readonly Diagnostic[] {
  const range = services[service]?.source;
  if (range === undefined) return [];
  return [
    { code: 'RTP1507', severity: 'error', range, message, fix: 'join services: one can have many labels' },
  ];
}

/** The numbers of those services that are in too many sets. */
function findCrowded(services: readonly TableService[]): readonly number[] {
  return services.flatMap(({ sets }, number) => (sets.length > LIMITS.serviceSets ? [number] : []));
}

function inManySets(model: Model, services: readonly TableService[], number: number): readonly Diagnostic[] {
  const [range, service] = [model.services[number]?.source, services[number]];
  if (range === undefined || service === undefined) return [];
  return [
    {
      code: 'RTP1506',
      severity: 'error',
      range,
      message: `service "${service.name}" is selected in ${service.sets.length} different sets; ${LIMITS.serviceSets} are allowed`,
      fix: 'let egress rules select by the same labels, so that they choose the same services',
    },
  ];
}
