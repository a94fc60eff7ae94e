// SPDX-License-Identifier: Apache-2.0
// Prefixes to the nodes of a trie, and port ranges to disjoint ones.

import type { Protocol } from '../../src/bundle/core.ts';
import { LISTING_FLAGS, NONE } from '../../src/bundle/generated.ts';

interface Prefix {
  readonly address: Uint8Array;
  readonly prefixLength: number;
}

export interface TrieNode<T> extends Prefix {
  left: number;
  right: number;
  readonly items: T[];
}

/** The nodes in their order, each with the items of its prefix. No items, no nodes. */
export function buildTrie<T extends Prefix>(items: readonly T[]): TrieNode<T>[] {
  const [first] = items;
  if (first === undefined) return [];
  const nodes = new Map<string, TrieNode<T>>();
  const nodeOf = (bits: string): TrieNode<T> => {
    const known = nodes.get(bits);
    if (known !== undefined) return known;
    const address = fromBits(bits, first.address.length);
    const node: TrieNode<T> = { address, prefixLength: bits.length, left: NONE, right: NONE, items: [] };
    nodes.set(bits, node);
    return node;
  };
  nodeOf('');
  for (const item of items) nodeOf(toBits(item.address).slice(0, item.prefixLength)).items.push(item);
  // Of two that are neighbours in order, the longest common prefix is where their ways part.
  const keys = [...nodes.keys()].sort();
  keys.forEach((key, i) => nodeOf(commonPrefix(key, keys[i + 1] ?? '')));
  // A prefix comes before what starts with it, so strings of bits are in the order of the trie.
  const sorted = [...nodes].sort(([a], [b]) => (a < b ? -1 : 1));
  const way: { bits: string; node: TrieNode<T> }[] = [];
  sorted.forEach(([bits, node], index) => {
    while (way.length > 0 && !bits.startsWith(way.at(-1)?.bits ?? '')) way.pop();
    const parent = way.at(-1);
    if (parent !== undefined) {
      if (bits[parent.bits.length] === '0') parent.node.left = index;
      else parent.node.right = index;
    }
    way.push({ bits, node });
  });
  return sorted.map(([, node]) => node);
}

/** A service somewhere; absent: by both protocols. */
export interface Listed {
  readonly service: number;
  readonly protocol?: Protocol | undefined;
}

/** Services as destination-services lists them: each once, with flags for the protocols by which it is not there. */
export function listServices(items: readonly Listed[]): number[] {
  const numbers = [...new Set(items.map(({ service }) => service))].sort((a, b) => a - b);
  return numbers.map((number) => {
    const by = items.filter(({ service }) => service === number).map(({ protocol }) => protocol);
    const isBy = (protocol: Protocol): boolean => by.includes(protocol) || by.includes(undefined);
    return number + (isBy('tcp') ? 0 : LISTING_FLAGS.notTcp) + (isBy('udp') ? 0 : LISTING_FLAGS.notUdp);
  });
}

/** Disjoint ranges, ascending, with the services that are at each. */
export function splitPorts(
  items: readonly (Listed & { low: number; high: number })[],
): { low: number; high: number; services: number[] }[] {
  const starts = [...new Set(items.flatMap(({ low, high }) => [low, high + 1]))].sort((a, b) => a - b);
  return starts.flatMap((low, i) => {
    const high = (starts[i + 1] ?? 0) - 1;
    const here = items.filter((item) => item.low <= low && low <= item.high);
    return here.length === 0 ? [] : [{ low, high, services: listServices(here) }];
  });
}

function toBits(address: Uint8Array): string {
  return Array.from(address, (byte) => byte.toString(2).padStart(8, '0')).join('');
}

function fromBits(bits: string, bytes: number): Uint8Array {
  const full = bits.padEnd(bytes * 8, '0');
  return Uint8Array.from({ length: bytes }, (_, i) => Number.parseInt(full.slice(i * 8, i * 8 + 8), 2));
}

function commonPrefix(a: string, b: string): string {
  let i = 0;
  while (i < a.length && a[i] === b[i]) i++;
  return a.slice(0, i);
}
