// SPDX-License-Identifier: Apache-2.0
// Tests of one text that must all hold.

import { prefixTest, suffixTest } from './affixes.ts';
import type { SimpleText } from './join.ts';

/** The tests without those that follow from others; undefined when no text can pass them all. */
export function joinTexts(tests: readonly SimpleText[]): readonly SimpleText[] | undefined {
  const equal = tests.find(({ test, holds }) => test === 'equal' && holds);
  if (equal !== undefined)
    return tests.every((test) => passes(equal.text, test) === test.holds) ? [equal] : undefined;
  const starts = longest(tests, 'starts');
  const ends = longest(tests, 'ends');
  // Each longest one must pass the shorter ones, and be none of those that must not be.
  for (const wanted of [starts, ends]) {
    const same = tests.filter(({ test }) => test === wanted?.test);
    if (wanted !== undefined && same.some((test) => !mayAgree(wanted, test))) return undefined;
  }
  const refused = tests.filter(({ holds }) => !holds);
  const isCovered = coveredBy(refused);
  const kept = refused.filter((test) => mayMatter(test, starts, ends) && !isCovered(test));
  return [starts, ends].flatMap((test) => test ?? []).concat(kept);
}

function longest(tests: readonly SimpleText[], kind: SimpleText['test']): SimpleText | undefined {
  let found: SimpleText | undefined;
  for (const test of tests) {
    if (test.test !== kind || !test.holds) continue;
    if (found === undefined || test.text.length > found.text.length) found = test;
  }
  return found;
}

/** Whether a text passes a test, were it to hold. */
function passes(text: string, { test, text: part }: SimpleText): boolean {
  switch (test) {
    case 'equal':
      return text === part;
    case 'starts':
      return text.startsWith(part);
    case 'ends':
      return text.endsWith(part);
  }
}

/** Whether a text can be as `wanted` says and as `test` of the same kind says. */
function mayAgree(wanted: SimpleText, test: SimpleText): boolean {
  return test.holds ? passes(wanted.text, test) : !passes(wanted.text, test);
}

/** Whether a text that begins and ends as wanted can be what a test refuses; no shorter beginning or end is refused. */
function mayMatter(
  { test, text }: SimpleText,
  starts: SimpleText | undefined,
  ends: SimpleText | undefined,
): boolean {
  if (test !== 'ends' && starts !== undefined && !text.startsWith(starts.text)) return false;
  return test === 'starts' || ends === undefined || text.endsWith(ends.text);
}

/** Whether another test refuses all that a test does. */
function coveredBy(refused: readonly SimpleText[]): (test: SimpleText) => boolean {
  const textsOf = (kind: SimpleText['test']): readonly string[] =>
    refused.filter(({ test }) => test === kind).map(({ text }) => text);
  const starts = prefixTest(textsOf('starts'));
  const ends = suffixTest(textsOf('ends'));
  return ({ test, text }) =>
    (test !== 'ends' && starts(text, test === 'equal')) ||
    (test !== 'starts' && ends(text, test === 'equal'));
}
