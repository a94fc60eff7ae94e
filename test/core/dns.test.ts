// SPDX-License-Identifier: Apache-2.0
// What is read of messages of DNS. The oracle is the package dns-packet, by other people.

import { decode, encode, type Packet } from 'dns-packet';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mapIPv4, parseAddress } from '../../src/bundle/address.ts';
import { SEED } from '../seed.ts';
import {
  labels,
  message,
  type NativeAnswer,
  type Part,
  pointer,
  QUESTION_AT,
  readNatively,
  record,
  TYPE,
} from './dns.ts';
import { hasCompiler } from './native.ts';

const API = labels('api.example.com');
const OWN = pointer(QUESTION_AT);
const A = [192, 0, 2, 1];
const B = [192, 0, 2, 2];
const hex = (four: readonly number[]): string => `${'0'.repeat(20)}ffff${Buffer.from(four).toString('hex')}`;
const SIX = Buffer.from('20010db8000000000000000000000001', 'hex');
const alias = (from: Part, to: Part, ttl = 60) => record(from, TYPE.CNAME, to, { ttl });
const chain = (length: number): Uint8Array =>
  message(labels('n0.x'), [
    ...Array.from({ length }, (_, i) => alias(labels(`n${i}.x`), labels(`n${i + 1}.x`))),
    record(labels(`n${length}.x`), TYPE.A, A),
  ]);
/** A name of as many bytes as text. */
const long = (length: number): string => {
  const text = `${'a'.repeat(63)}.`.repeat(4).slice(0, length);
  return text.endsWith('.') ? `${text.slice(0, -2)}.b`.slice(0, length) : text;
};

const given = (addresses: readonly string[], ttl = 60) => ({ ttl, addresses });

const CASES: readonly (readonly [string, Uint8Array, NativeAnswer['answer']])[] = [
  ['an address', message(API, [record(OWN, TYPE.A, A)]), given([hex(A)])],
  [
    'several, with the least TTL',
    message(API, [record(OWN, TYPE.A, A, { ttl: 9 }), record(API, TYPE.A, B)]),
    given([hex(A), hex(B)], 9),
  ],
  ['IPv6', message(API, [record(OWN, TYPE.AAAA, SIX)], { type: TYPE.AAAA }), given([SIX.toString('hex')])],
  ['a TTL of zero', message(API, [record(OWN, TYPE.A, A, { ttl: 0 })]), given([hex(A)], 0)],
  [
    'a TTL that looks negative, as zero',
    message(API, [record(OWN, TYPE.A, A, { ttl: 0x80000000 })]),
    given([hex(A)], 0),
  ],
  [
    'letters in whatever case',
    message(labels('aPi.EXAMPLE.com'), [record(labels('Api.example.COM'), TYPE.A, A)]),
    given([hex(A)]),
  ],
  [
    'an alias, with its TTL',
    message(API, [alias(OWN, labels('cdn.x'), 5), record(labels('CDN.x'), TYPE.A, A)]),
    given([hex(A)], 5),
  ],
  ['as many aliases as are followed', chain(16), given([hex(A)])],
  ['one alias more', chain(17), null],
  [
    'aliases that lead in a circle',
    message(API, [alias(OWN, labels('b.x')), alias(labels('b.x'), API), alias(OWN, labels('b.x'))]),
    null,
  ],
  ['an alias after an address', message(API, [record(OWN, TYPE.A, A), alias(OWN, labels('b.x'))]), null],
  [
    'records in another order than they lead',
    message(API, [record(labels('cdn.x'), TYPE.A, A), alias(OWN, labels('cdn.x'))]),
    null,
  ],
  ['an address of another name', message(API, [record(labels('evil.x'), TYPE.A, A)]), null],
  [
    'records of other types beside it',
    message(API, [record(OWN, TYPE.TXT, [1, 65]), record(OWN, TYPE.A, A)]),
    given([hex(A)]),
  ],
  ['the other family', message(API, [record(OWN, TYPE.AAAA, SIX)]), null],
  ['another class', message(API, [record(OWN, TYPE.A, A, { class: 3 })]), null],
  ['no record', message(API, []), null],
  ['an error', message(API, [record(OWN, TYPE.A, A)], { flags: 0x8183 }), null],
  ['an answer that is cut off', message(API, [record(OWN, TYPE.A, A)], { flags: 0x8380 }), null],
  ['a query', message(API, [record(OWN, TYPE.A, A)], { flags: 0x0100 }), null],
  ['another operation', message(API, [record(OWN, TYPE.A, A)], { flags: 0x8980 }), null],
  ['two questions', message(API, [record(OWN, TYPE.A, A)], { questions: 2 }), null],
  ['a question for another type', message(API, [record(OWN, TYPE.A, A)], { type: TYPE.TXT }), null],
  ['more records claimed than there are', message(API, [record(OWN, TYPE.A, A)], { answers: 65535 }), null],
  [
    'fewer records claimed than there are',
    message(API, [record(OWN, TYPE.A, A), record(OWN, TYPE.A, B)], { answers: 1 }),
    given([hex(A)]),
  ],
  ['an address of five bytes', message(API, [record(OWN, TYPE.A, [...A, 9])]), null],
  ['data that ends after the message', message(API, [record(OWN, TYPE.A, A, { length: 5 })]), null],
  [
    'a malformed record after a good one',
    message(API, [record(OWN, TYPE.A, A), record(OWN, TYPE.A, [1])]),
    null,
  ],
  ['a pointer to itself', message(API, [record(pointer(33), TYPE.A, A)]), null],
  ['a pointer forward', message(API, [record(pointer(40), TYPE.A, A)]), null],
  ['pointers in a circle', message([...pointer(14), ...pointer(12)], [record(OWN, TYPE.A, A)]), null],
  ['a label that grows by its own pointer', message([1, 97, ...pointer(12)], [record(OWN, TYPE.A, A)]), null],
  ['a label of a kind that nobody defined', message([0x41, 97, 0], [record(OWN, TYPE.A, A)]), null],
  [
    'an alias that does not fill its data',
    message(API, [record(OWN, TYPE.CNAME, [...labels('b.x'), 0]), record(labels('b.x'), TYPE.A, A)]),
    null,
  ],
  [
    'an alias that ends after its data',
    message(API, [record(OWN, TYPE.CNAME, [1]), record(labels('b.x'), TYPE.A, A)]),
    null,
  ],
  [
    'a label with a dot in it',
    message([7, ...Buffer.from('api.exa'), 3, 99, 111, 109, 0], [record(OWN, TYPE.A, A)]),
    null,
  ],
  ['a label with a zero byte in it', message([3, 97, 0, 98, 0], [record(OWN, TYPE.A, A)]), null],
  ['the root', message([0], [record(OWN, TYPE.A, A)]), null],
  ['the longest name', message(labels(long(253)), [record(OWN, TYPE.A, A)]), given([hex(A)])],
  ['a name that is longer', message(labels(long(254)), [record(OWN, TYPE.A, A)]), null],
  ['nothing', new Uint8Array(0), null],
  ['half a header', new Uint8Array(11), null],
];

/** What dns-packet reads of a message, in the words of the parser. Undefined when it cannot be read. */
function oracle(bytes: Uint8Array): NativeAnswer['answer'] | undefined {
  let packet: Packet & { flag_tc?: boolean; rcode?: string; opcode?: string };
  try {
    packet = decode(Buffer.from(bytes));
  } catch {
    return undefined;
  }
  const [question, second] = packet.questions ?? [];
  if (packet.type !== 'response' || packet.flag_tc === true || packet.rcode !== 'NOERROR') return null;
  if (packet.opcode !== 'QUERY' || question === undefined || second !== undefined) return null;
  if (question.class !== undefined && question.class !== 'IN') return null;
  if (question.type !== 'A' && question.type !== 'AAAA') return null;
  let name = question.name.toLowerCase();
  let ttl = 0x7fffffff;
  const addresses: string[] = [];
  for (const one of packet.answers ?? []) {
    if (one.type === 'OPT' || one.class !== 'IN' || one.name.toLowerCase() !== name) continue;
    if (one.type === 'CNAME') name = String(one.data).toLowerCase();
    else if (one.type === question.type)
      addresses.push(Buffer.from(address(String(one.data))).toString('hex'));
    else continue;
    ttl = Math.min(ttl, (one.ttl ?? 0) > 0x7fffffff ? 0 : (one.ttl ?? 0));
  }
  return addresses.length === 0 ? null : { ttl, addresses };
}

function address(text: string): Uint8Array {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(`${text} is no address`);
  return parsed.length === 4 ? mapIPv4(parsed) : parsed;
}

const NAMES = ['api.example.com', 'API.example.COM', 'cdn.example.net', 'x', 'a-b.c_d.e'] as const;
const anyTtl = fc.constantFrom(0, 1, 60, 3600, 0x7fffffff);
const anyName = fc.constantFrom(...NAMES);
const anyRecord = fc.oneof(
  fc.record({ type: fc.constant('A' as const), name: anyName, ttl: anyTtl, data: fc.ipV4() }),
  fc.record({ type: fc.constant('AAAA' as const), name: anyName, ttl: anyTtl, data: fc.ipV6() }),
  fc.record({ type: fc.constant('CNAME' as const), name: anyName, ttl: anyTtl, data: anyName }),
  fc.record({
    type: fc.constant('TXT' as const),
    name: anyName,
    ttl: anyTtl,
    data: fc.string({ maxLength: 9 }),
  }),
);
const anyMessage = fc
  .record({
    id: fc.nat(65535),
    type: fc.constant('response' as const),
    questions: fc
      .record({ type: fc.constantFrom('A' as const, 'AAAA' as const), name: anyName })
      .map((q) => [q]),
    answers: fc.array(anyRecord, { maxLength: 6 }),
  })
  .map((packet) => Uint8Array.from(encode(packet)));
/** Messages with some bytes changed, or cut. */
const anyDamaged = fc
  .tuple(anyMessage, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }), fc.nat(20))
  .map(([bytes, changes, cut]) => {
    for (const [at, value] of changes) bytes[at % bytes.length] = value;
    return cut < 5 ? bytes.subarray(0, bytes.length - cut) : bytes;
  });

(hasCompiler() ? describe : describe.skip)('a message of DNS', () => {
  const answers = readNatively(CASES.map(([, bytes]) => bytes));

  test.each(CASES.map(([what, , expected], i) => [what, answers[i]?.answer, expected] as const))(
    'gives what it answers: %s',
    (_, actual, expected) => {
      expect(actual).toEqual(expected);
    },
  );

  test('as a query tells its name in lower case, its type and its id, and nothing as an answer', () => {
    const query = message(labels('Api.Example.com'), [], { id: 513, flags: 0x0100, type: TYPE.AAAA });
    const cutAfter = query.subarray(0, query.length);
    const [whole, cut, answer] = readNatively([cutAfter, query.subarray(0, -1), message(API, [])]);
    expect(whole).toEqual({
      query: { id: 513, type: 28, name: 'api.example.com' },
      asked: null,
      answer: null,
    });
    expect(cut?.query).toBeNull();
    expect(answer?.query).toBeNull();
    expect(answer?.asked).toEqual({ id: 7, type: 1, name: 'api.example.com' });
  });

  test('gives no more addresses than are kept of one', () => {
    const many = (count: number) =>
      message(
        API,
        Array.from({ length: count }, (_, i) => record(OWN, TYPE.A, [10, 0, i >> 8, i & 255])),
      );
    const [all, more] = readNatively([many(128), many(129)]);
    expect(all?.answer?.addresses).toHaveLength(128);
    expect(more?.answer).toEqual(all?.answer);
  });

  test('gives what dns-packet reads in it, whatever it is', () => {
    const messages = fc.sample(anyMessage, { numRuns: 3000, seed: SEED });
    const read = readNatively(messages);
    const wrong = messages.filter((bytes, i) => {
      const expected = oracle(bytes);
      // What is malformed to us as a whole: an alias beside addresses of the same name.
      if (read[i]?.answer === null) return expected !== null && !hasAliasAfterAddress(bytes);
      return JSON.stringify(read[i]?.answer) !== JSON.stringify(expected);
    });
    expect(wrong.map((bytes) => Buffer.from(bytes).toString('hex'))).toEqual([]);
    expect(read.filter(({ answer }) => answer !== null).length).toBeGreaterThan(300);
  });

  test('gives nothing that dns-packet does not read in it, also when it is damaged', () => {
    const messages = fc.sample(anyDamaged, { numRuns: 5000, seed: SEED });
    const read = readNatively(messages);
    const wrong = messages.filter((bytes, i) => {
      const { answer } = read[i] ?? {};
      if (answer === null || answer === undefined) return false;
      const expected = oracle(bytes);
      return expected !== undefined && JSON.stringify(answer) !== JSON.stringify(expected);
    });
    expect(wrong.map((bytes) => Buffer.from(bytes).toString('hex'))).toEqual([]);
  });
});

function hasAliasAfterAddress(bytes: Uint8Array): boolean {
  const { answers = [], questions = [] } = decode(Buffer.from(bytes));
  let name = questions[0]?.name.toLowerCase();
  let found = false;
  for (const one of answers) {
    if (one.type === 'OPT' || one.name.toLowerCase() !== name) continue;
    if (one.type === questions[0]?.type) found = true;
    if (one.type !== 'CNAME') continue;
    if (found) return true;
    name = String(one.data).toLowerCase();
  }
  return false;
}
