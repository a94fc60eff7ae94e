// SPDX-License-Identifier: Apache-2.0
// Both engines give the same answers: a value, or an error. Oracle: @bufbuild/cel (see oracle.ts). A run of 10,000 expressions takes
// about half a minute; RIPTIDES_SEED and RIPTIDES_RUNS replay and extend one.

import { readdirSync, readFileSync } from 'node:fs';
import { BlockList } from 'node:net';
import { join } from 'node:path';
import type { CelInput } from '@bufbuild/cel';
import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { compileExpression } from '../../src/cel/compile.ts';
import { celValue, createEnvironment, extendEnvironment } from '../../src/cel/environment.ts';
import { LEAST_INT_FAILS } from '../../src/cel/functions/numbers.ts';
import { guardedKinds, makeObjects, policyField } from '../../src/compiler/guard/objects.ts';
import { parseFile } from '../../src/compiler/load/parse.ts';
import { shapeDocuments } from '../../src/compiler/shape/shape.ts';
import type { GuardrailDocument, ShapedDocument } from '../../src/compiler/shape/types.ts';
import { expressions, VARIABLES } from './generate.ts';
import { type Answer, oracleAnswer, oracleValue, plainText } from './oracle.ts';

jest.setTimeout(600_000);

const environment = extendEnvironment(createEnvironment({}), {}, VARIABLES);

/** Values of the variables, as data. */
const WORLDS: readonly Readonly<Record<keyof typeof VARIABLES, unknown>>[] = [
  {
    i: 3,
    j: -7,
    s: 'abc',
    t: 'a,b',
    b: true,
    d: 0.5,
    ints: [1, 2, 3, 2],
    words: ['a', 'bc', ''],
    counts: { a: 1, b: 2 },
  },
  { i: 0, j: 1, s: '', t: ' Ab ', b: false, d: -3.75, ints: [], words: [], counts: {} },
  {
    i: 2,
    j: 100,
    s: '12',
    t: 'xyz',
    b: true,
    d: 1e18,
    ints: [0, -1],
    words: ['12', 'abc'],
    counts: { abc: 5 },
  },
];

const ours = WORLDS.map((world) =>
  Object.fromEntries(
    Object.entries(VARIABLES).map(([name, type]) => [
      name,
      celValue(environment, valueIn(world, name), type),
    ]),
  ),
);
const theirs = WORLDS.map((world) =>
  Object.fromEntries(Object.entries(world).map(([name, value]) => [name, inputOf(value, name === 'd')])),
);

function valueIn(world: object, name: string): unknown {
  return Object.entries(world).find(([key]) => key === name)?.[1];
}

/** Plain data as the oracle takes it. */
function inputOf(value: unknown, fraction = false): CelInput {
  if (typeof value === 'number') return fraction ? value : BigInt(value);
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => inputOf(item));
  if (typeof value !== 'object' || value === undefined) return null;
  return new Map(
    Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
      inner === undefined || key === 'source' ? [] : [[key, inputOf(inner)] as const],
    ),
  );
}

test('every generated expression has the same answer', () => {
  const counts = { values: 0, errors: 0 };
  const generated = fc.tuple(expressions(), fc.nat(WORLDS.length - 1));
  fc.assert(
    fc.property(generated, ([text, world]) => {
      const compiled = compileExpression(text, environment);
      if ('problems' in compiled) throw new Error(`${text}: ${compiled.problems[0]?.message}`);
      const result = compiled.expression.evaluate(ours[world] ?? {});
      const answer: Answer =
        'value' in result ? { value: plainText(result.value) } : { error: result.problem.message };
      const other = oracleAnswer(text, theirs[world] ?? {});
      if ('value' in answer) counts.values += 1;
      else counts.errors += 1;
      if ('error' in answer && answer.error === LEAST_INT_FAILS) return;
      const same = 'value' in answer ? 'value' in other && answer.value === other.value : 'error' in other;
      if (!same)
        throw new Error(
          `${text} in world ${world}: ${JSON.stringify(answer)}, oracle ${JSON.stringify(other)}`,
        );
    }),
    { numRuns: Number(process.env['RIPTIDES_RUNS'] ?? 10_000) },
  );
  // Half of the answers being errors would test little.
  expect(counts.values).toBeGreaterThan(counts.errors);
});

test('every address and prefix has the same answer as in the network stack of Node', () => {
  const groups = fc.array(fc.constantFrom(0, 0, 1, 0xa00, 0xa01, 0xffff, 0xfe80), {
    minLength: 8,
    maxLength: 8,
  });
  const bytes = fc.array(fc.constantFrom(0, 1, 10, 127, 128, 224, 255), { minLength: 4, maxLength: 4 });
  const address = fc.oneof(
    bytes.map((list) => list.join('.')),
    groups.map((list) => list.map((group) => group.toString(16)).join(':')),
    bytes.map(
      ([a = 0, b = 0, c = 0, d = 0]) => `::ffff:${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`,
    ),
  );
  const unmapped = (text: string): string => {
    const [, high, low] = /^(?:::|(?:0:){5})ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(text) ?? [];
    if (high === undefined || low === undefined) return text;
    const [first, second] = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
    return [first >> 8, first & 255, second >> 8, second & 255].join('.');
  };
  const familyOf = (text: string) => (text.includes(':') ? 'ipv6' : 'ipv4');
  const answers = { true: 0, false: 0 };
  fc.assert(
    fc.property(address, address, fc.nat(128), (network, host, bits) => {
      const [prefix, inside] = [unmapped(network), unmapped(host)];
      const length = familyOf(prefix) === 'ipv4' ? bits % 33 : bits;
      const list = new BlockList();
      list.addSubnet(prefix, length, familyOf(prefix));
      // To the list of Node, an IPv4 address is in the IPv6 prefixes of its mapped form as well.
      const contains = familyOf(prefix) === familyOf(inside) && list.check(inside, familyOf(inside));
      const written = network === prefix ? length : length + 96;
      const compiled = compileExpression(`cidr("${network}/${written}").containsIP("${host}")`, environment);
      if ('problems' in compiled) throw new Error(compiled.problems[0]?.message);
      expect(compiled.expression.evaluate({})).toEqual({ value: contains });
      answers[`${contains}`] += 1;
    }),
    { numRuns: Number(process.env['RIPTIDES_RUNS'] ?? 2_000) },
  );
  expect(answers.true).toBeGreaterThan(100);
  expect(answers.false).toBeGreaterThan(100);
});

const ROOT = join(import.meta.dirname, '../..');
const GUARDRAILS = join(ROOT, 'policies/guardrails');
const POLICIES = join(ROOT, 'test/compiler/guard/shipped');

function documentsOf(file: string): readonly ShapedDocument[] {
  return shapeDocuments(parseFile(file, readFileSync(file)).value ?? []).value ?? [];
}

function isGuardrail(document: ShapedDocument): document is GuardrailDocument {
  return document.kind === 'Guardrail';
}

describe('every expression of a shipped guardrail has the same answer:', () => {
  const files = readdirSync(GUARDRAILS).filter((file) => file.endsWith('.yaml'));
  for (const file of files) {
    for (const policy of ['good.yaml', 'bad.yaml']) {
      test(`${file} over ${policy}`, () => {
        const documents = documentsOf(join(POLICIES, file.replace('.yaml', ''), policy));
        const objects = makeObjects(documents, {});
        const whole = new Map(
          guardedKinds().flatMap((kind): [string, CelInput][] => {
            const list = documents
              .filter((document) => document.kind === kind)
              .map((document) => inputOf(document));
            const [first] = list;
            if (kind !== 'Project') return [[policyField(kind), list]];
            return first === undefined ? [] : [[policyField(kind), first]];
          }),
        );
        let compared = 0;
        for (const { spec } of documentsOf(join(GUARDRAILS, file)).filter(isGuardrail)) {
          for (const document of documents) {
            const kind = spec.matchKinds.find((one) => one === document.kind);
            if (kind === undefined) continue;
            const base = extendEnvironment(objects.environment, {}, { object: kind, oldObject: kind });
            const defined: Record<string, unknown> = {};
            const theirVariables = new Map<string, CelInput>();
            const types: Record<string, string> = {};
            const check = (text: string): void => {
              const known = extendEnvironment(base, { Known: { ...types } }, { variables: 'Known' });
              const compiled = compileExpression(text, known);
              if ('problems' in compiled) throw new Error(`${text}: ${compiled.problems[0]?.message}`);
              const variables = Object.assign(new (known.constructors.get('Known') ?? Object)(), defined);
              const result = compiled.expression.evaluate({ ...objects.valuesFor(document), variables });
              const theirValues = { object: inputOf(document), policy: whole, variables: theirVariables };
              const other = oracleAnswer(text, theirValues);
              expect('value' in result ? { value: plainText(result.value) } : 'error').toEqual(
                'value' in other ? other : 'error',
              );
              compared += 1;
            };
            for (const { name, expression: text } of spec.variables) {
              check(text);
              const known = extendEnvironment(base, { Known: { ...types } }, { variables: 'Known' });
              const compiled = compileExpression(text, known);
              if ('problems' in compiled) continue;
              const variables = Object.assign(new (known.constructors.get('Known') ?? Object)(), defined);
              const result = compiled.expression.evaluate({ ...objects.valuesFor(document), variables });
              if ('value' in result) defined[name] = result.value;
              types[name] = compiled.expression.type;
              const value = oracleValue(text, {
                object: inputOf(document),
                policy: whole,
                variables: theirVariables,
              });
              if (value !== undefined) theirVariables.set(name, value);
            }
            for (const rule of spec.rules) {
              check(rule.expression);
              if (rule.messageExpression !== undefined) check(rule.messageExpression);
            }
          }
        }
        expect(compared).toBeGreaterThan(0);
      });
    }
  }
});
