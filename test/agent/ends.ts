// SPDX-License-Identifier: Apache-2.0

import { afterAll } from '@jest/globals';

const ends: (() => unknown)[] = [];

/** Does this after the test file: what was set up last comes down first. */
export function atEnd(end: () => unknown): void {
  ends.push(end);
}

afterAll(async () => {
  for (const end of ends.reverse()) await end();
}, 60_000);
