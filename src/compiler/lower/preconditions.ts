// SPDX-License-Identifier: Apache-2.0
// What selectors demand besides labels of the agent. Where that does not hold of a process, the kernel need not ask.

import { AGENT_LOSS, NONE, TERM_FLAGS } from '../../bundle/generated.ts';
import type { AgentLoss } from '../resolve/types.ts';
import type { TablePrecondition, TableSelector, TableTerm } from './types.ts';

/** The preconditions, and the number of that of each selector, or NONE. */
export interface PreconditionTables {
  readonly preconditions: readonly TablePrecondition[];
  readonly preconditionOf: readonly number[];
}

/** Gives selectors that differ in labels of the agent only one precondition. `losses` are those of the identities. */
export function lowerPreconditions(
  terms: readonly TableTerm[],
  selectors: readonly TableSelector[],
  losses: readonly AgentLoss[],
): PreconditionTables {
  const isOfAgent = (term: number): boolean => ((terms[term]?.flags ?? 0) & TERM_FLAGS.agent) !== 0;
  const preconditions: { selector: number; agentLoss: number; terms: readonly number[] }[] = [];
  const numbers = new Map<string, number>();
  const preconditionOf = selectors.map(({ identity, terms: own }, selector) => {
    const others = own.filter((term) => !isOfAgent(term));
    if (others.length === own.length) return NONE;
    const agentLoss = AGENT_LOSS[losses[identity] ?? 'deny'];
    const key = others.join();
    const number = numbers.get(key) ?? preconditions.length;
    const known = preconditions[number];
    if (known === undefined) {
      numbers.set(key, number);
      preconditions.push({ selector, agentLoss, terms: others });
    } else {
      known.agentLoss = Math.min(known.agentLoss, agentLoss);
    }
    return number;
  });
  return { preconditions, preconditionOf };
}
