// SPDX-License-Identifier: Apache-2.0
// Guardrails that are written to take time or memory. Each is answered with a finding, at once, before or after it ran.

import { describe, expect, test } from '@jest/globals';
import { guardDocuments } from '../../../src/compiler/guard/guard.ts';
import { GUARD_LIMITS } from '../../../src/compiler/guard/types.ts';
import { parseFile } from '../../../src/compiler/load/parse.ts';
import { shapeDocuments } from '../../../src/compiler/shape/shape.ts';
import type { ShapedDocument } from '../../../src/compiler/shape/types.ts';
import { cpuTime } from '../../cpu-time.ts';

/** What an answer may take, in milliseconds; on a machine that does nothing else it is a tenth of it. */
const MOST_TIME = 2_000;

const HEAD = 'apiVersion: core.riptides.io/v1alpha1\n';
const SERVICES = Array.from(
  { length: 300 },
  (_, i) => `${HEAD}kind: Service
metadata: { name: s${i}, annotations: { text: "${'ab'.repeat(500)}" } }
spec: { labels: { app: s${i} }, addresses: [{ address: 10.0.0.1, port: ${i + 1} }, { address: 10.0.0.2 }] }
`,
);

function shape(texts: readonly string[]): readonly ShapedDocument[] {
  const loaded = parseFile('p.yaml', Buffer.from(texts.join('---\n')));
  const shaped = shapeDocuments(loaded.value ?? []);
  expect([...loaded.diagnostics, ...shaped.diagnostics]).toEqual([]);
  return shaped.value ?? [];
}

const services = shape(SERVICES);

interface Guardrail {
  readonly rules: readonly string[];
  readonly variables?: readonly string[];
  readonly kinds?: string;
}

function guardrail({ rules, variables = [], kinds = 'Service' }: Guardrail, name = 'g'): string {
  const list = (texts: readonly string[], key: string, letter: string): string =>
    texts.map((text, i) => `    - { ${key}: ${letter}${i}, expression: ${JSON.stringify(text)} }\n`).join('');
  return `${HEAD}kind: Guardrail
metadata: { name: ${name} }
spec:
  matchKinds: [${kinds}]
${variables.length === 0 ? '' : `  variables:\n${list(variables, 'name', 'v')}`}  rules:
${list(rules, 'id', 'r')}`;
}

/** The codes that are found, each once, and how long that takes. */
function guard(...guardrails: readonly string[]): {
  readonly codes: readonly string[];
  readonly time: number;
} {
  const documents = [...services, ...shape(guardrails)];
  const start = cpuTime();
  const found = guardDocuments(documents);
  return { codes: [...new Set(found.map(({ code }) => code))], time: cpuTime() - start };
}

const times = (count: number, text: string): string => Array.from({ length: count }, () => text).join('');
const nested = (depth: number, body: string, list = 'policy.services'): string =>
  Array.from({ length: depth }).reduce<string>((inner, _, i) => `${list}.all(x${i}, ${inner})`, body);
const text = 'object.metadata.annotations["text"]';
const long = `"${'a'.repeat(16_000)}"`;

const CASES: Readonly<Record<string, readonly [Guardrail, string]>> = {
  'brackets 5,000 deep': [{ rules: [`${times(5_000, '(')}true${times(5_000, ')')}`] }, 'RTP1304'],
  'lists 200 deep': [{ rules: [`${times(200, '[')}1${times(200, ']')} == []`] }, 'RTP1304'],
  'negations 5,000 deep': [{ rules: [`${times(5_000, '!')}true`] }, 'RTP1304'],
  'conditions 3,000 deep': [{ rules: [`${times(3_000, 'true?')}true${times(3_000, ':true')}`] }, 'RTP1304'],
  'loops 60 deep': [{ rules: [nested(60, 'true')] }, 'RTP1304'],
  'a square of the policy for each document': [
    { rules: [nested(2, 'x0.spec.tls || !x1.spec.tls')] },
    'RTP1304',
  ],
  'a cube of the policy': [{ rules: [nested(3, 'true')] }, 'RTP1304'],
  'a cube of the policy as a variable': [
    {
      variables: ['policy.services.map(a, policy.services.map(b, policy.services.map(c, c.spec.tls)))'],
      rules: ['size(variables.v0) > 0'],
    },
    'RTP1304',
  ],
  'errors that are caught': [{ rules: [nested(2, 'x0.spec.addresses[9].port.low == 1 || true')] }, 'RTP1304'],
  'errors at the end of a long expression': [
    { rules: [`policy.services.all(x, ${' '.repeat(16_000)}1 / 0 == 1 || true)`] },
    'RTP1304',
  ],
  'a pattern that backtracks': [
    { rules: [`${text}.matches("^(([ab]+)+)+$") && ${text}.matches("(a|aa)+$")`] },
    'RTP1305',
  ],
  'a pattern of many repetitions': [{ rules: [`${text}.matches("${times(100, '[ab]{1000}')}")`] }, 'RTP1307'],
  'a pattern of repeated repetitions': [
    { rules: [`${text}.matches("((((a{10}){10}){10}){10}){10}")`] },
    'RTP1307',
  ],
  'a pattern of 2,000 characters': [{ rules: [`${text}.matches("${times(2_000, 'a')}")`] }, 'RTP1307'],
  'a pattern that is computed': [
    { rules: [`policy.services.all(s, s.metadata.annotations["text"].matches(${text}))`] },
    'RTP1304',
  ],
  'a pattern with a thousand states and a long text': [
    {
      rules: [
        `policy.services.exists(s, s.metadata.annotations["text"].matches("(?:a|b)*a(?:a|b){900}[cd]"))`,
      ],
    },
    'RTP1304',
  ],
  'a text that doubles 40 times': [
    {
      variables: [text, ...Array.from({ length: 40 }, (_, i) => `variables.v${i} + variables.v${i}`)],
      rules: ['variables.v40 != ""'],
    },
    'RTP1304',
  ],
  'a list that doubles 40 times': [
    {
      variables: [
        'policy.services',
        ...Array.from({ length: 40 }, (_, i) => `variables.v${i} + variables.v${i}`),
      ],
      rules: ['variables.v40.size() > 0'],
    },
    'RTP1304',
  ],
  'a text that replace() makes too long': [
    { rules: [`${text}.replace("a", "${times(200, 'a')}") != ""`] },
    'RTP1306',
  ],
  'a text that replace() makes longer and longer': [
    { rules: [`${text}${times(5, `.replace("a", "${times(100, 'a')}")`)} != ""`] },
    'RTP1304',
  ],
  'a text that join() makes of the policy': [
    { rules: [`policy.services.map(s, ${text}).join(${text}) != ""`] },
    'RTP1306',
  ],
  'a text that format() makes of lists of lists': [
    { rules: ['"%s".format([policy.services.map(a, policy.services.map(b, b.metadata.name))]) != ""'] },
    'RTP1304',
  ],
  'an exponent with many digits': [{ rules: ['"%.999999999f".format([1.5]) != ""'] }, 'RTP1306'],
  'a search that looks at all of it at every position': [
    { rules: [`policy.services.all(s, (${text} + ${text}).contains(s.metadata.annotations["text"] + "b"))`] },
    'RTP1304',
  ],
  'a text of 16 kB that is none of the policy': [{ rules: [`object.metadata.name == ${long}`] }, 'RTP1305'],
  '16 kB of conditions': [{ rules: [times(1_100, 'true && ') + 'false'] }, 'RTP1304'],
  '900 conditions': [{ rules: [times(900, 'true && ') + 'false'] }, 'RTP1305'],
  '16 kB of additions': [{ rules: [`${times(4_000, '1+')}1 == 0`] }, 'RTP1304'],
  'a list of 5,000 entries': [{ rules: [`1 in [${times(5_000, '1,')}1]`] }, 'RTP1304'],
  'a call of 40 arguments': [{ rules: [`size(${times(40, '1,')}1) == 1`] }, 'RTP1304'],
  '17 kB': [{ rules: [`true || ${times(17_000, ' ')}true`] }, 'RTP1304'],
  'cel.bind that doubles': [{ rules: ['cel.bind(a, "aa", cel.bind(b, a + a, b != ""))'] }, 'RTP1302'],
};

describe('a guardrail is answered at once that has', () => {
  for (const [name, [rules, code]] of Object.entries(CASES)) {
    test(`${name}: ${code}`, () => {
      const { codes, time } = guard(guardrail(rules));
      expect(codes).toEqual([code]);
      expect(time).toBeLessThan(MOST_TIME);
    });
  }

  test('rules for the whole budget, and no more than that', () => {
    const most = GUARD_LIMITS.steps + (services.length + 1) * GUARD_LIMITS.stepsPerDocument;
    const each =
      'policy.services.filter(x, x.spec.addresses[9].port.low == 1 || x.metadata.name == "").size() < 0 || true';
    const { codes, time } = guard(guardrail({ rules: Array.from({ length: 100 }, () => each) }));
    expect(codes).toEqual(['RTP1304']);
    expect(most).toBeLessThan(20_000_000);
    expect(time).toBeLessThan(MOST_TIME);
  });
});

describe('a policy is answered at once that has', () => {
  const kinds =
    'Project, WorkloadIdentity, Service, CredentialSource, CredentialBinding, DaemonGroup, Guardrail';

  test('1,000 guardrails of 10 rules for every kind', () => {
    const rules = Array.from(
      { length: 10 },
      (_, i) => `object.metadata.name != "${i}" || policy.services.size() > 1000`,
    );
    const { codes, time } = guard(
      ...Array.from({ length: 1_000 }, (_, i) => guardrail({ rules, kinds }, `g${i}`)),
    );
    expect(codes).toEqual(['RTP1304']);
    expect(time).toBeLessThan(5 * MOST_TIME);
  });

  test('guardrails of 50 variables for every kind', () => {
    const variables = ['1', ...Array.from({ length: 49 }, (_, i) => `variables.v${i} + 1`)];
    const { codes, time } = guard(guardrail({ variables, rules: ['variables.v49 == 0'], kinds }));
    expect(codes).toEqual(['RTP1305']);
    expect(time).toBeLessThan(MOST_TIME);
  });
});
