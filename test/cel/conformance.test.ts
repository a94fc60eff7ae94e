// SPDX-License-Identifier: Apache-2.0
// Where riptides' expressions are not those of the specification is written in known-differences.txt, each with its reason. Another
// version of the engine, or another function, that changes any verdict, for better or worse, fails here. UPDATE=1 writes the verdicts
// anew, and keeps the reasons: read the difference before you keep it.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { conformanceTests, verdictOf } from './conformance.ts';

const FILE = join(import.meta.dirname, 'known-differences.txt');

interface Difference {
  readonly verdict: string;
  readonly reason: string;
  readonly name: string;
}

/** Reasons that a difference may have: those that the file explains at its beginning. */
function reasons(): ReadonlySet<string> {
  return new Set(
    [...readFileSync(FILE, 'utf8').matchAll(/^# {3}([a-z-]+) {2,}/gm)].map(([, name = '']) => name),
  );
}

function knownDifferences(): readonly Difference[] {
  return readFileSync(FILE, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [verdict = '', reason = '', ...name] = line.split(' ');
      return { verdict, reason, name: name.join(' ') };
    });
}

describe('the conformance tests of CEL', () => {
  const tests = conformanceTests();

  test('are there', () => {
    expect(tests.length).toBeGreaterThan(1500);
  });

  test('have the verdicts that are known, one by one', () => {
    const known = knownDifferences();
    const reasonOf = new Map(known.map(({ name, reason }) => [name, reason]));
    const found = tests
      .map((one) => ({ name: one.name, verdict: verdictOf(one) }))
      .filter(({ verdict }) => verdict !== 'right');
    const lines = found.map(({ name, verdict }) => `${verdict} ${reasonOf.get(name) ?? '?'} ${name}`);
    if (process.env['UPDATE'] === '1') {
      const head = readFileSync(FILE, 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('#'));
      writeFileSync(FILE, `${[...head, ...lines.toSorted()].join('\n')}\n`);
    }
    expect(lines.toSorted()).toEqual(
      known.map(({ verdict, reason, name }) => `${verdict} ${reason} ${name}`).toSorted(),
    );
  });

  test('have a reason for each difference', () => {
    expect(new Set(knownDifferences().map(({ reason }) => reason))).toEqual(reasons());
  });

  test('give another answer than the specification in few places, none of which a policy comes to', () => {
    const unsafe = knownDifferences().filter(({ verdict }) => verdict === 'other' || verdict === 'accepted');
    expect(new Set(unsafe.map(({ reason }) => reason))).toEqual(
      new Set(['exact-numbers', 'optionals', 'type-names']),
    );
    expect(unsafe).toHaveLength(8);
  });
});
