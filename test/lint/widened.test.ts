// SPDX-License-Identifier: Apache-2.0
// What a changed policy gives that the one applied last did not: found where it is written, with a connection that shows it.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { formatPath } from '../../src/diagnostics/render.ts';
import { type AppliedPolicy, appliedPolicy, type Edit, findingsOf, POLICY, textAt } from './applied.ts';

// One policy is applied for all of them, which takes a second or two.
let policy: AppliedPolicy;
beforeAll(() => {
  policy = appliedPolicy();
});
afterAll(() => policy.remove());

/** A change, and for each finding its path, the text at its place, what it says, and what its example says. */
interface Wider {
  readonly name: string;
  readonly edits: readonly Edit[];
  readonly found: readonly {
    readonly path?: string;
    readonly at: string;
    readonly message: string;
    readonly example: string;
  }[];
}

const CASES: readonly Wider[] = [
  {
    name: 'a rule',
    edits: [['        - app: api\n', '        - app: api\n    - selectors:\n        - app: db\n']],
    found: [
      {
        path: 'spec.egress[1]',
        at: 'selectors:',
        message: '"shop/web" gains connections to db',
        example:
          'process:uid=1001 process:binary:path=/opt/web to 10.0.1.1:5432: refused by riptides.yaml:17:15, then allowed to db by riptides.yaml:25:7',
      },
    ],
  },
  {
    name: 'two rules, each of which is a finding',
    edits: [
      [
        '        - app: api\n',
        '        - app: api\n    - selectors:\n        - app: db\n    - selectors: [{ env: staging }]\n',
      ],
    ],
    found: [
      {
        path: 'spec.egress[1]',
        at: 'selectors:',
        message: '"shop/web" gains connections to db',
        example: 'to 10.0.1.1:5432',
      },
      {
        path: 'spec.egress[2]',
        at: 'selectors: [{ env: staging }]',
        message:
          '"shop/web" gains connections to 10.0.2.0/24 ports 8000-8079, 8081-8099; "shop/web" keeps connections to 10.0.2.0/24 port 8080, with less control: audited -> allowed, peers spiffe://shop.example/staging/a -> any',
        example: 'refused',
      },
    ],
  },
  {
    name: 'more services of a rule that was there',
    edits: [['        - app: api\n', '        - app: [api, db]\n']],
    found: [
      {
        path: 'spec.egress[0]',
        at: 'selectors:',
        message: '"shop/web" gains connections to db',
        example: 'to 10.0.1.1:5432',
      },
    ],
  },
  {
    name: 'more ports of a rule',
    edits: [['ports: [8080]', 'ports: [8080, 8081]']],
    found: [
      {
        path: 'spec.egress[1]',
        at: 'selectors:',
        message: '"shop/web" gains connections to 10.0.2.0/24 port 8081, reported',
        example: 'to 10.0.2.1:8081: refused',
      },
    ],
  },
  {
    name: 'a rule that is no longer reported',
    edits: [['      mode: audit\n', '']],
    found: [
      {
        path: 'spec.egress[1]',
        at: 'selectors:',
        message:
          '"shop/web" keeps connections to 10.0.2.0/24 port 8080, with less control: audited -> allowed',
        example: 'audited to staging by riptides.yaml:25:7, then allowed to staging by riptides.yaml:25:7',
      },
    ],
  },
  {
    name: 'another peer of a rule',
    edits: [['staging/a"]', 'staging/a", "spiffe://shop.example/staging/b"]']],
    found: [
      {
        path: 'spec.egress[1]',
        at: 'selectors:',
        message:
          '"shop/web" keeps connections to 10.0.2.0/24 port 8080, with less control: audited as before, peers spiffe://shop.example/staging/a -> spiffe://shop.example/staging/a or spiffe://shop.example/staging/b',
        example: 'the peer spiffe://shop.example/staging/b: refused, then accepted',
      },
    ],
  },
  {
    name: 'other peers of an identity, of which one is new',
    edits: [['      - spiffe://shop.example/shop/db\n', '      - spiffe://shop.example/shop/other\n']],
    found: [
      {
        path: 'spec.allowedSPIFFEIDs.outbound[0]',
        at: 'spiffe://shop.example/shop/other',
        message:
          '"shop/api" keeps connections to db, with less control: allowed as before, peers spiffe://shop.example/shop/db -> spiffe://shop.example/shop/other',
        example: 'the peer spiffe://shop.example/shop/other: refused, then accepted',
      },
    ],
  },
  {
    name: 'less TLS',
    edits: [['mode: MUTUAL', 'mode: PERMISSIVE']],
    found: [
      {
        path: 'spec.connection.tls',
        at: '{ mode: PERMISSIVE }',
        message:
          '"shop/api" keeps connections to db, with less control: allowed as before, TLS mutual -> permissive; "shop/api" keeps connections from anyone when the peer is spiffe://partner.example/cron, or the peer is spiffe://shop.example/shop/web, with less control: allowed as before, TLS mutual -> permissive',
        example: 'to 10.0.1.1:5432: allowed',
      },
    ],
  },
  {
    name: 'an identity that is audited',
    edits: [['mode: enforce', 'mode: audit']],
    found: [
      {
        path: 'spec.mode',
        at: 'audit',
        message: '"shop/web" gains connections to anywhere but 10.0.0.1, 10.0.2.0/24, 10.0.0.1 ports 0-442',
        example: 'refused by riptides.yaml:17:15, then audited by riptides.yaml:17:15',
      },
    ],
  },
  {
    name: 'an identity that is left alone',
    edits: [['mode: enforce', 'mode: "off"']],
    found: [{ path: 'spec.mode', at: '"off"', message: 'gains connections to', example: 'refused by' }],
  },
  {
    name: 'a posture for connections out, which identities share',
    edits: [['egress: deny', 'egress: audit']],
    found: [
      {
        path: 'spec.defaultPosture.egress',
        at: 'audit',
        message:
          'processes without an identity gain connections to anywhere, reported; "shop/api" gains connections to anywhere but db, reported; "shop/web" gains',
        example: 'a process with no known facts to 192.0.2.1:443: refused by riptides.yaml:8:13',
      },
    ],
  },
  {
    name: 'a posture for connections in, of those of whom no list says more',
    edits: [['ingress: deny', 'ingress: allow']],
    found: [
      {
        path: 'spec.defaultPosture.ingress',
        at: 'allow',
        message: 'processes without an identity and "shop/web" gain connections from anyone',
        example: 'refused by riptides.yaml:9:14, then allowed by riptides.yaml:9:14',
      },
    ],
  },
  {
    name: 'a peer that is let in',
    edits: [
      [
        '      - spiffe://shop.example/shop/web\n',
        '      - spiffe://shop.example/shop/web\n      - "spiffe://other.example/*"\n',
      ],
    ],
    found: [
      {
        path: 'spec.allowedSPIFFEIDs.inbound[1]',
        at: '"spiffe://other.example/*"',
        message: '"shop/api" gains connections from anyone when the peer is spiffe://other.example/*',
        example: 'as spiffe://other.example/',
      },
    ],
  },
  {
    name: 'an inbound rule',
    edits: [
      [
        '  connection: { tls: { mode: MUTUAL } }\n',
        '  connection: { tls: { mode: MUTUAL } }\n  ingress:\n    - ports: [9090]\n',
      ],
    ],
    found: [
      {
        path: 'spec.ingress[0]',
        at: 'ports: [9090]',
        message:
          '"shop/api" gains connections from anyone at local port 9090 unless the peer is spiffe://partner.example/cron, or the peer is spiffe://shop.example/shop/web',
        example: 'at port 9090: refused',
      },
    ],
  },
  {
    name: 'an address of a service, for all that are granted it',
    edits: [
      ['    - address: 10.0.1.1\n', '    - address: 10.0.1.9\n      port: 5432\n    - address: 10.0.1.1\n'],
    ],
    found: [
      {
        at: '10.0.1.9',
        message: '"shop/api" gains connections to 10.0.1.9 port 5432',
        example: 'to 10.0.1.9:5432: refused by riptides.yaml:37:15, then allowed to db by riptides.yaml:48:7',
      },
    ],
  },
  {
    name: 'a shorter prefix',
    edits: [['10.0.2.0/24', '10.0.2.0/23']],
    found: [
      {
        at: '10.0.2.0/23',
        message: '"shop/web" gains connections to 10.0.3.0/24 port 8080, reported',
        example: 'to 10.0.3.1:8080',
      },
    ],
  },
  {
    name: 'a service by the label of another',
    edits: [
      [
        'kind: Service\nmetadata:\n  name: api\n',
        'kind: Service\nmetadata:\n  name: new\nspec:\n  labels: { app: db }\n  addresses: [{ address: 10.9.9.9, port: 1 }]\n---\napiVersion: core.riptides.io/v1alpha1\nkind: Service\nmetadata:\n  name: api\n',
      ],
    ],
    found: [
      {
        path: 'metadata.name',
        at: 'new',
        message: '"shop/api" gains connections to new',
        example: 'to 10.9.9.9:1: refused',
      },
    ],
  },
  {
    name: 'a selector that holds of more processes',
    edits: [['process:uid: 1001', 'process:uid: [1001, 1002]']],
    found: [
      {
        path: 'spec.selectors[0]',
        at: 'process:binary:path: /opt/web',
        message:
          'processes that become "shop/web" gain connections to api; processes that become "shop/web" gain connections to 10.0.2.0/24 port 8080, reported',
        example: 'process:uid=1002 process:binary:path=/opt/web to',
      },
    ],
  },
  {
    name: 'two selectors',
    edits: [
      ['      process:uid: 1001\n', '      process:uid: 1001\n    - process:uid: 1\n    - process:uid: 2\n'],
    ],
    found: [
      {
        path: 'spec.selectors[1]',
        at: 'process:uid: 1',
        message: 'processes that become "shop/web" gain connections to api',
        example: 'process:uid=1 to 10.0.0.1:443',
      },
      {
        path: 'spec.selectors[2]',
        at: 'process:uid: 2',
        message: 'processes that become "shop/web" gain connections to api',
        example: 'process:uid=2 to 10.0.0.1:443',
      },
    ],
  },
  {
    name: 'an identity',
    edits: [
      [
        'kind: WorkloadIdentity\nmetadata:\n  name: web\n',
        'kind: WorkloadIdentity\nmetadata:\n  name: new\nspec:\n  workloadID: shop/new\n  selectors: [{ process:uid: 7 }, { process:uid: 8 }]\n  egress: [{ selectors: [{ app: api }] }]\n---\napiVersion: core.riptides.io/v1alpha1\nkind: WorkloadIdentity\nmetadata:\n  name: web\n',
      ],
    ],
    found: [
      {
        path: 'spec.workloadID',
        at: 'shop/new',
        message: 'processes that become "shop/new" gain connections to api',
        example: 'process:uid=7 to 10.0.0.1:443: refused by riptides.yaml:8:13, then allowed to api by',
      },
    ],
  },
  {
    name: 'processes that become another identity',
    edits: [
      [
        '    - process:binary:path: /opt/api\n',
        '    - process:binary:path: /opt/api\n    - process:binary:path: /opt/web\n      process:uid: 1001\n      process:gid: 5\n',
      ],
    ],
    found: [
      {
        path: 'spec.selectors[1]',
        at: 'process:binary:path: /opt/web',
        message: 'processes that were "shop/web" and become "shop/api" gain connections to db',
        example: 'process:uid=1001 process:gid=5 process:binary:path=/opt/web to 10.0.1.1:5432: refused',
      },
    ],
  },
  {
    name: 'another identity that is shown',
    edits: [['        - app: db\n', '        - app: db\n      workloadID: shop/web\n']],
    found: [
      {
        path: 'spec.egress[0]',
        at: 'selectors:',
        message:
          '"shop/api" keeps connections to db, with less control: allowed as before, presents itself -> spiffe://shop.example/shop/web',
        example: 'to 10.0.1.1:5432: allowed',
      },
    ],
  },
  {
    name: 'a host name of a service',
    edits: [
      [
        '    - address: 10.0.1.1\n',
        '    - address: db.shop.example\n      port: 5432\n    - address: 10.0.1.1\n',
      ],
    ],
    found: [
      {
        at: 'db.shop.example',
        message: '"shop/api" gains connections to db.shop.example',
        example: 'to db.shop.example at 192.0.2.1:5432: refused',
      },
    ],
  },
  {
    name: 'an identity that no longer says who may connect in',
    edits: [
      ['    inbound:\n      - spiffe://shop.example/shop/web\n      - spiffe://partner.example/cron\n', ''],
      ['ingress: deny', 'ingress: audit'],
    ],
    found: [
      {
        path: 'spec.defaultPosture.ingress',
        at: 'audit',
        message:
          'processes without an identity and "shop/web" gain connections from anyone, reported; "shop/api" gains connections from anyone unless the peer is spiffe://partner.example/cron, or the peer is spiffe://shop.example/shop/web, reported',
        example: 'refused by',
      },
    ],
  },
];

describe('a policy that was applied, and gives more', () => {
  test.each(CASES)('by $name', async ({ edits, found }) => {
    policy.change(...edits);
    const findings = await findingsOf(policy);
    expect(
      findings.map((finding) => ({
        code: finding.code,
        severity: finding.severity,
        path: finding.path === undefined ? undefined : formatPath(finding.path),
        at: textAt(policy, finding),
        message: finding.message,
        why: finding.why?.replaceAll(`${policy.directory}/`, ''),
      })),
    ).toEqual(
      found.map(({ path, at, message, example }) => ({
        code: 'RTP1711',
        severity: 'warning',
        path,
        at,
        message: expect.stringContaining(message),
        why: expect.stringContaining(example),
      })),
    );
  });

  test('is told once of a selector: that processes gain something says that they have the identity', async () => {
    policy.change(['process:uid: 1001', 'process:uid: [1001, 1002]']);
    expect((await findingsOf(policy)).map(({ message }) => message)).toEqual([
      'processes that become "shop/web" gain connections to api; processes that become "shop/web" gain connections to 10.0.2.0/24 port 8080, reported',
    ]);
  });

  test('is told from which record', async () => {
    policy.change(['mode: enforce', 'mode: audit']);
    const [finding] = await findingsOf(policy);
    const record = policy.git('rev-parse', '--glob=refs/riptides').trim().slice(0, 8);
    const commit = policy.git('rev-parse', 'HEAD').trim().slice(0, 12);
    expect(finding?.why).toMatch(
      new RegExp(
        `^it was different in generation 1 of embedded \\(record ${record}, from commit ${commit}\\); for example `,
      ),
    );
  });
});

describe('where the postures let everything through', () => {
  let open: AppliedPolicy;
  beforeAll(() => {
    open = appliedPolicy(
      POLICY.replace('egress: deny', 'egress: allow').replace('ingress: deny', 'ingress: allow'),
    );
  });
  afterAll(() => open.remove());

  test('an identity that no longer says who may connect in gives more', async () => {
    open.change([
      '    inbound:\n      - spiffe://shop.example/shop/web\n      - spiffe://partner.example/cron\n',
      '',
    ]);
    const [finding, ...others] = await findingsOf(open);
    expect(others).toEqual([]);
    expect(finding?.message).toMatch(/^"shop\/api" gains connections from anyone unless the peer is /);
    expect(finding === undefined ? '' : textAt(open, finding)).toBe('shop/api');
  });

  test('a selector that holds of more processes gives them the identity', async () => {
    open.change(['process:uid: 1001', 'process:uid: [1001, 1002]']);
    const [finding, ...others] = await findingsOf(open);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      message: expect.stringContaining('become "shop/web"'),
      path: ['spec', 'selectors', 0],
      why: expect.stringContaining('process:uid=1002 process:binary:path=/opt/web'),
    });
  });

  test('an identity that is renamed is none that was there', async () => {
    open.change(['workloadID: shop/web', 'workloadID: shop/front']);
    expect((await findingsOf(open)).filter(({ code }) => code === 'RTP1711')).toEqual([]);
  });
});

describe('a policy that was applied, and gives no more', () => {
  test.each<readonly [string, ...(readonly Edit[])]>([
    ['when nothing changed'],
    [
      'without a rule',
      [
        '    - selectors:\n        - env: staging\n      mode: audit\n      ports: [8080]\n',
        '    - selectors:\n        - env: staging\n      mode: "off"\n',
      ],
    ],
    ['with fewer ports', ['8000-8099', '8080-8089']],
    ['with a longer prefix', ['10.0.2.0/24', '10.0.2.0/25']],
    ['with a selector that demands more', ['process:uid: 1001', 'process:uid: 1001\n      process:gid: 7']],
    ['with more TLS', ['mode: audit\n', 'mode: audit\n      connection: { tls: { mode: SIMPLE } }\n']],
    ['without a peer', ['      - spiffe://shop.example/shop/web\n', '']],
    [
      'with the same said in another way',
      ['10.0.2.0/24', '10.0.2.0/25'],
      [
        '      port: 8000-8099\n',
        '      port: 8000-8099\n    - address: 10.0.2.128/25\n      port: 8000-8099\n',
      ],
    ],
    ['with another name of a service', ['  name: staging', '  name: canary']],
  ])('%s', async (_, ...edits) => {
    policy.change(...edits);
    const findings = await findingsOf(policy);
    expect(findings.map(({ message }) => message)).toEqual([]);
  });
});

describe('a credential', () => {
  const binding = (name: string, rest: string) =>
    `---\napiVersion: core.riptides.io/v1alpha1\nkind: CredentialBinding\nmetadata:\n  name: ${name}\nspec:\n  workloadID: shop/api\n  credentialSource: token\n  propagation:\n    injection:\n      selectors:\n        - app: db\n${rest}`;
  const SOURCE =
    '---\napiVersion: core.riptides.io/v1alpha1\nkind: CredentialSource\nmetadata:\n  name: token\nspec:\n  aws:\n    roleArn: arn:aws:iam::123456789012:role/a\n    audience: [sts.amazonaws.com]\n';
  const DB = '---\napiVersion: core.riptides.io/v1alpha1\nkind: Service\nmetadata:\n  name: db\n';
  const EXTERNAL: Edit = [
    '  labels: { app: db }\n',
    '  labels: { app: db }\n  external: true\n  tls: true\n',
  ];
  const INTERCEPTED: Edit = ['{ tls: { mode: MUTUAL } }', '{ tls: { mode: SIMPLE, intercept: true } }'];
  let own: AppliedPolicy;
  beforeAll(() => {
    const text = [EXTERNAL, INTERCEPTED].reduce((all, [from, to]) => all.replace(from, to), POLICY);
    own = appliedPolicy(text.replace(DB, `${SOURCE}${binding('one', '  uses: 5\n')}${DB}`));
  });
  afterAll(() => own.remove());

  test.each<readonly [string, Edit, number]>([
    ['that may be used more often is found', ['uses: 5', 'uses: 6'], 1],
    ['that may be used any number of times is found', ['  uses: 5\n', ''], 1],
    [
      'that goes to more services is found',
      ['        - app: db\n  uses', '        - app: [db, api]\n  uses'],
      1,
    ],
    ['that may be read as a file is found', ['    injection:', '    sysfs: {}\n    injection:'], 1],
    ['that may be used less often is not', ['uses: 5', 'uses: 4'], 0],
    ['by another binding of the same is not', ['name: one', 'name: two'], 0],
    ['for a certain time is not', ['uses: 5', 'uses: 5\n  notAfter: "2030-01-01T00:00:00Z"'], 0],
    ['that is new is found', [DB, `${binding('two', '').replace('shop/api', 'shop/web')}${DB}`], 1],
  ])('%s', async (_, edit, count) => {
    own.change(edit);
    const found = await findingsOf(own);
    expect(found.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(found.map(({ message }) => message)).toEqual(
      Array.from({ length: count }, () =>
        expect.stringMatching(/^"shop\/(?:api|web)" gains the credential "token"$/),
      ),
    );
    for (const one of found) expect(textAt(own, one)).toMatch(/^(?:one|two)$/);
  });
});
