// SPDX-License-Identifier: Apache-2.0
// Expressions that are right by their types, for differential tests: every operator, every macro and the functions that both engines
// have. Left out is what the two are known to differ in: the oracle counts UTF-16 units, and so texts are ASCII; it rounds an int before it
// compares it with a double, as the specification does, and riptides does not, so such ints are small.

import fc from 'fast-check';

/** The variables that generated expressions use, and their types in CEL. */
export const VARIABLES = {
  i: 'int',
  j: 'int',
  s: 'string',
  t: 'string',
  b: 'bool',
  d: 'double',
  ints: 'list<int>',
  words: 'list<string>',
  counts: 'map<string, int>',
} as const;

type Kind = 'int' | 'string' | 'bool' | 'double' | 'ints' | 'words';

/** Names of variables of loops, by the type that they have. */
interface Scope {
  readonly depth: number;
  readonly int: readonly string[];
  readonly string: readonly string[];
  readonly choose: <T>(list: readonly T[], otherwise: T) => T;
}

interface Loop {
  readonly over: 'ints' | 'words';
  readonly macro: string;
  readonly body: Kind;
}

type Form = string | Loop;

const CONSTANTS: Readonly<Record<Kind, readonly string[]>> = {
  int: ['0', '1', '2', '-1', '7', '9223372036854775807', '-9223372036854775807', 'i', 'j', '0x10'],
  string: ['""', '"a"', '"abc"', '"a,b,c"', "'A b'", '"-12"', '"b"', 's', 't', 'r"\\d+"'],
  bool: ['true', 'false', 'b'],
  double: ['0.0', '1.5', '-2.25', '1e3', 'd', '9.5e17'],
  ints: ['ints', '[1, 2, 3]', '[0]', '[i, j]'],
  words: ['words', '["a", "b"]', '[s]'],
};

/** An expression that each of the numbers decides a step of; smaller numbers, and fewer, make a simpler one. */
export function expressions(): fc.Arbitrary<string> {
  return fc.array(fc.nat(9_999), { minLength: 1, maxLength: 80, size: 'max' }).map((numbers) => {
    let next = 0;
    const below = (count: number): number => (numbers[next++] ?? 0) % count;
    const choose = <T>(list: readonly T[], otherwise: T): T => list[below(list.length)] ?? otherwise;
    return write(choose(KINDS, 'bool'), { depth: 4, int: [], string: [], choose });
  });
}

const KINDS = ['bool', 'int', 'string', 'ints', 'words', 'double'] as const;

function write(kind: Kind, scope: Scope): string {
  const local = kind === 'int' || kind === 'string' ? scope[kind] : [];
  const leaves = [...CONSTANTS[kind], ...local, ...local];
  const inner = { ...scope, depth: scope.depth - 1 };
  const form =
    scope.depth === 0
      ? undefined
      : scope.choose<Form | undefined>([undefined, ...FORMS[kind], ...LOOPS[kind]], undefined);
  if (form === undefined) return scope.choose(leaves, 'b');
  return typeof form === 'string' ? fill(form, inner) : loop(form, inner);
}

/** The text with an expression in place of each `$kind`. */
function fill(template: string, scope: Scope): string {
  const parts = template.split(/(\$(?:int|string|bool|double|ints|words)\b)/);
  const texts = parts.map((part) => {
    const kind = KINDS.find((one) => part === `$${one}`);
    return kind === undefined ? part : write(kind, scope);
  });
  return `(${texts.join('')})`;
}

/** A loop over a list whose body knows one variable more. */
function loop({ over, macro, body }: Loop, scope: Scope): string {
  const name = `v${scope.int.length + scope.string.length}`;
  const list = write(over, scope);
  const inside =
    over === 'ints' ? { ...scope, int: [...scope.int, name] } : { ...scope, string: [...scope.string, name] };
  return `${list}.${macro}(${name}, ${write(body, inside)})`;
}

const FORMS: Readonly<Record<Kind, readonly string[]>> = {
  int: [
    '$int + $int',
    '$int - $int',
    '$int * $int',
    '$int / $int',
    '$int % $int',
    '-($int)',
    'size($string)',
    '$ints.size()',
    'size(counts)',
    '$string.indexOf($string)',
    '$string.lastIndexOf($string)',
    'int(string($int))',
    'int($double)',
    '$ints[$int]',
    'counts[$string]',
    '$bool ? $int : $int',
  ],
  string: [
    '$string + $string',
    '$string.substring($int)',
    '$string.substring($int, $int)',
    '$string.charAt($int)',
    '$string.lowerAscii()',
    '$string.upperAscii()',
    '$string.trim()',
    '$string.replace("a", $string)',
    '$string.replace("b", $string, 1)',
    '$words.join($string)',
    '$words.join()',
    'string($int)',
    'string($bool)',
    '"%s-%d".format([$string, $int])',
    '$words[$int]',
    '$bool ? $string : $string',
  ],
  bool: [
    '!$bool',
    '$bool && $bool',
    '$bool || $bool',
    '$int == $int',
    '$int != $int',
    '$int < $int',
    '$int >= $int',
    '$double < $double',
    '$double == $double',
    '($int % 1000) <= $double',
    '$string == $string',
    '$string < $string',
    '$string.startsWith($string)',
    '$string.endsWith($string)',
    '$string.contains($string)',
    '$string.matches("^[a-c,]*$")',
    '$string.matches("b+|^$")',
    '$int in $ints',
    '$string in $words',
    '$string in counts',
    '$ints == $ints',
    '$words != $words',
    '$bool ? $bool : $bool',
    'has(counts.a)',
    'counts == {"a": $int}',
  ],
  double: ['$double + $double', '$double - $double', '$double * $double', '-($double)', 'double($int)'],
  ints: ['$ints + $ints', '[$int, $int]', '$bool ? $ints : $ints'],
  words: ['$words + $words', '$string.split(",")', '[$string]', '$bool ? $words : $words'],
};

const quantifiers = (['ints', 'words'] as const).flatMap((over) =>
  ['all', 'exists', 'exists_one'].map((macro): Loop => ({ over, macro, body: 'bool' })),
);

const LOOPS: Readonly<Record<Kind, readonly Loop[]>> = {
  int: [],
  string: [],
  double: [],
  bool: quantifiers,
  ints: [
    { over: 'ints', macro: 'filter', body: 'bool' },
    { over: 'ints', macro: 'map', body: 'int' },
    { over: 'words', macro: 'map', body: 'int' },
  ],
  words: [
    { over: 'words', macro: 'filter', body: 'bool' },
    { over: 'ints', macro: 'map', body: 'string' },
  ],
};
