// SPDX-License-Identifier: Apache-2.0
// Whether identities can be on one node at all: those that cannot are no rivals.

import { prefixTest } from '../../conditions/affixes.ts';
import type { ModelIdentity } from '../resolve/types.ts';

/** The nodes that an identity is for; undefined: every node. */
export type Nodes = ModelIdentity['nodes'];

/** Whether there can be a node that is among both. */
export function nodesMeet(a: Nodes, b: Nodes): boolean {
  if (a === undefined || b === undefined || a === b) return true;
  return a.some(isAmong(b)) || b.some(isAmong(a));
}

/** Whether all nodes of `narrow` are among those of `wide`. */
export function coversNodes(wide: Nodes, narrow: Nodes): boolean {
  if (wide === undefined || wide === narrow) return true;
  return narrow !== undefined && narrow.every(isAmong(wide));
}

type IsAmong = (pattern: string) => boolean;

/** Identities of one group have one list of nodes, which is looked at once. */
const tests = new WeakMap<readonly string[], IsAmong>();

/** Whether all that a pattern stands for is among the nodes. Of two patterns that meet, one is among the other. */
function isAmong(nodes: readonly string[]): IsAmong {
  const before = tests.get(nodes);
  if (before !== undefined) return before;
  const known = new Set(nodes);
  const hasPrefix = prefixTest(nodes.filter((node) => node.endsWith('*')).map((node) => node.slice(0, -1)));
  const test: IsAmong = (pattern) => known.has(pattern) || hasPrefix(pattern, true);
  tests.set(nodes, test);
  return test;
}
