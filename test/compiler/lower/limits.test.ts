// SPDX-License-Identifier: Apache-2.0
// Each limit of the format at its edge and one past it. That the edge is accepted by the core shows that both count alike.

import { describe, expect, test } from '@jest/globals';
import { LIMITS } from '../../../src/bundle/generated.ts';
import { compileModel } from '../../../src/compiler/compile-model.ts';
import type { Condition } from '../../../src/conditions/types.ts';
import type { Model, ModelSelector } from '../../../src/compiler/resolve/types.ts';
import { identity, model, rangeIn, selector, service } from '../models.ts';

function numbers(count: number, from = 0): readonly number[] {
  return Array.from({ length: count }, (_, i) => from + i);
}

const uid = [selector({ 'process:uid': 7 })];

function labelled(label: string): ModelSelector {
  return { terms: [{ fact: 'label', values: [label] }], source: rangeIn(label) };
}

function atPort(port: number): Condition {
  return { kind: 'number', field: 'destinationPort', low: port, high: port };
}

const cases: readonly { limit: string; code: string; edge: number; policy: (count: number) => Model }[] = [
  {
    limit: 'selectors that one value brings into question',
    code: 'RTP1504',
    edge: LIMITS.candidates,
    policy: (count) => model(numbers(count).map((i) => identity(`w${i}`, [selector({ 'process:uid': 7 })]))),
  },
  {
    limit: 'variables of the environment, in selectors and workload IDs',
    code: 'RTP1515',
    edge: LIMITS.envNames,
    policy: (count) =>
      model([
        identity('w/[process:env:OWN]', [selector({ 'process:uid': 1 })], { template: true }),
        ...numbers(count - 1).map((i) => identity(`w${i}`, [labelled(`process:env:V${i}=x`)])),
      ]),
  },
  {
    limit: 'bytes of the name of a variable',
    code: 'RTP1515',
    edge: LIMITS.envNameLength,
    policy: (count) => model([identity('w', [labelled(`process:env:${'x'.repeat(count)}=x`)])]),
  },
  {
    limit: 'supplementary groups',
    code: 'RTP1515',
    edge: LIMITS.namedGroups,
    policy: (count) =>
      model(numbers(count).map((i) => identity(`w${i}`, [labelled(`process:gid:additional=${i}`)]))),
  },
  {
    limit: 'lists that name one value',
    code: 'RTP1510',
    edge: LIMITS.valueTerms,
    policy: (count) =>
      model(
        numbers(count).map((i) =>
          identity(`w${i}`, [selector({ 'process:uid': [7, 1000 + i], 'process:name': `n${i}` })]),
        ),
      ),
  },
  {
    limit: 'command lines that begin one another',
    code: 'RTP1502',
    edge: LIMITS.prefixHits,
    policy: (count) =>
      model(
        numbers(count).map((i) => identity(`w${i}`, [selector({ 'process:cmdline': 'x'.repeat(i + 1) })])),
      ),
  },
  {
    limit: 'lengths of command lines',
    code: 'RTP1503',
    edge: LIMITS.prefixLengths,
    policy: (count) =>
      model(
        numbers(count).map((i) => {
          const text = `${String(i).padStart(4, '0')}${'x'.repeat(i)}`;
          return identity(`w${i}`, [selector({ 'process:cmdline': text })]);
        }),
      ),
  },
  {
    limit: 'services at one host and port',
    code: 'RTP1507',
    edge: LIMITS.destinationServices,
    policy: (count) => model([], byName(count, ['10.0.0.1 80'])),
  },
  {
    limit: 'services in one prefix',
    code: 'RTP1507',
    edge: LIMITS.destinationServices,
    policy: (count) => model([], byName(count, ['10.0.0.0/8'])),
  },
  {
    limit: 'services on the way to a prefix',
    code: 'RTP1507',
    edge: LIMITS.destinationServices,
    policy: (count) =>
      model([], [...byName(count - 1, ['10.0.0.0/8 80-90']), service('t', ['10.1.0.0/16 443'])]),
  },
  {
    limit: 'sets of one service',
    code: 'RTP1506',
    edge: LIMITS.serviceSets,
    policy: (count) => {
      const identities = numbers(count).map((i) =>
        identity(`w${i}`, [selector({ 'process:uid': i })], { egress: [{ services: [0, i + 1] }] }),
      );
      return model(identities, byName(count + 1, []));
    },
  },
  {
    limit: 'bytes of a name',
    code: 'RTP1509',
    edge: LIMITS.stringLength,
    policy: (count) => model([identity('w'.repeat(count), [selector({ 'process:uid': 1 })])]),
  },
  {
    limit: 'steps of a condition',
    code: 'RTP1511',
    edge: LIMITS.conditionLength,
    policy: (count) => {
      const of = numbers(count).map((i): Condition => atPort(i * 2));
      return model(
        [identity('w', uid, { egress: [{ services: [0], condition: { kind: 'any', of } }] })],
        [service('a')],
      );
    },
  },
  {
    limit: 'egress rules with a condition',
    code: 'RTP1512',
    edge: LIMITS.conditionalRules,
    policy: (count) =>
      model(
        [
          identity('w', uid, {
            egress: numbers(count).map((i) => ({ services: [i], condition: atPort(1) })),
          }),
        ],
        numbers(count).map((i) => service(String(1000 + i))),
      ),
  },
  {
    limit: 'egress rules with a condition for the same services',
    code: 'RTP1512',
    edge: LIMITS.bucket - 1,
    policy: (count) =>
      model(
        [
          identity('w', uid, {
            egress: [
              ...numbers(count).map((i) => ({ services: [0], condition: atPort(i) })),
              { services: [0] },
            ],
          }),
        ],
        [service('a')],
      ),
  },
  {
    limit: 'inbound rules',
    code: 'RTP1513',
    edge: LIMITS.inboundRules - 1,
    policy: (count) =>
      model([identity('w', uid, { inbound: numbers(count).map((i) => ({ condition: atPort(i) })) })]),
  },
];

function byName(count: number, endpoints: readonly string[]): Model['services'] {
  return numbers(count).map((i) => service(`s${String(i).padStart(5, '0')}`, endpoints));
}

describe('the limit of', () => {
  for (const { limit, code, edge, policy } of cases) {
    test(`${limit} is ${edge}: one more is ${code}`, () => {
      expect(compileModel(policy(edge)).diagnostics).toEqual([]);
      const { value, diagnostics } = compileModel(policy(edge + 1));
      expect(value).toBeUndefined();
      expect(new Set(diagnostics.map((finding) => finding.code))).toEqual(new Set([code]));
    });
  }
});
