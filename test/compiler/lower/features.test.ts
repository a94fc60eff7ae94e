// SPDX-License-Identifier: Apache-2.0
// Which policies need which feature of a host. A host refuses what it lacks, so one flag too few is a policy that is not
// carried out, and one too many a policy that is refused for nothing.

import { describe, expect, test } from '@jest/globals';
import { FEATURE_FLAGS } from '../../../src/bundle/generated.ts';
import { lowerModel } from '../../../src/compiler/lower/lower.ts';
import type { Condition } from '../../../src/conditions/types.ts';
import type { Model } from '../../../src/compiler/resolve/types.ts';
import { identity, model, rangeIn, selector, service } from '../models.ts';

type Extra = Parameters<typeof identity>[2];

const uid = [selector({ 'process:uid': 7 })];
const peer: Condition = { kind: 'text', field: 'peerId', test: 'equal', text: 'spiffe://test.example/a' };
const domain: Condition = { kind: 'text', field: 'peerDomain', test: 'equal', text: 'test.example' };
const folder: Condition = { kind: 'text', field: 'peerPath', test: 'starts', text: 'shop/' };
const port: Condition = { kind: 'number', field: 'sourcePort', low: 1024, high: 65535 };
const name: Condition = { kind: 'text', field: 'destinationName', test: 'equal', text: 'a.example' };

function featuresOf(policy: Model): readonly string[] {
  const { value, diagnostics } = lowerModel(policy);
  if (value === undefined) throw new Error(diagnostics[0]?.message);
  return Object.entries(FEATURE_FLAGS)
    .filter(([, flag]) => (value.tables.features & flag) !== 0)
    .map(([feature]) => feature)
    .toSorted();
}

function with1(extra: Extra): Model {
  return model([identity('w', uid, extra)], [service('a', ['10.0.0.1 80'])]);
}

function withIngress(posture: 'allow' | 'audit' | 'deny'): Model {
  const policy = with1({});
  return {
    ...policy,
    project: { ...policy.project, ingress: { ...policy.project.ingress, posture } },
  };
}

const svid = { x509Ttl: 3600, jwtTtl: undefined, dnsNames: [], audiences: [] };
const binding = {
  name: 'binding',
  identity: 0,
  credential: 0,
  services: undefined,
  sysfs: true,
  condition: undefined,
  uses: undefined,
  source: rangeIn('binding'),
};

const cases: readonly (readonly [what: string, policy: Model, features: readonly string[]])[] = [
  ['an identity with a plain rule', with1({ egress: [{ services: [0] }] }), []],
  ['a rule with a condition on the port', with1({ egress: [{ services: [0], condition: port }] }), []],
  ['the posture to audit what comes in', withIngress('audit'), []],
  ['the posture to deny what comes in', withIngress('deny'), ['inbound']],
  ['an inbound rule', with1({ inbound: [{ condition: port }] }), ['inbound']],
  ['a list of inbound rules that is empty', with1({ inbound: [] }), ['inbound']],
  ['an inbound rule about the peer', with1({ inbound: [{ condition: peer }] }), ['inbound', 'peers']],
  [
    'an inbound rule about its trust domain',
    with1({ inbound: [{ condition: domain }] }),
    ['inbound', 'peers'],
  ],
  [
    'an inbound rule about its path and more',
    with1({ inbound: [{ condition: { kind: 'all', of: [port, folder] } }] }),
    ['inbound', 'peers'],
  ],
  ['an identity whose peers are limited', with1({ peers: peer }), ['peers']],
  ['a rule whose peers are limited', with1({ egress: [{ services: [0], peers: peer }] }), ['peers']],
  ['an identity that speaks TLS', with1({ tls: 'mutual' }), ['tls']],
  ['a rule that speaks TLS', with1({ egress: [{ services: [0], tls: 'simple' }] }), ['tls']],
  ['a rule that shows another identity', with1({ egress: [{ services: [0], identity: 0 }] }), ['tls']],
  ['a rule that intercepts', with1({ egress: [{ services: [0], intercept: true }] }), ['tls']],
  ['an identity with a certificate', with1({ svid }), ['tls']],
  ['an identity with placeholders', with1({ template: true }), ['templates']],
  [
    'a rule about the name of the destination',
    with1({ egress: [{ services: [0], condition: name }] }),
    ['names'],
  ],
  [
    'a service with a host name',
    model(
      [],
      [
        service('a', [], {
          names: [{ name: 'a.example', ports: { low: 1, high: 2 }, source: rangeIn('n') }],
        }),
      ],
    ),
    ['names'],
  ],
  [
    'a selector by a label',
    model([
      identity('w', [{ terms: [{ fact: 'label', values: ['k8s:label:app=x'] }], source: rangeIn('s') }]),
    ]),
    ['agent-labels'],
  ],
  ...['process:pid=1', 'process:env:A=b', 'process:namespace:net:host=true'].map(
    (label): readonly [string, Model, readonly string[]] => [
      `a selector by ${label}`,
      model([identity('w', [{ terms: [{ fact: 'label', values: [label] }], source: rangeIn('s') }])]),
      ['labels'],
    ],
  ),
  [
    'a placeholder for a label of the agent',
    model([identity('w/[k8s:pod:name]', uid, { template: true })]),
    ['agent-labels', 'templates'],
  ],
  [
    'a placeholder for a label of the kernel',
    model([identity('w/[process:env:A]', uid, { template: true })]),
    ['labels', 'templates'],
  ],
  [
    'a binding of a credential',
    {
      ...with1({}),
      sources: [{ name: 'pat', provider: 'kubernetes', digest: '0'.repeat(64), source: rangeIn('pat') }],
      bindings: [binding],
    },
    ['credentials'],
  ],
];

describe('the features that a policy needs', () => {
  test.each(cases)('with %s', (_, policy, features) => {
    expect(featuresOf(policy)).toEqual(features);
  });
});
