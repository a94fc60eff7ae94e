// SPDX-License-Identifier: Apache-2.0
// Expressions of guardrails and conditions of rules. What compiles within the limit of steps is evaluated in time; a condition that the
// compiler takes is decided by the engine, by the oracle and by the program for the kernel alike.

import { formatAddress } from '../../../src/bundle/address.ts';
import { compileExpression } from '../../../src/cel/compile.ts';
import { CEL_LIMITS, celValue, createEnvironment, extendEnvironment } from '../../../src/cel/environment.ts';
import { profileOf } from '../../../src/cel/profile.ts';
import type { CelProblem } from '../../../src/cel/types.ts';
import { compileCondition } from '../../../src/compiler/conditions/compile.ts';
import type { ConditionProblem } from '../../../src/compiler/conditions/types.ts';
import { parseFile } from '../../../src/compiler/load/parse.ts';
import { lowerCondition } from '../../../src/compiler/lower/conditions.ts';
import type { TablePrefix } from '../../../src/compiler/lower/types.ts';
import { expressions, VARIABLES } from '../../cel/generate.ts';
import { celDecides, programHolds } from '../../compiler/conditions/engines.ts';
import { type Place, randomCondition, randomSituation } from '../../compiler/conditions/generate.ts';
import { conditionHolds } from '../../oracle/condition.ts';
import { randomFrom } from '../../oracle/random.ts';
import { bytesOf, drawing, examples, toBytes, toText, YAML_FILES } from '../corpus.ts';
import { Broken, HUGE, type Target, timed } from '../target.ts';

const SITUATIONS = 8;

const environment = extendEnvironment(createEnvironment({}), {}, VARIABLES);
const WORLD = {
  i: 3,
  j: -7,
  s: 'abc',
  t: 'a,b ' + 'x'.repeat(200),
  b: true,
  d: 0.5,
  ints: Array.from({ length: 50 }, (_, i) => i - 7),
  words: ['a', 'bc', '', ...Array.from({ length: 30 }, (_, i) => `word ${i}`)],
  counts: { a: 1, b: 2, abc: 5 },
} as const satisfies Readonly<Record<keyof typeof VARIABLES, unknown>>;
const fields = Object.entries(VARIABLES).map(([name, type]) => {
  const value = Object.entries(WORLD).find(([key]) => key === name)?.[1];
  return { name, value: celValue(environment, value, type), profile: profileOf([value], type, {}) };
});
const values = Object.fromEntries(fields.map(({ name, value }) => [name, value]));
const sizes = new Map(fields.map(({ name, profile }) => [name, profile]));

const draw = drawing(expressions());
const places: readonly [Place, Place] = ['egress', 'inbound'];

export const target: Target = {
  seeds: () =>
    [...bytesOf(...YAML_FILES), ...examples()].flatMap((bytes) => expressionsIn(bytes).map(toBytes)),
  largest: HUGE,
  isText: true,
  words: [
    ...Object.keys(VARIABLES), 'process.uid', 'process.name', 'process.binary.path', 'process.cmdline', 'destination.ip',
    'destination.port', 'destination.name', 'source.ip', 'source.port', 'peer.spiffeID', 'peer.path', 'time',
    'time.getHours("+02:00")', 'timestamp("2026-03-01T08:00:00Z")', 'duration("1h")', 'ip("10.0.0.1")', 'isIP(s)',
    'cidr("10.0.0.0/8")', '.containsIP(', 'int(', 'string(', 'double(', 'bytes(', 'dyn(', 'type(', 'size(', 'has(',
    '.all(x, ', '.exists(x, ', '.exists_one(x, ', '.map(x, ', '.filter(x, ', '.matches("a+")', '.matches("(a*)*b")',
    '.startsWith("a")', '.endsWith(s)', '.contains(', '.replace("a", t)', '.split("")', '.join(",")', '.format([s])',
    '"%s%d%x%e"', '.substring(1)', '.charAt(0)', '.lowerAscii()', '.trim()', '.indexOf("")', '.reverse()', ' && ', ' || ',
    '!', ' == ', ' != ', ' < ', ' in ', ' ? ', ' : ', ' + ', ' - ', ' * ', ' / ', ' % ', 'true', 'false', 'null', '""',
    'r"\\d"', 'b"\\xff"', '"""a"""', '[]', '[1, 2]', '{}', '{"a": 1}', '9223372036854775807', '-9223372036854775808',
    '1u', '1.5', '1e308', '0x10', '?.', '[?0]', 'optional.of(', 'cel.bind(x, ', '.', ',', '(', ')', '// c\n', '😀',
    '"\\ud800"', '__proto__', 'constructor', 'google.protobuf.Timestamp{}',
  ], // prettier-ignore
  generate: (random) =>
    toBytes(
      random.once(2) ? draw(random) : randomCondition(random, random.pick(places), 1 + random.below(4)),
    ),
  check: (bytes) => {
    const text = toText(bytes);
    const said = checkExpression(text);
    const conditions = places.map((where) => checkCondition(text, where));
    return [said, ...conditions].join(' / ');
  },
};

/** Texts that are expressions somewhere in the repository. */
function expressionsIn(bytes: Uint8Array): readonly string[] {
  const found: string[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (typeof inner === 'string' && /^(?:when|expression|messageExpression)$/.test(key)) found.push(inner);
      else visit(inner);
    }
  };
  for (const { value } of parseFile('', bytes).value ?? []) visit(value);
  return found;
}

function checkExpression(text: string): string {
  const compiled = timed('compiling an expression', () => compileExpression(text, environment));
  if ('problems' in compiled) return checkProblems(compiled.problems, text);
  const { expression } = compiled;
  const { steps, heaviest } = timed('the cost', () => expression.cost(sizes));
  if (
    !(steps >= 1) ||
    !(heaviest.start >= 0 && heaviest.end <= text.length && heaviest.start <= heaviest.end)
  )
    throw new Broken('the cost is none', JSON.stringify({ steps, heaviest }));
  if (steps > CEL_LIMITS.steps) return 'costs too much';
  const result = timed('evaluating', () => expression.evaluate(values));
  if ('value' in result) return expression.type;
  checkProblems([result.problem], text);
  return `${expression.type} fails`;
}

function checkProblems(problems: readonly (CelProblem | ConditionProblem)[], text: string): string {
  if (problems.length === 0) throw new Broken('refused without a reason');
  for (const { start, end, message } of problems) {
    if (!(start >= 0 && start <= end && end <= text.length))
      throw new Broken('a problem is outside of the expression', JSON.stringify({ start, end, message }));
    if (message === '') throw new Broken('a problem has no words');
  }
  return problems
    .map((problem) =>
      'code' in problem
        ? problem.code
        : `${problem.kind} ${problem.message.replaceAll(/["'].*["']|\d+/g, '').slice(0, 24)}`,
    )
    .slice(0, 2)
    .join();
}

function checkCondition(text: string, where: Place): string {
  const problems: ConditionProblem[] = [];
  const condition = timed('compiling a condition', () =>
    compileCondition(text, where, (problem) => problems.push(problem)),
  );
  if (condition === undefined) return checkProblems(problems, text);
  if (problems.length > 0) throw new Broken('a condition is taken that has problems', problems[0]?.message);
  const prefixes: TablePrefix[] = [];
  const lowered = timed('lowering', () => lowerCondition(condition, (prefix) => prefixes.push(prefix) - 1));
  const random = randomFrom(text.length);
  const engine = celDecides(text);
  const isLiteral = addressesIn(condition).every((address) =>
    ['"', "'"].some((quote) => text.includes(`${quote}${formatAddress(address)}${quote}`)),
  );
  for (let i = 0; i < SITUATIONS; i++) {
    const situation = randomSituation(random, where);
    const program = (): boolean =>
      lowered.kind === 'program'
        ? programHolds(lowered.instructions, prefixes, situation)
        : lowered.kind === 'always';
    const said = {
      ...(isLiteral && { engine: engine(situation) }),
      oracle: conditionHolds(condition, situation),
      ...(lowered.kind !== 'too-long' && { program: program() }),
    };
    if (new Set(Object.values(said)).size > 1)
      throw new Broken('a condition is decided in two ways', JSON.stringify({ where, situation, said }));
  }
  return lowered.kind;
}

/** Addresses that a condition compares with. However they are written, they are meant as addresses; to the engine they are texts. */
function addressesIn(condition: unknown): readonly Uint8Array[] {
  if (typeof condition !== 'object' || condition === null) return [];
  if ('address' in condition && condition.address instanceof Uint8Array) {
    const isWhole = 'prefixLength' in condition && condition.prefixLength === 128;
    return isWhole ? [condition.address] : [];
  }
  return Object.values(condition).flatMap(addressesIn);
}
