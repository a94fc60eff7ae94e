// SPDX-License-Identifier: Apache-2.0
// What a person reads of differences of all kinds.

import { describe, expect, test } from '@jest/globals';
import { toTerminal } from '../../src/terminal/output.ts';
import { painter } from '../../src/terminal/paint.ts';
import type { Condition } from '../../src/conditions/types.ts';
import type { Model } from '../../src/compiler/resolve/types.ts';
import { comparePolicies } from '../../src/diff/compare.ts';
import { type RenderOptions, renderDifference } from '../../src/diff/words/render.ts';
import { identity, model, rangeIn, selector, service } from '../compiler/models.ts';
import { compiled } from './policies.ts';

const WEB = selector({ 'process:uid': 1001 });
const API = service('api', ['10.0.0.1 443']);
const DB = service('db', ['10.0.0.2 5432', 'fd00::2 5432']);
const NET = service('net', ['10.0.0.0/8']);
const peerIs = (text: string, kind: 'equal' | 'starts' = 'equal'): Condition => ({
  kind: 'text',
  field: 'peerId',
  test: kind,
  text,
});
const between = (field: 'processGid' | 'weekMinute' | 'time', low: number, high: number): Condition => ({
  kind: 'number',
  field,
  low,
  high,
});

/** What is printed between the two sides and the summary. */
function printed(before: Model, after: Model, options: Partial<RenderOptions> = {}): string {
  const lines = renderDifference(
    comparePolicies(compiled(before), compiled(after)),
    { before: 'old', after: 'new', limit: 0, ...options },
    painter(false),
  );
  return lines.slice(3).map(toTerminal).join('\n');
}

const granted = (...services: readonly number[]) => identity('web', [WEB], { egress: [{ services }] });

function inTrustDomain(trustDomain: string, { project, ...rest }: Model): Model {
  return { ...rest, project: { ...project, trustDomain } };
}

/** A credential whose source says something else for each digit. */
function withSource(digit: string): Model {
  return {
    ...model([granted(0)], [API]),
    sources: [{ name: 'aws', provider: 'aws', digest: digit.repeat(64), source: rangeIn('aws') }],
    bindings: [
      {
        name: 'files',
        identity: 0,
        credential: 0,
        services: undefined,
        sysfs: true,
        condition: undefined,
        uses: undefined,
        source: rangeIn('files'),
      },
    ],
  };
}

interface Case {
  readonly before: Model;
  readonly after: Model;
  readonly text: readonly string[];
}

const CASES: Readonly<Record<string, Case>> = {
  'a service that is granted': {
    before: model([granted(0)], [API, DB]),
    after: model([granted(0, 1)], [API, DB]),
    text: [
      'spiffe://test.example/web',
      '  process:uid=1001',
      '    + gains    connect to db',
      '        refused -> allowed',
      '        for example process:uid=1001 to 10.0.0.2:5432: refused by web:1:1, then allowed to db by web#0:1:1',
      '',
      '1 gain.',
    ],
  },
  'a part of a prefix that is lost': {
    before: model([granted(0)], [service('net', ['10.0.0.0/8 80-90'])]),
    after: model([granted(0)], [service('net', ['10.0.0.0/8 80-85'])]),
    text: [
      'spiffe://test.example/web',
      '  process:uid=1001',
      '    - loses    connect to 10.0.0.0/8 ports 86-90',
      '        allowed -> refused',
      '        for example process:uid=1001 to 10.0.0.1:86: allowed to net by web#0:1:1, then refused by web:1:1',
      '',
      '1 loss.',
    ],
  },
  'no port that another selector takes away': {
    before: model([identity('web', [selector({ 'process:uid': 1001, 'destination:port': 443 })])], [NET]),
    after: model(
      [
        identity('web', [selector({ 'process:uid': 1001, 'destination:port': 443 })], {
          egress: [{ services: [0] }],
        }),
      ],
      [NET],
    ),
    text: [
      'spiffe://test.example/web',
      '  destination:port=443 process:uid=1001',
      '    + gains    connect to 10.0.0.0/8 port 443',
      '        refused -> allowed',
      '        for example process:uid=1001 to 10.0.0.1:443: refused by web:1:1, then allowed to net by web#0:1:1',
      '',
      '1 gain.',
    ],
  },
  'a host name, which is granted at any address': {
    before: model([granted(0)], [API, service('host')]),
    after: model(
      [granted(0, 1)],
      [
        API,
        service('host', [], {
          names: [{ name: 'a.example', ports: { low: 443, high: 443 }, source: API.source }],
        }),
      ],
    ),
    text: [
      'spiffe://test.example/web',
      '  process:uid=1001',
      '    + gains    connect to a.example at anywhere but 10.0.0.1 port 443',
      '        refused -> allowed',
      '        for example process:uid=1001 to a.example at 192.0.2.1:443: refused by web:1:1, then allowed to host by web#0:1:1',
      '',
      '1 gain.',
    ],
  },
  'an identity that is new': {
    before: model([], [API]),
    after: model([granted(0)], [API]),
    text: [
      'no identity -> spiffe://test.example/web',
      '  no selector -> process:uid=1001',
      '    ~ gain this identity',
      '        for example process:uid=1001 to 192.0.2.1:443: refused by egress:1:1, then refused by web:1:1',
      '    + gains    connect to api',
      '        refused -> allowed',
      '        for example process:uid=1001 to 10.0.0.1:443: refused by egress:1:1, then allowed to api by web#0:1:1',
      '',
      '1 gain, 1 move between identities.',
    ],
  },
  'a condition that is narrower': {
    before: model([identity('web', [WEB], { egress: [{ services: [0] }] })], [API]),
    after: model(
      [
        identity('web', [WEB], {
          egress: [
            {
              services: [0],
              condition: {
                kind: 'all',
                of: [between('processGid', 0, 99), between('weekMinute', 480, 1079)],
              },
            },
          ],
        }),
      ],
      [API],
    ),
    text: [
      'spiffe://test.example/web',
      '  process:uid=1001',
      '    - loses    connect to api',
      '        allowed -> refused  unless process.gid is from 0 to 99 and time in Mon 08:00-18:00 UTC',
      '        for example process:uid=1001 process:gid=0 to 10.0.0.1:443 at 2026-01-12T00:00:00Z: allowed to api by web#0:1:1, then refused by web:1:1',
      '',
      '1 loss.',
    ],
  },
  'peers, TLS and another identity to show': {
    before: model([granted(0), identity('zed', [selector({ 'process:uid': 5 })])], [API]),
    after: model(
      [
        identity('web', [WEB], {
          egress: [{ services: [0], identity: 1, tls: 'mutual', peers: peerIs('spiffe://test.example/a') }],
        }),
        identity('zed', [selector({ 'process:uid': 5 })]),
      ],
      [API],
    ),
    text: [
      'spiffe://test.example/web',
      '  process:uid=1001',
      '    ~ changes  connect to api',
      '        allowed as before, TLS none -> mutual, peers any -> spiffe://test.example/a, presents itself -> spiffe://test.example/zed',
      '        for example process:uid=1001 to 10.0.0.1:443: allowed to api by web#0:1:1, then allowed to api by web#0:1:1',
      expect.stringMatching(/^ {8}the peer .*: accepted, then refused$/) as unknown as string,
      '',
      '1 change.',
    ],
  },
  'peers that may connect in': {
    before: model([identity('web', [WEB], { inbound: [{ condition: peerIs('spiffe://test.example/a') }] })]),
    after: model([
      identity('web', [WEB], { inbound: [{ condition: peerIs('spiffe://test.example/', 'starts') }] }),
    ]),
    text: [
      'spiffe://test.example/web',
      '  process:uid=1001',
      '    + gains    accept from anyone',
      expect.stringMatching(
        /^ {8}refused -> allowed {2}when peer\.trustDomain is "test\.example" and peer\.path begins/,
      ) as unknown as string,
      expect.stringMatching(
        /^ {8}for example process:uid=1001 from 192\.0\.2\.1:49152 as spiffe:\/\/test\.example\//,
      ) as unknown as string,
      '',
      '1 gain.',
    ],
  },
  'the posture, for those that no selector describes and for all alike': {
    before: model([granted(0), identity('zed', [selector({ 'process:uid': 5 })])], [API]),
    after: model([granted(0), identity('zed', [selector({ 'process:uid': 5 })])], [API], 'audit'),
    text: [
      'no identity',
      '  processes that match no selector',
      '    + gains    connect to anywhere',
      '        refused -> audited',
      '        for example a process with no known facts to 192.0.2.1:443: refused by egress:1:1, then audited by egress:1:1',
      '',
      'spiffe://test.example/web',
      '  process:uid=1001',
      '    + gains    connect to anywhere but api',
      '        refused -> audited',
      '        for example process:uid=1001 to 192.0.2.1:443: refused by web:1:1, then audited by web:1:1',
      '',
      'spiffe://test.example/zed',
      '  process:uid=5',
      '    + gains    connect to anywhere',
      '        refused -> audited',
      '        for example process:uid=5 to 192.0.2.1:443: refused by zed:1:1, then audited by zed:1:1',
      '',
      '3 gains.',
    ],
  },
  'rules, names and prefixes that only are written differently': {
    before: model(
      [identity('web', [WEB], { egress: [{ services: [0] }, { services: [1] }] })],
      [service('a', ['10.0.0.0/8 80-90']), service('b', ['10.0.0.1 5432'])],
    ),
    after: model(
      [identity('web', [WEB], { egress: [{ services: [1] }, { services: [0] }] })],
      [
        service('c', ['10.0.0.0/9 80-90', '10.128.0.0/9 80-85', '10.128.0.0/9 86-90']),
        service('d', ['10.0.0.1 5432']),
      ],
    ),
    text: ['No difference: every connection is decided the same, though the bundles are not the same bytes.'],
  },
  'another trust domain, which is in every SPIFFE ID': {
    before: model([granted(0)], [API]),
    after: inTrustDomain('other.example', model([granted(0)], [API])),
    text: [
      '~ trust domain  test.example -> other.example, in the SPIFFE ID of every identity',
      '',
      'another trust domain.',
    ],
  },
  'a credential that comes from elsewhere': {
    before: withSource('0'),
    after: withSource('1'),
    text: [
      '~ identity web',
      '    ~ credential  aws (aws) by files, as files (differs in details not shown)',
      '',
      '1 change to credentials or certificates.',
    ],
  },
  'certificates, which are not about connections': {
    before: model([granted(0)], [API]),
    after: model(
      [
        identity('web', [WEB], {
          egress: [{ services: [0] }],
          svid: { x509Ttl: 600, jwtTtl: undefined, dnsNames: [], audiences: [] },
        }),
      ],
      [API],
    ),
    text: [
      '~ identity web',
      '    + certificate  valid for 600 s',
      '',
      '1 change to credentials or certificates.',
    ],
  },
};

describe('a difference in words', () => {
  test.each(Object.entries(CASES))('tells of %s', (_, { before, after, text }) => {
    expect(printed(before, after).split('\n')).toEqual(text);
  });

  test('says of identities that change alike what changes once', () => {
    const many = (posture: 'deny' | 'allow') =>
      model(
        Array.from({ length: 12 }, (_, i) => identity(`i${i}`, [selector({ 'process:uid': i })])),
        [],
        posture,
      );
    const text = printed(many('deny'), many('allow'));
    expect(text).toContain('spiffe://test.example/i0, and likewise spiffe://test.example/i1');
    expect(text.match(/\+ gains/g)).toHaveLength(2);
  });

  test('counts what it does not print', () => {
    const before = model([granted(0)], [API, DB, service('x', ['10.0.0.9 1'])]);
    const after = model(
      [identity('web', [WEB], { egress: [{ services: [1] }, { services: [2], action: 'audit' }] })],
      [API, DB, service('x', ['10.0.0.9 1'])],
    );
    const text = printed(before, after, { limit: 1 });
    expect(text.match(/\+ gains/g)).toHaveLength(1);
    expect(text).toContain('2 more changes are not printed; --limit 0 prints all');
    const losses = printed(before, after, { only: 'loses' });
    expect(losses).not.toContain('+ gains');
    expect(losses).toContain('- loses    connect to api');
    expect(losses).toContain('2 gains, 1 loss; only losses are printed.');
  });

  test('lets no text of a policy act on the terminal', () => {
    const evil = 'db\u001b[2K';
    const text = printed(
      model([granted(0)], [API, service(evil, ['10.0.0.2 1'])]),
      model([granted(0, 1)], [API, service(evil, ['10.0.0.2 1'])]),
    );
    expect(text).toContain('db\\u{1b}[2K');
    expect(text).not.toContain('\u001b');
  });
});

describe('a comparison that would take too long', () => {
  test('is given up, and says so', () => {
    const [before, after] = [
      CASES['a service that is granted']?.before,
      CASES['a service that is granted']?.after,
    ];
    if (before === undefined || after === undefined) throw new Error('no case');
    const difference = comparePolicies(compiled(before), compiled(after), { steps: 10 });
    expect(difference).toMatchObject({
      exact: false,
      notCompared: expect.arrayContaining([expect.any(String)]),
    });
    expect(
      renderDifference(difference, { before: '', after: '', limit: 0 }, painter(false)).join('\n'),
    ).toContain('not compared exactly: outbound connections');
  });
});
