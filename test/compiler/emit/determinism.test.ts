// SPDX-License-Identifier: Apache-2.0

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { emitBundle } from '../../../src/compiler/emit/emit.ts';
import { lowerModel } from '../../../src/compiler/lower/lower.ts';
import type { ShapedDocument } from '../../../src/compiler/shape/types.ts';
import { randomCase } from '../../oracle/generate.ts';
import { type Random, randomFrom } from '../../oracle/random.ts';
import { resolved } from '../models.ts';

function bundleOf(documents: readonly ShapedDocument[]): Uint8Array {
  const { value } = lowerModel(resolved(documents));
  const bundle = value === undefined ? undefined : emitBundle(value.tables);
  if (!(bundle instanceof Uint8Array)) throw new Error('not emitted');
  return bundle;
}

test('the order of documents, keys, selectors, values and addresses does not change a byte', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer(), (policy, order) => {
      const { documents } = randomCase(policy);
      const random = randomFrom(order);
      const shuffled = random.shuffle(documents).map((document) => shuffleDocument(random, document));
      expect(Buffer.compare(bundleOf(shuffled), bundleOf(documents))).toBe(0);
    }),
    { numRuns: 300 },
  );
});

/** The same document, written in another order. Egress rules stay: their order is part of the policy. */
function shuffleDocument(random: Random, document: ShapedDocument): ShapedDocument {
  switch (document.kind) {
    case 'WorkloadIdentity': {
      const { selectors, egress } = document.spec;
      return {
        ...document,
        spec: {
          ...document.spec,
          selectors: random.shuffle(selectors).map((selector) => shuffleMap(random, selector)),
          egress: egress.map((rule) => ({
            ...rule,
            selectors: random.shuffle(rule.selectors).map((selector) => shuffleMap(random, selector)),
          })),
        },
      };
    }
    case 'Service': {
      const { labels, addresses } = document.spec;
      const entries = random.shuffle(Object.entries(labels));
      return {
        ...document,
        spec: {
          ...document.spec,
          labels: Object.fromEntries(entries),
          addresses: random
            .shuffle(addresses)
            .map((one) => ({ ...one, networkPrefixes: random.shuffle(one.networkPrefixes) })),
        },
      };
    }
    case 'Project':
    case 'Guardrail':
    case 'CredentialSource':
    case 'CredentialBinding':
    case 'DaemonGroup':
    case 'PolicyTest':
      return document;
  }
}

function shuffleMap<T extends Readonly<Record<string, readonly unknown[]>>>(random: Random, map: T): T {
  const entries = Object.entries(map).map(([key, values]) => [key, random.shuffle(values)] as const);
  return Object.fromEntries(random.shuffle(entries)) as T;
}
