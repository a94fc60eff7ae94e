// SPDX-License-Identifier: Apache-2.0
// What is said, and of which place, when a limit of the format is passed by one.

import { describe, expect, test } from '@jest/globals';
import { LIMITS } from '../../../src/bundle/generated.ts';
import { compileModel } from '../../../src/compiler/compile-model.ts';
import type { Condition } from '../../../src/conditions/types.ts';
import type { Model, ModelSelector } from '../../../src/compiler/resolve/types.ts';
import { identity, model, rangeIn, selector, service } from '../models.ts';

/** Findings as `code place: message [why] → fix`. */
function words(policy: Model): readonly string[] {
  return compileModel(policy).diagnostics.map(({ code, range, message, why, fix }) => {
    const reason = why === undefined ? '' : ` [${why}]`;
    return `${code} ${range.file}: ${message}${reason} → ${fix}`;
  });
}

function list<T>(count: number, item: (i: number) => T): readonly T[] {
  return Array.from({ length: count }, (_, i) => item(i));
}

function services(count: number, endpoints: readonly string[]): Model['services'] {
  return list(count, (i) => service(`s${String(i).padStart(5, '0')}`, endpoints));
}

function atPort(port: number): Condition {
  return { kind: 'number', field: 'destinationPort', low: port, high: port };
}

const uid = [selector({ 'process:uid': 7 })];

/** Conditions of one more port than a program may test, no two of them beside each other. */
const TOO_LONG: Condition = { kind: 'any', of: list(LIMITS.conditionLength + 1, (i) => atPort(i * 2)) };
const LONG_WORDS = `the condition has ${LIMITS.conditionLength + 1} steps; ${LIMITS.conditionLength} are allowed [the kernel runs it each time such a connection is opened] → split the rule: several rules of an identity are alternatives`;

const MANY = LIMITS.destinationServices + 1;
const crowded = (place: string, what = MANY): string =>
  `RTP1507 s${String(MANY - 1).padStart(5, '0')}: ${what} services are at ${place}; ${LIMITS.destinationServices} are allowed at one address → join services: one can have many labels`;

const bound: Pick<Model, 'sources' | 'bindings'> = {
  sources: [{ name: 'pat', provider: 'kubernetes', digest: '0'.repeat(64), source: rangeIn('pat') }],
  bindings: [
    {
      name: 'binding',
      identity: 0,
      credential: 0,
      services: undefined,
      sysfs: true,
      condition: undefined,
      uses: undefined,
      source: rangeIn('binding'),
    },
  ],
};
const long = 'x'.repeat(LIMITS.stringLength + 1);
const tooLongName = (place: string): string =>
  `RTP1509 ${place}: a name has ${LIMITS.stringLength + 1} bytes; ${LIMITS.stringLength} are allowed → shorten it`;

function facts(count: number): ModelSelector {
  const labels = list(count, (i) => ({ fact: 'label' as const, values: [`k8s:label:l${i}=x`] }));
  return { terms: labels, source: rangeIn('facts') };
}

/** Each service is in as many sets as make the limit for 256 of them, and one more. */
function inManySets(crowd: Model['services']): Model {
  const times = LIMITS.destinationSets / LIMITS.destinationServices + 1;
  const all = list(crowd.length, (i) => i);
  return model(
    list(times, (i) =>
      identity(`w${i}`, [selector({ 'process:uid': i })], {
        egress: [{ services: [...all, crowd.length + i] }],
      }),
    ),
    [...crowd, ...list(times, (i) => service(`v${String(i).padStart(5, '0')}`))],
  );
}
const manySets = (at: string, last = 's00255'): string =>
  `RTP1507 ${last}: ${at} are selected in 33024 different sets; ${LIMITS.destinationSets} are allowed at one address → join services: one can have many labels`;

const cases: readonly (readonly [limit: string, policy: Model, expected: readonly string[]])[] = [
  [
    'selectors under one value',
    model(list(LIMITS.candidates + 1, (i) => identity(`w${String(i).padStart(5, '0')}`, uid))),
    [
      `RTP1504 {"process:uid":7}: ${LIMITS.candidates + 1} selectors must be looked at when process:uid: 7; ${LIMITS.candidates} are allowed → add a rarer fact to these selectors, such as process:binary:path`,
    ],
  ],
  [
    'lists with one value',
    model(
      list(LIMITS.valueTerms + 1, (i) =>
        identity(`w${i}`, [selector({ 'process:uid': [7, 1000 + i], 'process:name': `n${i}` })]),
      ),
    ),
    [
      `RTP1510 {"process:uid":[7,1000],"process:name":"n0"}: process:uid: 7 stands in ${LIMITS.valueTerms + 1} different lists of values; ${LIMITS.valueTerms} are allowed → write the same list wherever the same is meant, or one value in each selector`,
    ],
  ],
  [
    'facts of a selector',
    model([identity('w', [facts(LIMITS.selectorTerms + 1)])]),
    [
      `RTP1505 facts: the selector names ${LIMITS.selectorTerms + 1} facts; ${LIMITS.selectorTerms} are allowed → name fewer facts`,
    ],
  ],
  [
    'command lines that begin one another',
    model(
      list(LIMITS.prefixHits + 2, (i) =>
        identity(`w${i}`, [selector({ 'process:cmdline': 'x'.repeat(i + 1) })]),
      ),
    ),
    [
      `RTP1502 {"process:cmdline":"${'x'.repeat(LIMITS.prefixHits + 1)}"}: ${LIMITS.prefixHits + 1} values of process:cmdline are prefixes of one another, from "x" on; ${LIMITS.prefixHits} are allowed → use fewer steps, or select by process:binary:path`,
    ],
  ],
  [
    'command lines that begin one another, beside others',
    model([
      ...list(LIMITS.prefixHits, (i) =>
        identity(`w${i}`, [selector({ 'process:cmdline': 'x'.repeat(i + 1) })]),
      ),
      identity('a', [selector({ 'process:cmdline': 'w' })]),
      identity('b', [selector({ 'process:cmdline': 'y' })]),
    ]),
    [],
  ],
  [
    'lengths of command lines',
    model(
      list(LIMITS.prefixLengths + 1, (i) => {
        const text = `${String(i).padStart(4, '0')}${'x'.repeat(i)}`;
        return identity(`w${String(i).padStart(4, '0')}`, [selector({ 'process:cmdline': text })]);
      }),
    ),
    [
      `RTP1503 {"process:cmdline":"0000"}: the values of process:cmdline have ${LIMITS.prefixLengths + 1} different lengths; ${LIMITS.prefixLengths} are allowed → cut the values to common lengths, or select by process:binary:path`,
    ],
  ],
  ['services at a host and port', model([], services(MANY, ['10.0.0.1 80'])), [crowded('10.0.0.1 port 80')]],
  ['services at a host', model([], services(MANY, ['fd00::1'])), [crowded('fd00::1')]],
  [
    'services in a prefix of IPv4',
    model([], services(MANY, ['10.0.0.0/8', '10.1.0.0/16'])),
    [crowded('10.0.0.0/8')],
  ],
  [
    'sets of the services at a host and port',
    inManySets(services(LIMITS.destinationServices, ['10.0.0.1 80'])),
    [manySets('the 256 services at 10.0.0.1 port 80')],
  ],
  [
    'sets of the services on the way to a prefix, but not in both its halves',
    inManySets([
      ...services(LIMITS.destinationServices - 56, ['10.0.0.0/8']),
      ...list(40, (i) => service(`t${i + 10}`, ['10.0.0.0/16 443'])),
      ...list(16, (i) => service(`u${i + 10}`, ['10.0.0.0/24 443'])),
    ]),
    [manySets('the 256 services at 10.0.0.0/24', 'u25')],
  ],
  ['services in a prefix of IPv6', model([], services(MANY, ['fd00::/8'])), [crowded('fd00::/8')]],
  [
    'services of a host name',
    model(
      [],
      list(MANY, (i) =>
        service(`s${String(i).padStart(5, '0')}`, [], {
          names: [{ name: 'a.example', ports: { low: 80, high: 90 }, source: rangeIn('name') }],
        }),
      ),
    ),
    [crowded('a.example port 80')],
  ],
  [
    'services on the way to a prefix, but not in both its halves',
    model(
      [],
      [
        ...services(LIMITS.destinationServices - 1, ['10.0.0.0/8']),
        service('t', ['10.0.0.0/16 443']),
        service('u', ['10.128.0.0/16 443']),
      ],
    ),
    [],
  ],
  [
    'sets of a service',
    model(
      list(LIMITS.serviceSets + 1, (i) =>
        identity(`w${i}`, [selector({ 'process:uid': i })], { egress: [{ services: [0, i + 1] }] }),
      ),
      services(LIMITS.serviceSets + 2, []),
    ),
    [
      `RTP1506 s00000: service "s00000" is selected in ${LIMITS.serviceSets + 1} different sets; ${LIMITS.serviceSets} are allowed → let egress rules select by the same labels, so that they choose the same services`,
    ],
  ],
  [
    'bytes of a trust domain',
    { ...model([]), project: { ...model([]).project, trustDomain: long } },
    [tooLongName('egress')],
  ],
  ['bytes of a workload ID', model([{ ...identity('w', uid), workloadId: long }]), [tooLongName('w')]],
  ['bytes of the name of a service', model([], [{ ...service('s'), name: long }]), [tooLongName('s')]],
  [
    'bytes of the names of a source and a binding',
    {
      ...model([identity('w', uid)]),
      sources: bound.sources.map((source) => ({ ...source, name: long })),
      bindings: bound.bindings.map((binding) => ({ ...binding, name: long })),
    },
    [tooLongName('pat'), tooLongName('binding')],
  ],
  [
    'steps of an egress rule, of the peers of an egress rule, and of an inbound rule',
    model(
      [
        identity('w', uid, {
          egress: [{ services: [0], condition: TOO_LONG }, { services: [0] }],
          inbound: [{ condition: TOO_LONG }],
        }),
      ],
      [service('a')],
    ),
    [`RTP1511 w#0: ${LONG_WORDS}`, `RTP1511 w<0: ${LONG_WORDS}`],
  ],
  [
    'steps of a binding',
    {
      ...model([identity('w', uid)]),
      ...bound,
      bindings: bound.bindings.map((binding) => ({ ...binding, condition: TOO_LONG })),
    },
    [`RTP1511 binding: ${LONG_WORDS}`],
  ],
  [
    'egress rules with conditions',
    model(
      [
        identity('w', uid, {
          egress: list(LIMITS.conditionalRules + 1, (i) => ({ services: [i], condition: atPort(1) })),
        }),
      ],
      services(LIMITS.conditionalRules + 1, []),
    ),
    [
      `RTP1512 w: ${LIMITS.conditionalRules + 1} egress rules of "w" have conditions; ${LIMITS.conditionalRules} are allowed → join rules whose conditions are the same, or join conditions with ||`,
    ],
  ],
  [
    'egress rules with conditions for the same services',
    model(
      [
        identity('w', uid, {
          egress: [
            { services: [1], condition: atPort(1) },
            ...list(LIMITS.bucket + 1, (i) => ({ services: [0], condition: atPort(i) })),
          ],
        }),
      ],
      services(2, []),
    ),
    [
      `RTP1512 w#${LIMITS.bucket}: ${LIMITS.bucket + 1} egress rules of "w" with conditions select the same services; ${LIMITS.bucket - 1} are allowed → join their conditions with ||`,
    ],
  ],
  [
    'inbound rules',
    model([identity('w', uid, { inbound: list(LIMITS.inboundRules, (i) => ({ condition: atPort(i) })) })]),
    [
      `RTP1513 w: "w" has ${LIMITS.inboundRules} inbound rules; ${LIMITS.inboundRules - 1} are allowed → join rules: one can name many peers`,
    ],
  ],
];

describe('past the limit, what is said of', () => {
  test.each(cases)('%s', (_, policy, expected) => {
    expect(words(policy)).toEqual(expected);
  });
});
