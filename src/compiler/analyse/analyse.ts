// SPDX-License-Identifier: Apache-2.0
// The last stage, analyse: what a policy says that its author will hardly have meant. It takes the model and returns warnings; it
// changes nothing. Its cost grows with the size of the policy, not with the number of pairs in it.

import { isDeepStrictEqual } from 'node:util';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { memoFlatMap, memoLast, memoMap } from '../incremental.ts';
import type { Model, ModelIdentity, ModelService } from '../resolve/types.ts';
import { describeAmbiguity, findAmbiguity } from './ambiguity.ts';
import { checkConditions } from './conditions.ts';
import { checkCredentials } from './credentials.ts';
import { describeSelectors } from './described.ts';
import { checkPeers } from './peers.ts';
import { checkPorts, limitedRules } from './ports.ts';
import { addressRules, checkAddresses, checkReach } from './reach.ts';
import { checkRules } from './rules.ts';
import { createSelectorCheck, describeRivals } from './selectors.ts';

/** Warnings about the policy as a whole, in no particular order. */
export function analyseModel(model: Model): readonly Diagnostic[] {
  return createAnalysis()(model);
}

/** `analyseModel` for one model after the other: what is the same as in the last one is not looked at again. */
export function createAnalysis(): (model: Model) => readonly Diagnostic[] {
  const checkIdentities = memoFlatMap(checkIdentity);
  const unusedOf = memoLast(findUnused);
  const selectedByBindings = memoFlatMap(selectedBy);
  const selected = memoFlatMap(({ egress }: ModelIdentity) => egress.flatMap(selectedBy));
  const limited = memoFlatMap(limitedRules);
  const limitedInAddress = memoFlatMap(addressRules);
  const findWithoutAddress = memoLast(checkAddresses);
  const findWithoutPort = memoLast(checkPorts);
  const describe = memoMap(describeSelectors, isDeepStrictEqual);
  const findRivals = memoLast(createSelectorCheck());
  const findMeetings = memoLast(findAmbiguity);
  return (model) => {
    const selectors = describe(model.identities);
    const ofBindings = selectedByBindings(model.bindings);
    const unused = unusedOf(selected(model.identities), ofBindings, model.services.length);
    return [
      ...unused.flatMap((number) => model.services.slice(number, number + 1).map(unusedService)),
      ...checkIdentities(model.identities),
      ...findWithoutPort(limited(model.identities), model.services),
      ...findWithoutAddress(limitedInAddress(model.identities), model.services),
      ...checkConditions(model.bindings),
      ...checkCredentials(model),
      ...checkPeers(model),
      ...findRivals(selectors).flatMap((rivals) => describeRivals(model, rivals)),
      ...findMeetings(selectors).flatMap((met) => describeAmbiguity(model, met)),
    ];
  };
}

function checkIdentity(identity: ModelIdentity): readonly Diagnostic[] {
  const { egress, inbound = [] } = identity;
  return [...checkRules(identity), ...checkReach(identity), ...checkConditions([...egress, ...inbound])];
}

/** The list of services that a rule or a binding selects. */
function selectedBy({
  services,
}: {
  readonly services?: readonly number[] | undefined;
}): readonly (readonly number[])[] {
  return services === undefined ? [] : [services];
}

/** The numbers of those services that are in none of the lists. */
function findUnused(
  ofRules: readonly (readonly number[])[],
  ofBindings: readonly (readonly number[])[],
  count: number,
): readonly number[] {
  const used = new Uint8Array(count);
  // Rules that select the same share one list.
  const long = new Set<readonly number[]>();
  for (const services of [...ofRules, ...ofBindings]) {
    const [first] = services;
    if (services.length === 1 && first !== undefined) used[first] = 1;
    else long.add(services);
  }
  for (const services of long) for (const service of services) used[service] = 1;
  const unused: number[] = [];
  for (let service = 0; service < count; service++) if (used[service] === 0) unused.push(service);
  return unused;
}

function unusedService({ source, name }: ModelService): Diagnostic {
  return {
    code: 'RTP1401',
    severity: 'warning',
    range: source,
    message: `nothing selects the service "${name}"`,
    why: 'no identity may connect to it',
    fix: 'select it in an egress rule, or remove it',
  };
}
