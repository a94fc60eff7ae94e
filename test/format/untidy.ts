// SPDX-License-Identifier: Apache-2.0
// Texts as no formatter would write them: the same values in any style, with comments and blank lines wherever YAML allows them.

import fc from 'fast-check';

/** Chooses a whole number from 0 to below a bound. */
export type Draw = (below: number) => number;

/** Choices that follow from a seed. */
export function drawFrom(seed: number): Draw {
  let state = seed | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

export type Data = null | boolean | number | string | readonly Data[] | { readonly [key: string]: Data };

const WORDS = [
  'api', 'shop/web', 'off', 'yes', 'true', 'null', '010', '1:30', '', ' ', 'a: b', 'a #b', '#', '- x', "it's", '"', '\\',
  'fd00::1', '::/0', '[x]', '{y}', 'a, b', '*x', '&x', '!x', '%x', '@x', '`x', '|', '>', '---', '...', '=', '<<', '~', '1e3', '0x1F',
  'two words', 'é', '\u200c', '\u00a0', '\t', 'tab\there', 'line\nbreak', '\nx\n\n', ' lead', 'trail ', 'x\n  y\n', '?', ':', '2001-01-01',
]; // prettier-ignore

const text = fc.oneof(
  fc.constantFrom(...WORDS),
  fc.string({ maxLength: 12 }),
  fc.stringMatching(/^[a-z:]{1,8}$/),
);
const key = fc.oneof(
  fc.constantFrom(
    'kind',
    'name',
    'app',
    'process:uid',
    'off',
    'a b',
    '#x',
    '1',
    'é',
    'line\nbreak',
    '[',
    '- a',
    '<<',
    '?x',
  ),
  fc.stringMatching(/^[a-z]{1,6}$/),
);

/** Any values that a document may hold, nested. */
export const data: fc.Arbitrary<Data> = fc.letrec<{ value: Data }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null)),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4 }),
  ),
})).value;

const FIELDS = [
  'workloadID',
  'scope',
  'mode',
  'selectors',
  'svid',
  'connection',
  'egress',
  'labels',
  'addresses',
];

/** Documents that say they are policy, with their fields in any order. */
const policy: fc.Arbitrary<Data> = fc
  .record({
    apiVersion: fc.constant('core.riptides.io/v1alpha1'),
    kind: fc.constantFrom('WorkloadIdentity', 'Service', 'Other'),
    metadata: fc.dictionary(fc.constantFrom('name', 'namespace', 'labels'), data),
    spec: fc.dictionary(fc.oneof(fc.constantFrom(...FIELDS), key), data, { maxKeys: 5 }),
  })
  .chain((fields) => fc.shuffledSubarray(Object.entries(fields), { minLength: 2 }))
  .map((entries) => Object.fromEntries(entries));

/** Documents: policy, and any other maps and lists. */
export const root: fc.Arbitrary<Data> = fc.oneof(
  { weight: 3, arbitrary: policy },
  { weight: 3, arbitrary: fc.dictionary(key, data, { minKeys: 1, maxKeys: 5 }) },
  { weight: 1, arbitrary: fc.array(data, { minLength: 1, maxLength: 4 }) },
);

/** Writes documents, one text for all. */
export function untidy(documents: readonly Data[], draw: Draw): string {
  const out: string[] = [];
  for (const [i, document] of documents.entries()) {
    if (i > 0 && chance(draw, 4)) out.push(`...${sameLine(draw)}`);
    out.push(lines(draw, 0));
    if (i > 0 || chance(draw, 3)) out.push(`---${sameLine(draw)}`, lines(draw, 0));
    out.push(block(document, 0, -1, draw).replace(/^\n/, ''), lines(draw, 0));
  }
  const text = out.filter((part) => part !== '').join('\n');
  return chance(draw, 3) ? text : `${text}\n`;
}

/** A value that stands behind a key or dash, or at the root (`parent` is -1): begins with a line break or a space. */
function block(value: Data, indent: number, parent: number, draw: Draw): string {
  const isRoot = parent < 0;
  if (typeof value !== 'object' || value === null || size(value) === 0 || (!isRoot && chance(draw, 3)))
    return inline(value, parent, draw);
  const pad = ' '.repeat(indent);
  const head = isRoot ? '' : sameLine(draw);
  const entries = Object.entries(value).map(([name, inner]) => {
    const step = 1 + draw(4);
    const before = lines(draw, indent);
    const isList = Array.isArray(inner) && size(inner) > 0;
    const deeper = Array.isArray(value)
      ? indent + 1 + step
      : isList && chance(draw, 3)
        ? indent
        : indent + step;
    const start = Array.isArray(value) ? '-' : `${writeKey(name, draw)}:`;
    const written = block(inner, deeper, indent, draw);
    return `${before === '' ? '' : `${before}\n`}${pad}${start}${written}`;
  });
  const end = lines(draw, indent);
  return `${head}\n${entries.join('\n')}${end === '' ? '' : `\n${end}`}`;
}

/** A scalar, or a value in brackets, behind the key or dash or below it. */
function inline(value: Data, parent: number, draw: Draw): string {
  const indent = Math.max(parent, 0) + 1;
  const written = flow(value, indent, draw);
  if (parent < 0 || !chance(draw, 6)) return ` ${written}${sameLine(draw)}`;
  // Comments above a value may be indented less than it.
  const between = Array.from({ length: draw(3) }, () => lines(draw, chance(draw, 2) ? 0 : indent));
  const above = between.filter((part) => part !== '').map((part) => `${part}\n`);
  return `${sameLine(draw)}\n${above.join('')}${' '.repeat(indent + draw(3))}${written}${sameLine(draw)}`;
}

function flow(value: Data, indent: number, draw: Draw): string {
  if (value === null) return chance(draw, 2) ? 'null' : '~';
  if (typeof value === 'string') return writeText(value, draw);
  if (typeof value !== 'object') return String(value);
  const parts = Array.isArray(value)
    ? value.map((inner) => flow(inner, indent, draw))
    : Object.entries(value).map(([name, inner]) => `${writeKey(name, draw)}: ${flow(inner, indent, draw)}`);
  const gap = (): string => {
    if (!chance(draw, 5)) return chance(draw, 2) ? ' ' : '';
    return `${chance(draw, 2) ? sameLine(draw) : ''}\n${chance(draw, 3) ? `${' '.repeat(indent)}# ${draw(100)}\n` : ''}${' '.repeat(indent)}`;
  };
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  const comma = parts.length > 0 && chance(draw, 4) ? ',' : '';
  return `${open}${parts.map((part) => `${gap()}${part}${gap()}`).join(',')}${comma}${gap()}${close}`;
}

function writeKey(name: string, draw: Draw): string {
  return /^[a-z]+$/.test(name) && !/^(true|false|null)$/.test(name) && chance(draw, 2)
    ? name
    : quoted(name, draw);
}

function writeText(value: string, draw: Draw): string {
  const isPlain = /^[a-z](?:[a-z/. ]*[a-z])?$/.test(value) && !/^(true|false|null)$/.test(value);
  return isPlain && chance(draw, 2) ? value : quoted(value, draw);
}

function quoted(value: string, draw: Draw): string {
  return /^[ -~é]*$/.test(value) && chance(draw, 2)
    ? `'${value.replaceAll("'", "''")}'`
    : JSON.stringify(value);
}

/** Comments and blank lines, of any indentation from `indent` on, or none. */
function lines(draw: Draw, indent: number): string {
  const count = chance(draw, 4) ? 1 + draw(3) : 0;
  return Array.from({ length: count }, () => {
    if (chance(draw, 3)) return chance(draw, 3) ? '   ' : ' ';
    return `${' '.repeat(indent + draw(4))}#${chance(draw, 2) ? ' ' : ''}${draw(100)}`;
  })
    .join('\n')
    .replace(/^ $/gm, '');
}

function sameLine(draw: Draw): string {
  return chance(draw, 5) ? `  # ${draw(100)} ${chance(draw, 3) ? ' ' : ''}` : chance(draw, 8) ? ' ' : '';
}

function chance(draw: Draw, oneIn: number): boolean {
  return draw(oneIn) === 0;
}

function size(value: object): number {
  return Object.keys(value).length;
}
