// SPDX-License-Identifier: Apache-2.0
// Whether identities can be on one node at all: those that cannot are no rivals.

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

/** Whether all that a pattern stands for is among the nodes. Of two patterns that meet, one is among the other. */
function isAmong(nodes: readonly string[]): (pattern: string) => boolean {
  const known = new Set(nodes);
  const beginnings = nodes.filter((node) => node.endsWith('*')).map((node) => node.slice(0, -1));
  return (pattern) => known.has(pattern) || beginnings.some((beginning) => pattern.startsWith(beginning));
}
