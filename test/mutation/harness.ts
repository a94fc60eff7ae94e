// SPDX-License-Identifier: Apache-2.0
// What the tests import in place of @jest/globals: as much of jest as they use. It collects the tests of a file; runner.ts runs them.

import { format } from 'node:util';
import { expect } from 'expect';

type Body = (...values: readonly unknown[]) => unknown;

/** A file or a `describe`. */
interface Block {
  readonly parent: Block | undefined;
  readonly name: string;
  readonly before: Body[];
  readonly after: Body[];
}

export interface Test {
  readonly id: string;
  readonly file: string;
  readonly block: Block;
  readonly body: Body;
}

/** The tests of a file in their order, and what cleans up when none of them is to run again. */
export interface TestFile {
  readonly tests: readonly Test[];
  readonly ends: readonly Body[];
}

let file = '';
let block = newBlock(undefined, '');
let tests: Test[] = [];
let ends: Body[] = [];

/** What a file declares when it is loaded; nothing of it is run. */
export async function collectTests(name: string, load: () => Promise<unknown>): Promise<TestFile> {
  file = name;
  block = newBlock(undefined, name);
  tests = [];
  ends = [];
  await load();
  return { tests, ends };
}

export async function runTest({ block: inner, body }: Test): Promise<void> {
  const blocks = blocksAround(inner);
  try {
    for (const { before } of blocks) await runAll(before);
    await body();
  } finally {
    for (const { after } of blocks.toReversed()) await runAll(after);
  }
}

export async function runAll(bodies: readonly Body[]): Promise<void> {
  for (const body of bodies) await body();
}

function describe(name: string, body: () => void): void {
  const outer = block;
  block = newBlock(outer, `${outer.name} ${name}`);
  body();
  block = outer;
}

function test(name: string, body: Body): void {
  // A name may be as long as what is tested, and that of another test too.
  tests.push({ id: `${`${block.name} ${name}`.slice(0, 200)} #${tests.length}`, file, block, body });
}

test.each = (rows: readonly unknown[]) => (name: string, body: Body) => {
  const areTuples = rows.every(Array.isArray);
  for (const row of rows) {
    const values: readonly unknown[] = areTuples && Array.isArray(row) ? row : [row];
    test(format(name, ...values), () => body(...values));
  }
};

const beforeEach = (body: Body): unknown => block.before.push(body);
const afterEach = (body: Body): unknown => block.after.push(body);
const afterAll = (body: Body): unknown => ends.push(body);
/** How long a test may take is for Stryker to say. */
const jest = { setTimeout: (): void => undefined };

export { afterAll, afterEach, beforeEach, describe, expect, jest, test };

function newBlock(parent: Block | undefined, name: string): Block {
  return { parent, name, before: [], after: [] };
}

/** From the file inwards. */
function blocksAround(inner: Block | undefined): readonly Block[] {
  return inner === undefined ? [] : [...blocksAround(inner.parent), inner];
}
