// SPDX-License-Identifier: Apache-2.0
// Rules, peers and credentials without effect, and selectors by different facts.

import { describe, expect, test } from '@jest/globals';
import { analyseModel } from '../../../src/compiler/analyse/analyse.ts';
import { lowerModel } from '../../../src/compiler/lower/lower.ts';
import type { Condition } from '../../../src/conditions/types.ts';
import type { Model, ModelBinding } from '../../../src/compiler/resolve/types.ts';
import { identity, model, rangeIn, selector, service } from '../models.ts';

function findings(policy: Model): readonly string[] {
  return analyseModel(policy).map(({ code, range }) => `${code} ${range.file}`);
}

const web = [selector({ 'process:uid': 1 })];
const peerIs = (text: string): Condition => ({ kind: 'text', field: 'peerId', test: 'equal', text });
const peerBegins = (text: string): Condition => ({ kind: 'text', field: 'peerId', test: 'starts', text });
const morning: Condition = { kind: 'number', field: 'dayMinute', low: 0, high: 719 };

describe('a rule is shadowed', () => {
  const services = [service('a'), service('b'), service('c')];
  const used = identity('other', [selector({ 'process:uid': 2 })], { egress: [{ services: [0, 1, 2] }] });
  const of = (egress: Parameters<typeof identity>[2]): readonly string[] =>
    findings(model([identity('web', web, egress), used], services));

  test('by one that grants more', () => {
    expect(of({ egress: [{ services: [0, 1] }, { services: [1] }] })).toEqual(['RTP1402 web#1']);
  });

  test('by several that grant all of it together', () => {
    expect(of({ egress: [{ services: [0] }, { services: [1] }, { services: [0, 1] }] })).toEqual([
      'RTP1402 web#2',
    ]);
  });

  test.each([
    ['one that grants less', [{ services: [0] }, { services: [0, 1] }]],
    ['one that has a condition', [{ services: [0, 1], condition: morning }, { services: [0] }]],
    ['others', [{ services: [0] }, { services: [1] }]],
  ])('not by %s', (_, egress) => {
    expect(of({ egress })).toEqual([]);
  });
});

describe('a condition that never holds', () => {
  test('is told of, and is lowered to one that refuses', () => {
    const never: Condition = { kind: 'all', of: [morning, { kind: 'not', of: morning }] };
    const policy = model(
      [identity('web', web, { egress: [{ services: [0], condition: never }] })],
      [service('a')],
    );
    const { value, diagnostics } = lowerModel(policy);
    expect(diagnostics.map(({ code, severity, range }) => `${severity} ${code} ${range.file}`)).toEqual([
      'warning RTP1514 web#0',
    ]);
    expect(value?.tables.conditions).toHaveLength(1);
    expect(value?.tables.grants).toHaveLength(1);
  });
});

describe('peers', () => {
  const api = (...peers: readonly Condition[]) =>
    identity('api', [selector({ 'process:uid': 2 })], {
      inbound: peers.map((condition) => ({ condition })),
    });

  test('that the policy does not have are told of, and leave the identity to nobody', () => {
    expect(findings(model([api(peerIs('spiffe://test.example/web'))]))).toEqual([
      'RTP1410 api<0',
      'RTP1412 api',
    ]);
  });

  test('that their own side does not let out are told of', () => {
    const shut = identity('web', web, { peers: peerIs('spiffe://test.example/db') });
    expect(findings(model([shut, api(peerIs('spiffe://test.example/web'))]))).toEqual([
      'RTP1411 api<0',
      'RTP1412 api',
    ]);
  });

  test.each([
    ['exist', [peerIs('spiffe://test.example/web')], {}],
    [
      'are let out by name',
      [peerIs('spiffe://test.example/web')],
      { peers: peerIs('spiffe://test.example/api') },
    ],
    [
      'are let out by the beginning',
      [peerIs('spiffe://test.example/web')],
      { peers: peerBegins('spiffe://test.example/') },
    ],
    ['are of another trust domain', [peerIs('spiffe://other.example/web')], {}],
    ['are any of a folder', [peerBegins('spiffe://test.example/shop/')], {}],
  ])('that %s are no finding', (_, admitted, rest) => {
    expect(findings(model([identity('web', web, rest), api(...admitted)]))).toEqual([]);
  });

  test('may be those whose workload ID has placeholders', () => {
    const open = identity('host/[process:uid]', web, { template: true });
    expect(findings(model([open, api(peerIs('spiffe://test.example/host/7'))]))).toEqual([]);
  });

  test('are nobody where there is no rule at all', () => {
    expect(findings(model([api()]))).toEqual(['RTP1412 api']);
  });
});

describe('a credential', () => {
  const binding = (rest: Partial<ModelBinding> = {}): ModelBinding => ({
    name: 'binding',
    identity: 0,
    credential: 0,
    services: [0],
    sysfs: false,
    condition: undefined,
    uses: undefined,
    source: rangeIn('binding'),
    ...rest,
  });
  const bound = (
    bindings: readonly ModelBinding[],
    services: readonly number[],
    mode?: 'audit',
  ): readonly string[] => {
    const one = identity('web', web, { ...(mode === undefined ? {} : { mode }), egress: [{ services }] });
    return findings({
      ...model([one], [service('git'), service('api')]),
      sources: [{ name: 'pat', provider: 'kubernetes', digest: '0'.repeat(64), source: rangeIn('pat') }],
      bindings,
    });
  };

  test('that no egress rule leads to is told of', () => {
    expect(bound([binding()], [1])).toEqual(['RTP1408 binding']);
  });

  test.each([
    ['is granted the way', [binding()], [0, 1], undefined],
    ['is delivered as a file alone', [binding({ services: undefined, sysfs: true })], [0, 1], undefined],
    ['belongs to an identity that is not enforced', [binding()], [1], 'audit' as const],
  ])('that %s is no finding', (_, bindings, services, mode) => {
    expect(bound(bindings, services, mode)).toEqual([]);
  });
});

describe('selectors by different facts', () => {
  const two = (a: Parameters<typeof selector>[0], b: Parameters<typeof selector>[0]): readonly string[] =>
    findings(model([identity('a', [selector(a)]), identity('b', [selector(b)])]));

  test.each([
    [{ 'process:uid': 1 }, { 'process:name': 'x' }],
    [
      { 'process:uid': 1, 'process:gid': 1 },
      { 'process:uid': 1, 'process:name': 'x' },
    ],
    [{ 'process:uid': 1 }, { label: 'k8s:label:app=x' }],
    [{ label: 'docker:name=x' }, { label: 'k8s:label:app=x' }],
  ])('of which neither demands more are told of: %j and %j', (a, b) => {
    expect(two(a, b)).toEqual(['RTP1404 '.concat(rangeIn(JSON.stringify(b)).file)]);
  });

  test.each([
    [
      { 'process:uid': 1, 'process:gid': 1 },
      { 'process:uid': 2, 'process:name': 'x' },
    ],
    [{ 'process:uid': 1 }, { 'process:uid': 1, 'process:name': 'x' }],
    [{ 'destination:port': 1 }, { 'source:port': 1 }],
    [{ label: 'k8s:pod:name=x' }, { label: 'k8s:pod:name=y' }],
  ])('are no finding: %j and %j', (a, b) => {
    expect(two(a, b)).toEqual([]);
  });
});
