// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatPrefix, maskAddress } from '../../../src/bundle/address.ts';
import { NONE } from '../../../src/bundle/generated.ts';
import { buildTrie, type TriePrefix } from '../../../src/compiler/lower/trie.ts';
import type { TableNode } from '../../../src/compiler/lower/types.ts';
import { endpoint } from '../models.ts';

const ports = [{ low: 80, high: 80, services: [0] }];

function trieOf(prefixes: readonly string[]): readonly TableNode[] {
  const list = prefixes.map((text): TriePrefix => {
    const { address, prefixLength } = endpoint(text);
    return { address, length: prefixLength, ports };
  });
  return buildTrie(list.sort((a, b) => Buffer.compare(a.address, b.address) || a.length - b.length));
}

function inWords(nodes: readonly TableNode[]): readonly string[] {
  const name = (node: number) => (node === NONE ? '-' : String(node));
  return nodes.map((node) => {
    const family = node.address.length === 4 ? 4 : 6;
    const text = formatPrefix({ family, address: node.address, prefixLength: node.prefixLength });
    return `${text} ${name(node.left)} ${name(node.right)}${node.ports.length > 0 ? ' *' : ''}`;
  });
}

describe('a trie', () => {
  test('of no prefixes has no nodes', () => {
    expect(buildTrie([])).toEqual([]);
  });

  test('has a root, the prefixes, and a node where two of them part', () => {
    expect(
      inWords(trieOf(['10.0.0.0/8', '10.1.0.0/16', '10.1.4.0/24', '10.1.5.0/24', '192.168.0.1/32'])),
    ).toEqual([
      '0.0.0.0/0 1 6',
      '10.0.0.0/8 2 - *',
      '10.1.0.0/16 3 - *',
      '10.1.4.0/23 4 5',
      '10.1.4.0/24 - - *',
      '10.1.5.0/24 - - *',
      '192.168.0.1 - - *',
    ]);
  });

  test('takes 0.0.0.0/0 as its root', () => {
    expect(inWords(trieOf(['0.0.0.0/0']))).toEqual(['0.0.0.0/0 - - *']);
    expect(inWords(trieOf(['::/0', '8000::/1']))).toEqual(['::/0 - 1 *', '8000::/1 - - *']);
  });

  test('leads from the root through every prefix that contains an address, and no other', () => {
    const address = fc
      .uint8Array({ minLength: 4, maxLength: 4 })
      .map((bytes) => bytes.map((byte) => byte & 0x83));
    const prefix = fc.tuple(address, fc.integer({ min: 0, max: 32 }));
    fc.assert(
      fc.property(fc.array(prefix, { maxLength: 40 }), address, (list, wanted) => {
        const texts = new Set(
          list.map(([bytes, prefixLength]) =>
            formatPrefix({ family: 4, address: maskAddress(bytes, prefixLength), prefixLength }),
          ),
        );
        const nodes = trieOf([...texts]);
        const containing = [...texts].filter((text) => contains(endpoint(text), wanted));
        expect(walk(nodes, wanted)).toEqual(
          containing.sort((a, b) => endpoint(a).prefixLength - endpoint(b).prefixLength),
        );
        for (const [index, node] of nodes.entries()) {
          if (node.left !== NONE) expect(node.left).toBe(index + 1);
          if (node.right !== NONE) expect(node.right).toBeGreaterThan(index);
        }
      }),
    );
  });
});

function contains(
  { address, prefixLength }: { address: Uint8Array; prefixLength: number },
  wanted: Uint8Array,
): boolean {
  return Buffer.compare(maskAddress(wanted, prefixLength), address) === 0;
}

/** Prefixes with ports on the way to an address. */
function walk(nodes: readonly TableNode[], address: Uint8Array): readonly string[] {
  const found: string[] = [];
  let node = nodes[0];
  while (node !== undefined && contains(node, address)) {
    if (node.ports.length > 0) found.push(formatPrefix({ family: 4, ...node }));
    const byte = address[node.prefixLength >>> 3] ?? 0;
    const bit = byte & (0x80 >>> (node.prefixLength & 7));
    node = node.prefixLength === 32 ? undefined : nodes[bit === 0 ? node.left : node.right];
  }
  return found;
}
