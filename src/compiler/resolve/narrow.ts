// SPDX-License-Identifier: Apache-2.0
// A policy as it is for one node: without the identities of others, their bindings, and the sources that only those need.

import { memoLast } from '../incremental.ts';
import { nodeTest } from './nodes.ts';
import type { Model, ModelIdentity } from './types.ts';

/** Narrows one version of a model after the other; what has not changed are the same objects as before. */
export function createNarrowing(): (policy: Model, node: string | undefined) => Model {
  const ownNumbers = memoLast((identities: Model['identities'], node: string): Numbers => {
    const isNode = nodeTest(node);
    const own = [...identities.keys()].filter((index) => isNode(identities[index]?.nodes));
    return new Map(own.map((index, number) => [index, number]));
  });
  const narrowIdentities = memoLast((identities: Model['identities'], numbers: Numbers) =>
    identities.filter((_, index) => numbers.has(index)).map((identity) => renumber(identity, numbers)),
  );
  const narrowCredentials = memoLast(credentialsOf);
  return (policy, node) => {
    if (node === undefined || policy.identities.every(({ nodes }) => nodes === undefined)) return policy;
    const numbers = ownNumbers(policy.identities, node);
    return {
      ...policy,
      identities: narrowIdentities(policy.identities, numbers),
      ...narrowCredentials(policy.sources, policy.bindings, numbers),
    };
  };
}

/** The new indices of what remains, by the old ones. */
type Numbers = ReadonlyMap<number, number>;

/** Rules that show another identity refer to it by its index. */
function renumber(identity: ModelIdentity, numbers: Numbers): ModelIdentity {
  if (identity.egress.every((rule) => rule.identity === undefined)) return identity;
  const egress = identity.egress.map((rule) => {
    return { ...rule, identity: rule.identity === undefined ? undefined : numbers.get(rule.identity) };
  });
  return { ...identity, egress };
}

function credentialsOf(
  sources: Model['sources'],
  bindings: Model['bindings'],
  numbers: Numbers,
): Pick<Model, 'sources' | 'bindings'> {
  const own = bindings.filter(({ identity }) => numbers.has(identity));
  const needed = new Set(own.map(({ credential }) => credential));
  const kept = [...sources.keys()].filter((index) => needed.has(index));
  const sourceNumbers = new Map(kept.map((index, number) => [index, number]));
  return {
    sources: sources.filter((_, index) => needed.has(index)),
    bindings: own.flatMap((binding) => {
      const identity = numbers.get(binding.identity);
      const credential = sourceNumbers.get(binding.credential);
      return identity === undefined || credential === undefined ? [] : [{ ...binding, identity, credential }];
    }),
  };
}
