// SPDX-License-Identifier: Apache-2.0
// Values of facts: which there can be, what is said of the others, and how they are compared.

import { describe, expect, test } from '@jest/globals';
import { FACTS, LIMITS } from '../../../src/bundle/generated.ts';
import type { Problem } from '../../../src/schema/check.ts';
import { findFact } from '../../../src/schema/facts/table.ts';
import type { Fact } from '../../../src/schema/facts/types.ts';
import { type FactValue, normaliseValue, valueProblem } from '../../../src/schema/facts/values.ts';

function fact(name: string): Fact {
  const found = findFact(name);
  if (found === undefined) throw new Error(`there is no fact ${name}`);
  return found;
}

function problem(name: string, value: FactValue): Problem | undefined {
  return valueProblem(value, fact(name), name);
}

const HASH = `sha256:${'0f'.repeat(32)}`;
const NAME_LIMIT = FACTS['process:name'].limit;
const ROOM = LIMITS.labelLength - 'k8s:label:a='.length;

describe('a value of a fact', () => {
  test.each<[string, FactValue]>([
    ['process:uid', 0],
    ['process:uid', '4294967294'],
    ['destination:port', 1],
    ['destination:port', '65535'],
    ['direction', 'output'],
    ['direction', 'input'],
    ['process:name', 'a'.repeat(NAME_LIMIT)],
    ['k8s:label:a', 'a'.repeat(ROOM)],
    ['process:binary:path', '/usr/bin/..a'],
    ['process:binary:hash', HASH],
    ['process:binary:hash', HASH.toUpperCase().replace('SHA', 'sha')],
    ['source:ip', '10.0.0.7'],
    ['source:ip', '2001:db8::7'],
  ])('may be, for %s, %j', (name, value) => {
    expect(problem(name, value)).toBeUndefined();
  });

  test.each<[string, FactValue, string, string]>([
    ['process:uid', -1, 'RTP1119', '-1 is not an id of a user or group'],
    ['process:uid', 1.5, 'RTP1119', '1.5 is not an id of a user or group'],
    ['process:uid', '01', 'RTP1119', '"01" is not an id of a user or group'],
    ['process:uid', ' 1', 'RTP1119', '" 1" is not an id of a user or group'],
    ['process:uid', '1 ', 'RTP1119', '"1 " is not an id of a user or group'],
    ['process:uid', true, 'RTP1119', 'true is not an id of a user or group'],
    ['destination:port', 0, 'RTP1117', '0 is not a port'],
    ['destination:port', 65_536, 'RTP1117', '65536 is not a port'],
    ['direction', 'outputs', 'RTP1108', '"outputs" is not a direction'],
    ['direction', 1, 'RTP1108', '"1" is not a direction'],
    ['process:name', 7, 'RTP1107', 'the field "process:name" must be text or a list, not the number 7'],
    ['process:name', true, 'RTP1107', 'the field "process:name" must be text or a list, not true'],
    ['process:name', '', 'RTP1113', 'the value is empty'],
    ['process:name', 'a\0b', 'RTP1109', 'the value has a NUL character, so no process can have it'],
    ['process:name', 'a\uD800', 'RTP1109', 'the value has half of a surrogate pair, which is not a character'],
    ['process:name', 'é'.repeat(NAME_LIMIT), 'RTP1119', `the value has ${2 * NAME_LIMIT} bytes; process:name has at most ${NAME_LIMIT}`],
    ['k8s:label:a', 'a'.repeat(ROOM + 1), 'RTP1119', `the fact and its value have ${LIMITS.labelLength + 1} bytes; ${LIMITS.labelLength} are allowed`],
    ['process:binary:path', 'usr/bin/curl', 'RTP1109', '"usr/bin/curl" is not an absolute path'],
    ['process:binary:hash', HASH.slice(7), 'RTP1109', `"${HASH.slice(7, 66)}…" is not the SHA-256 of a file`],
    ['process:binary:hash', `x${HASH}`, 'RTP1109', `"x${HASH.slice(0, 58)}…" is not the SHA-256 of a file`],
    ['source:ip', '10.0.0.0/8', 'RTP1116', '"10.0.0.0/8" is a prefix; a selector compares whole addresses'],
    ['source:ip', '10.0.0.1/8', 'RTP1116', '"10.0.0.1/8" is a prefix; a selector compares whole addresses'],
    ['source:ip', '10.0.0.1/99', 'RTP1116', '"10.0.0.1/99" is a prefix; a selector compares whole addresses'],
    ['source:ip', 'localhost', 'RTP1116', '"localhost" is not an IP address'],
  ])('is not, for %s, %j', (name, value, code, message) => {
    expect(problem(name, value)).toMatchObject({ code, message });
  }); // prettier-ignore

  test.each<[string, FactValue, string]>([
    ['process:name', 'a'.repeat(NAME_LIMIT + 1), 'select by process:binary:path, or write the first 15 bytes'],
    ['process:cmdline', 'a'.repeat(FACTS['process:cmdline'].limit + 1), 'shorten it'],
    ['process:binary:path', '//usr/./bin/curl', 'write /usr/bin/curl'],
    ['process:binary:path', '/usr/bin/', 'write the path of the executable, such as /usr/bin/curl'],
    ['process:binary:path', '/usr/../bin/curl', 'write the path of the executable without ".."'],
    ['process:binary:path', '/', 'write the path of the executable, such as /usr/bin/curl'],
    ['process:binary:hash', HASH.slice(7), 'write sha256: before it'],
    ['process:binary:hash', HASH.slice(6), 'write sha256: and 64 hexadecimal digits, as sha256sum prints them'],
    ['process:binary:hash', `${HASH.slice(7)}0`, 'write sha256: and 64 hexadecimal digits, as sha256sum prints them'],
    ['process:name', '\uDC00', 'write the character itself, or both halves of its escape'],
  ])('is put right, for %s, %j: %s', (name, value, fix) => {
    expect(problem(name, value)?.fix).toBe(fix);
  }); // prettier-ignore
});

test.each<[string, FactValue, string | number]>([
  ['process:uid', '7', 7],
  ['process:uid', 7, 7],
  ['process:name', 'Curl', 'Curl'],
  ['process:name', '10.0.0.7', '10.0.0.7'],
  ['process:binary:hash', HASH.toUpperCase(), HASH],
  ['source:ip', '2001:DB8:0::7', '2001:db8::7'],
  ['source:ip', 'x', 'x'],
])('a value of %s is compared in one form: %j as %j', (name, value, normal) => {
  expect(normaliseValue(value, fact(name))).toBe(normal);
});

describe('a fact that is true or false', () => {
  const yes = { ...fact('k8s:label:a'), type: 'boolean' } as const;
  test.each<[FactValue, string | undefined]>([
    [true, undefined],
    [false, undefined],
    ['true', undefined],
    ['false', undefined],
    ['yes', '"yes" is not true or false'],
    [1, '"1" is not true or false'],
    ['', '"" is not true or false'],
  ])('takes %j or says: %s', (value, message) => {
    expect(valueProblem(value, yes, 'a')?.message).toBe(message);
  });
});
