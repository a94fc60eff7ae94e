// SPDX-License-Identifier: Apache-2.0
// Every limit at its edge and one past it.

import { describe, expect, test } from '@jest/globals';
import { checkBundle, openBundle } from '../../src/bundle/core.ts';
import { LIMITS, NONE } from '../../src/bundle/generated.ts';
import { cpuTime } from '../cpu-time.ts';
import { buildParts } from './build.ts';
import { u16, u32 } from './build-tables.ts';
import { NO_ANSWER } from './decide.ts';
import { askNative, hasCompiler } from './native.ts';
import {
  CASES,
  cmdline,
  conditional,
  counted,
  EMPTY,
  HERE,
  identity,
  long,
  names,
  ruled,
  uid,
  who,
} from './limits.ts';
import { encodeParts } from './parts.ts';
import type { Identity, Policy, Program, Term } from './policy.ts';
import { endpoint, remote, SAMPLE } from './samples.ts';

/** User 33 may connect to one service, by its name. */
const NAMED: Policy = {
  trustDomain: 'example.org',
  egress: 'allow',
  ingress: 'allow',
  identities: [
    {
      workloadId: 'web',
      selectors: [[{ fact: 'process:uid', values: [33] }]],
      fallback: 'deny',
      rules: [{ action: 'allow', services: [0] }],
    },
  ],
  services: [{ name: 'db', endpoints: [], names: [{ name: 'db.example.org', low: 0, high: 65535 }] }],
};

describe('limits', () => {
  test.each(CASES)('%s: %i are accepted, one more is refused', (_, limit, make, reason) => {
    expect(checkBundle(encodeParts(make(limit)))).toBeUndefined();
    expect(checkBundle(encodeParts(make(limit + 1)))).toMatchObject({ kind: 'malformed', reason });
  });

  test('a bundle larger than may be is refused for that', () => {
    const bytes = new Uint8Array(LIMITS.bundleSize + 1);
    bytes.set(encodeParts(buildParts(EMPTY)));
    expect(checkBundle(bytes)?.reason).toBe('the file is larger than a bundle may be');
    expect(checkBundle(bytes.subarray(0, -1))?.reason).toBe('the file is not as long as its header says');
  });

  test('a bundle of references to one long string is refused at once', () => {
    const parts = CASES.find(([name]) => name === 'referencedBytes')?.[2](LIMITS.referencedBytes);
    if (parts === undefined) throw new Error('there is no such case');
    const { sections } = parts;
    const [text] = sections.texts;
    const room = (LIMITS.bundleSize - encodeParts(parts).length) / 8;
    if (text !== undefined) sections.texts = counted(sections.texts.length + Math.floor(room), () => text);
    for (const svid of sections.svids) svid.dnsNamesCount = sections.texts.length;
    const bytes = encodeParts(parts);
    const start = cpuTime();
    expect(checkBundle(bytes)?.reason).toBe('strings are referred to too often');
    // Without the limit it is half a minute.
    expect(cpuTime() - start).toBeLessThan(5000);
  });

  test('services of neighbours in a trie are not added up', () => {
    const services = names(512).map((name, i) => ({
      name,
      endpoints: [endpoint(i < 256 ? '10.0.0.0/8' : '11.0.0.0/8', 1, 9)],
    }));
    expect(checkBundle(encodeParts(buildParts({ ...EMPTY, services })))).toBeUndefined();
  });

  test('a text at its limit is a value, and one byte more is not', () => {
    const at = (fact: 'process:name' | 'process:binary:path', length: number): Term => ({
      fact,
      values: ['x'.repeat(length)],
    });
    const bundle = openBundle(
      encodeParts(who([[at('process:name', 15)], [at('process:binary:path', 4095)]])),
    );
    expect(bundle.decideAccept({ 'process:name': 'x'.repeat(15) }, HERE).identity).toBe(0);
    expect(bundle.decideAccept({ 'process:name': 'x'.repeat(16) }, HERE).identity).toBe(NONE);
    expect(bundle.decideAccept({ 'process:binary:path': 'x'.repeat(4095) }, HERE).identity).toBe(0);
    for (const length of [4096, 4097, 70000])
      expect(bundle.decideAccept({ 'process:binary:path': 'x'.repeat(length) }, HERE).identity).toBe(NONE);
  });

  test('of a command line the first bytes count', () => {
    const bundle = openBundle(encodeParts(who([[cmdline('x'.repeat(1024))]])));
    expect(bundle.decideAccept({ 'process:cmdline': 'x'.repeat(1023) }, HERE).identity).toBe(NONE);
    expect(bundle.decideAccept({ 'process:cmdline': 'x'.repeat(100_000) }, HERE).identity).toBe(0);
  });

  (hasCompiler() ? test : test.skip)('the native core draws the same lines', () => {
    const bundles = CASES.flatMap(([, limit, make]) => [make(limit), make(limit + 1)]);
    const answers = askNative(bundles.map((parts) => ({ bundle: encodeParts(parts) })));
    expect(answers.map((answer) => 'refusal' in answer)).toEqual(CASES.flatMap(() => [false, true]));
  });

  test('a label at its limit is a value, and of 129 labels nothing is said', () => {
    const bundle = openBundle(encodeParts(who([[{ fact: 'label', values: ['x'.repeat(1024)] }]])));
    const askedWith = (...labels: string[]) => bundle.decideAccept({ labels }, HERE);
    expect(askedWith('x'.repeat(1024)).identity).toBe(0);
    for (const length of [1023, 1025, 1026, 5000]) expect(askedWith('x'.repeat(length)).identity).toBe(NONE);
    expect(askedWith(...counted(LIMITS.labels - 1, String), 'x'.repeat(1024)).identity).toBe(0);
    expect(askedWith(...counted(LIMITS.labels, () => 'x'.repeat(1024))).identity).toBe(0);
    expect(askedWith(...counted(LIMITS.labels, String), 'x'.repeat(1024))).toEqual(NO_ANSWER);
  });

  test('a host name at its limit is found, and one byte more is unknown', () => {
    const service = { name: 's', endpoints: [], names: [{ name: 'x'.repeat(253), low: 443, high: 443 }] };
    const own: Identity = { ...identity([[uid(1)]]), rules: [{ action: 'allow', services: [0] }] };
    const unnamed: Program = [
      { field: 'destinationName', test: 'equal', text: '', whenTrue: 'holds', whenFalse: 'fails' },
    ];
    const hidden: Identity = {
      ...identity([[uid(2)]], 'x'),
      rules: [{ action: 'audit', services: [1], condition: unnamed }],
    };
    const here = { name: 't', endpoints: [endpoint('192.0.2.1')] };
    const bundle = openBundle(
      encodeParts(buildParts({ ...EMPTY, identities: [own, hidden], services: [service, here] })),
    );
    const asked = (user: number, length: number) =>
      bundle.decideConnect({ 'process:uid': user }, { ...HERE, name: 'x'.repeat(length) });
    expect(asked(1, 253).service).toBe(0);
    for (const length of [252, 254, 5000]) expect(asked(1, length).service).toBe(NONE);
    expect(asked(2, 253).service).toBe(NONE);
    for (const length of [0, 254, 5000]) expect(asked(2, length).service).toBe(1);
  });

  test('a SPIFFE ID at its limit is known, and one byte more is not', () => {
    const peer = (length: number): string => 'spiffe://a/'.padEnd(length, 'x');
    const known: Program = [
      { field: 'peerDomain', test: 'equal', text: 'a', whenTrue: 'holds', whenFalse: 'fails' },
    ];
    const bundle = openBundle(encodeParts(ruled([], [known])));
    const asked = (length: number) =>
      bundle.decideAccept({ 'process:uid': 1 }, { ...HERE, peer: peer(length) }).action;
    expect([asked(10), asked(11), asked(2048), asked(2049), asked(9000)]).toEqual([
      'allow',
      'allow',
      'allow',
      'deny',
      'deny',
    ]);
  });

  test('a condition sees no more of a command line than its limit', () => {
    const ends: Program = [
      { field: 'processCmdline', test: 'ends', text: 'y', whenTrue: 'holds', whenFalse: 'fails' },
    ];
    const bundle = openBundle(encodeParts(ruled([], [ends])));
    const asked = (line: string) =>
      bundle.decideAccept({ 'process:uid': 1, 'process:cmdline': line }, HERE).action;
    expect(asked(`${'x'.repeat(1023)}y`)).toBe('allow');
    expect(asked(`${'x'.repeat(1023)}yx`)).toBe('allow');
    expect(asked(`${'x'.repeat(1024)}y`)).toBe('deny');
  });

  test('as many conditions as there may be are all looked at, once for many services', () => {
    const bundle = openBundle(encodeParts(ruled(conditional(128), [long(256)])));
    const at = (time: number) => bundle.decideConnect({ 'process:uid': 1 }, { ...HERE, time });
    expect(at(0)).toMatchObject({ action: 'allow', rule: 3 + 128, service: 0 });
    expect(at(128)).toMatchObject({ action: 'audit', rule: 3 + 127, service: 7 });
    expect(bundle.decideAccept({ 'process:uid': 1 }, HERE).action).toBe('allow');
  });

  test('as many names as a destination may have are all tried, and one more is not answered', () => {
    const bundle = openBundle(encodeParts(buildParts(NAMED)));
    const asked = (count: number) =>
      bundle.decideConnect(
        { 'process:uid': 33 },
        { ...HERE, names: [...counted(count - 1, (i) => `n${i}.example`), 'db.example.org'] },
      );
    expect(asked(LIMITS.names)).toMatchObject({ action: 'allow', service: 0 });
    expect(asked(LIMITS.names + 1)).toEqual(NO_ANSWER);
  });

  test('a condition that holds for one name of a destination proves nothing for another one', () => {
    const isA: Program = [
      { field: 'destinationName', test: 'equal', text: 'a.example', whenTrue: 'holds', whenFalse: 'fails' },
    ];
    const policy: Policy = {
      ...NAMED,
      identities: NAMED.identities.map((identity) => ({
        ...identity,
        rules: [{ action: 'allow', services: [0, 1], condition: isA }],
      })),
      services: [
        { name: 'a', endpoints: [], names: [{ name: 'b.example', low: 0, high: 65535 }] },
        { name: 'b', endpoints: [], names: [{ name: 'a.example', low: 0, high: 65535 }] },
      ],
    };
    const bundle = openBundle(encodeParts(buildParts(policy)));
    const asked = (...names: readonly string[]) =>
      bundle.decideConnect({ 'process:uid': 33 }, { ...HERE, names });
    expect(asked('b.example', 'a.example')).toMatchObject({ action: 'allow', service: 1 });
    expect(asked('a.example', 'b.example')).toMatchObject({ action: 'allow', service: 1 });
    expect(asked('b.example')).toMatchObject({ action: 'deny', service: NONE });
  });

  (hasCompiler() ? test : test.skip)('questions that make no sense are denied without a rule', () => {
    const tail = [...counted(16, () => 0), ...counted(8, () => 0), 0, 0, 0];
    const accept = (...facts: readonly (readonly number[])[]): Uint8Array =>
      Uint8Array.from([1, facts.length, ...facts.flat(), 0, ...tail]);
    const fact = (number: number): readonly number[] => [...u16(number), ...u16(0), ...u32(0)];
    const labels = (n: number): Uint8Array =>
      Uint8Array.from([1, 0, n, ...counted(Math.min(n, LIMITS.labels) * 2, () => 0), ...tail]);
    const raw = Buffer.concat([
      accept(fact(3)),
      labels(LIMITS.labels),
      accept(fact(0)),
      accept(fact(65535)),
      accept(fact(3), fact(3)),
      ...[6, 7, 8, 9, 10, 11, 12].map((number) => accept(fact(number))),
      // The one too many is not sent.
      labels(LIMITS.labels + 1),
      Uint8Array.from([1, LIMITS.facts + 1, ...counted(LIMITS.facts, () => fact(3)).flat(), 0, ...tail]),
    ]);
    const [answer] = askNative([{ bundle: encodeParts(buildParts(SAMPLE)), raw }]);
    const posture = { ...NO_ANSWER, action: 'allow', rule: 1 };
    expect(answer).toEqual({ verdicts: [posture, posture, ...counted(12, () => NO_ANSWER)] });
  });

  test('a prefix and a port that many identities share are still found', () => {
    const identities = names(300).map(
      (name, i): Identity => ({
        ...identity([[uid(i)]], name),
        rules: [{ action: 'allow', services: [0] }],
      }),
    );
    const services = [{ name: 's', endpoints: [endpoint('10.0.0.0/8', 443, 444)] }];
    const bundle = openBundle(encodeParts(buildParts({ ...EMPTY, identities, services })));
    for (const i of [0, 150, 299])
      expect(bundle.decideConnect({ 'process:uid': i }, { remote: remote('10.9.9.9', 444) })).toMatchObject({
        action: 'allow',
        rule: 2 + i * 2 + 1,
        identity: i,
        service: 0,
      });
  });
});
