// SPDX-License-Identifier: Apache-2.0
// The configuration of the agent: what is taken, and what is said of the rest.

import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { defaultConfiguration, loadConfiguration } from '../../src/agent/configuration/load.ts';
import { CONFIGURATION_KIND, configurationSchema } from '../../src/agent/configuration/schema.ts';
import { position } from '../../src/diagnostics/diagnostic.ts';
import { documentJsonSchema } from '../../src/schema/json-schema.ts';
import { scratch } from './servers.ts';

const directory = scratch();
const HEAD = `apiVersion: core.riptides.io/v1alpha1\nkind: ${CONFIGURATION_KIND}\n`;

function load(text: string) {
  const file = join(directory, 'agent.yaml');
  writeFileSync(file, text);
  return loadConfiguration(file);
}

/** The diagnostics in a few words: position in the file, code, message, suggestion. */
function said(text: string): readonly string[] {
  return load(text).diagnostics.map(
    ({ range, code, message, suggestion }) =>
      `${position(range).slice(directory.length + 1)} ${code} ${message}${suggestion === undefined ? '' : ` (${suggestion})`}`,
  );
}

test('nothing said is the defaults', () => {
  expect(load(`${HEAD}spec: {}\n`)).toEqual({ value: defaultConfiguration(), diagnostics: [] });
  expect(defaultConfiguration()).toMatchObject({
    labels: {
      static: {},
      systemd: { enabled: 'auto', deadline: 500, refreshInterval: 30_000, environment: [] },
      docker: { enabled: 'auto', sockets: ['/var/run/docker.sock'] },
      podman: { enabled: 'auto', sockets: ['/run/podman/podman.sock'] },
      kubernetes: { enabled: false, url: 'https://127.0.0.1:10250', insecureSkipVerify: false },
      ec2: { enabled: false, url: 'http://169.254.169.254', deadline: 1000 },
      gcp: { enabled: false },
      azure: { enabled: false },
      linuxos: { enabled: true },
      sysfsdmi: { enabled: true },
      node: { enabled: true },
    },
  });
});

test('what is written is taken', () => {
  const labels = `
    static: { team: shop }
    systemd: { enabled: true, environment: [ROLE], deadline: 2s }
    docker: { enabled: false }
    kubernetes: { enabled: true, source: api, url: https://api.example:6443, nodeName: n1 }
    ec2: { enabled: true, url: "http://[fd00:ec2::254]", refreshInterval: 60s }`;
  expect(load(`${HEAD}spec:\n  labels:${labels}\n`)).toMatchObject({
    value: {
      labels: {
        static: { team: 'shop' },
        systemd: { enabled: true, environment: ['ROLE'], deadline: 2000 },
        docker: { enabled: false },
        kubernetes: { source: 'api', nodeName: 'n1' },
        ec2: { refreshInterval: 60_000 },
      },
    },
    diagnostics: [],
  });
});

describe('a mistake has a position, and what to do', () => {
  const labels = (text: string): string => `${HEAD}spec:\n  labels:\n    ${text}\n`;
  test.each([
    [
      'a slip in a name',
      labels('dokcer: {}'),
      ['agent.yaml:5:5 RTP1105 there is no field "dokcer" here (docker)'],
    ],
    [
      'in a collector',
      labels('docker: { sokets: [/x] }'),
      ['agent.yaml:5:15 RTP1105 there is no field "sokets" here (sockets)'],
    ],
    [
      'another kind',
      `${HEAD.replace('Agent', 'Agnet')}spec: {}\n`,
      [expect.stringMatching(/^agent.yaml:2:7 RTP1108/)],
    ],
    ['no spec', HEAD, [expect.stringContaining('RTP1106 the field "spec" is missing')]],
    [
      'a switch that is none',
      labels('docker: { enabled: maybe }'),
      [expect.stringMatching(/^agent.yaml:5:24 RTP1108/)],
    ],
    [
      'a relative path',
      labels('systemd: { socket: bus }'),
      ['agent.yaml:5:24 RTP1109 "bus" is not an absolute path'],
    ],
    ['no time', labels('node: { deadline: soon }'), ['agent.yaml:5:23 RTP1122 "soon" is not a time']],
    [
      'too short a time',
      labels('node: { deadline: 9ms }'),
      ['agent.yaml:5:23 RTP1119 "9ms" is out of bounds'],
    ],
    [
      'too long a time',
      labels('node: { deadline: 11s }'),
      ['agent.yaml:5:23 RTP1119 "11s" is out of bounds'],
    ],
    [
      'no variable',
      labels('docker: { environment: [A=b] }'),
      ['agent.yaml:5:29 RTP1109 "A=b" is not the name of a variable'],
    ],
    ['an empty list', labels('docker: { sockets: [] }'), ['agent.yaml:5:24 RTP1113 the list is empty']],
    [
      'a metadata service by name',
      labels('gcp: { url: http://metadata.google.internal }'),
      [expect.stringContaining('RTP1109 "http://metadata.google.internal" names the metadata service')],
    ],
    [
      'HTTP to a kubelet',
      labels('kubernetes: { url: http://127.0.0.1:10255 }'),
      [expect.stringMatching(/RTP1109 .* is not the https URL/)],
    ],
    [
      'a path in a URL',
      labels('kubernetes: { url: https://127.0.0.1:10250/x }'),
      [expect.stringMatching(/RTP1109/)],
    ],
    [
      'an API server without a node',
      labels('kubernetes: { enabled: true, source: api }'),
      [expect.stringContaining('RTP1106 the field "nodeName" is missing')],
    ],
    [
      'trust in any certificate of another host',
      labels('kubernetes: { url: https://10.0.0.1:10250, insecureSkipVerify: true }'),
      [expect.stringContaining('RTP1109 a server on another host needs a certificate that is verified')],
    ],
    ['no document', '# nothing\n', ['agent.yaml:1:1 RTP2002 the file has no document']],
    [
      'two documents',
      `${HEAD}spec: {}\n---\n${HEAD}spec: {}\n`,
      ['agent.yaml:6:7 RTP2002 the file has more than one document'],
    ],
    ['no YAML', 'a: [', [expect.stringMatching(/^agent.yaml:1:\d+ RTP10/)]],
    ['a key twice', `${HEAD}spec: {}\nspec: {}\n`, [expect.stringMatching(/^agent.yaml:4:1 RTP10/)]],
    ['not a map', '- 1\n', [expect.stringMatching(/^agent.yaml:1:1 RTP1107/)]],
  ])('%s', (_, text, expected) => {
    expect(said(text)).toEqual(expected);
    expect(load(text).value).toBeUndefined();
  });
});

test('a file that cannot be read', () => {
  expect(loadConfiguration(join(directory, 'none.yaml'))).toMatchObject({
    diagnostics: [{ code: 'RTP1001', message: expect.stringContaining('does not exist') }],
  });
  const below = join(directory, 'directory');
  mkdirSync(below);
  expect(loadConfiguration(below)).toMatchObject({ diagnostics: [{ code: 'RTP1001' }] });
  const large = join(directory, 'large.yaml');
  writeFileSync(large, '#'.repeat(1024 * 1024 + 1));
  expect(loadConfiguration(large)).toMatchObject({ diagnostics: [{ code: 'RTP1001' }] });
});

describe('the file of a secret', () => {
  const token = join(directory, 'token');
  const text = `${HEAD}spec:\n  labels:\n    kubernetes: { tokenFile: ${token} }\n`;

  test('that others can read is warned about', () => {
    writeFileSync(token, 'secret');
    chmodSync(token, 0o644);
    expect(said(text)).toEqual([
      `agent.yaml:5:30 RTP2001 every user of this host can read or replace the secret in ${token}`,
    ]);
    chmodSync(token, 0o640);
    expect(load(text)).toMatchObject({
      value: { labels: { kubernetes: { tokenFile: token } } },
      diagnostics: [],
    });
  });

  test('that is not there is warned about, as it may still come', () => {
    const { value, diagnostics } = load(text.replace(token, `${token}.none`));
    expect(value).toBeDefined();
    expect(diagnostics).toMatchObject([{ code: 'RTP2003', severity: 'warning' }]);
  });
});

describe('the JSON Schema', () => {
  const validate = new Ajv({ strict: false }).compile(
    documentJsonSchema(CONFIGURATION_KIND, configurationSchema),
  );

  test('takes what the agent takes, and refuses what it does not know', () => {
    const good: unknown = parse(`${HEAD}spec: { labels: { docker: { enabled: auto, deadline: 1s } } }`);
    expect(validate(good)).toBe(true);
    expect(validate(parse(`${HEAD}spec: {}`))).toBe(true);
    expect(validate(parse(`${HEAD}spec: { labels: { dokcer: {} } }`))).toBe(false);
    expect(validate(parse(`${HEAD}spec: { labels: { docker: { enabled: maybe } } }`))).toBe(false);
  });

  test('describes each field', () => {
    const bare: string[] = [];
    const look = (node: unknown, path: string): void => {
      const { properties }: { readonly properties?: Readonly<Record<string, object>> } = Object(node);
      for (const [name, field] of Object.entries(properties ?? {})) {
        if (path !== '' && !('description' in field)) bare.push(`${path}.${name}`);
        look(field, `${path}.${name}`);
      }
    };
    look(documentJsonSchema(CONFIGURATION_KIND, configurationSchema), '');
    expect(bare).toEqual([]);
  });
});
