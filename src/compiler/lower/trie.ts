// SPDX-License-Identifier: Apache-2.0
// Prefixes to a path-compressed trie: a node for each prefix and for each point where two of them part.

import { maskAddress } from '../../bundle/address.ts';
import { NONE } from '../../bundle/generated.ts';
import type { TableNode, TablePorts } from './types.ts';

export interface TriePrefix {
  readonly address: Uint8Array;
  readonly length: number;
  readonly ports: readonly TablePorts[];
}

interface Node {
  readonly address: Uint8Array;
  readonly prefixLength: number;
  left: number;
  right: number;
  readonly ports: readonly TablePorts[];
}

/**
 * The nodes in depth-first order, left before right, so that children follow their parents. Node 0 is the root of length 0; no
 * prefixes give no nodes. `prefixes` are distinct and in ascending order of address, then of length.
 */
export function buildTrie(prefixes: readonly TriePrefix[]): readonly TableNode[] {
  const nodes: Node[] = [];

  /** Adds the subtree of prefixes[from..to) that all begin with the same `length` bits; gives its index. */
  function grow(from: number, to: number, length: number): number {
    const first = prefixes[from];
    const last = prefixes[to - 1];
    if (first === undefined || last === undefined || from >= to) return NONE;
    const index = nodes.length;
    // The shortest of those that share all bits comes first.
    const own = first.length === length ? first : undefined;
    const node: Node = {
      address: own?.address ?? maskAddress(first.address, length),
      prefixLength: length,
      left: NONE,
      right: NONE,
      ports: own?.ports ?? [],
    };
    nodes.push(node);
    const rest = own === undefined ? from : from + 1;
    const middle = firstWithBit(prefixes, rest, to, length);
    node.left = grow(rest, middle, sharedLength(prefixes, rest, middle));
    node.right = grow(middle, to, sharedLength(prefixes, middle, to));
    return index;
  }

  if (prefixes.length > 0) grow(0, prefixes.length, 0);
  return nodes;
}

/** Bits that all of prefixes[from..to) share, none longer than the shortest of them. */
function sharedLength(prefixes: readonly TriePrefix[], from: number, to: number): number {
  const first = prefixes[from];
  const last = prefixes[to - 1];
  if (first === undefined || last === undefined) return 0;
  // In ascending order the first and the last differ the most. The first is the shortest if it is a prefix of them all.
  return Math.min(first.length, last.length, commonBits(first.address, last.address));
}

function commonBits(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] ?? 0) ^ (b[i] ?? 0);
    if (difference !== 0) return i * 8 + Math.clz32(difference) - 24;
  }
  return a.length * 8;
}

/** The first of prefixes[from..to) whose bit at `position` is set. */
function firstWithBit(prefixes: readonly TriePrefix[], from: number, to: number, position: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const byte = prefixes[middle]?.address[position >>> 3] ?? 0;
    if ((byte & (0x80 >>> (position & 7))) === 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
