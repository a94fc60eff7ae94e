// SPDX-License-Identifier: Apache-2.0
// A checker for Stryker that lets a part of the mutants through: a sample, which is the same each time wherever else the code has
// changed, or those that no test noticed the last time.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

class Sample {
  #fraction = Number(process.env['MUTATE_SAMPLE'] ?? '1');
  #survivors = survivorsOf(process.env['MUTATE_AGAIN']);

  async init() {}

  /** Says of each mutant whether it is in the sample. Stryker leaves those that are not out of every figure. */
  async check(mutants) {
    return Object.fromEntries(
      mutants.map((mutant) => [
        mutant.id,
        this.#holds(mutant) ? { status: 'passed' } : { status: 'compileError', reason: 'not in the sample' },
      ]),
    );
  }

  /** All at once: a question for each would cost more than the answer. */
  group(mutants) {
    return [mutants.map(({ id }) => id)];
  }

  #holds({ fileName, ...mutant }) {
    const key = keyOf(fileName.slice(fileName.lastIndexOf('/src/') + 1), mutant, 1);
    if (this.#survivors !== undefined && !this.#survivors.has(key)) return false;
    return createHash('sha256').update(key).digest().readUInt32BE() / 2 ** 32 < this.#fraction;
  }
}

/**
 * The mutants that survived by a report of Stryker, or undefined without one. Those of which the tests did not end are asked
 * again, too: on a busy machine that may be slowness.
 */
function survivorsOf(report) {
  if (report === undefined) return undefined;
  const { files } = JSON.parse(readFileSync(report, 'utf8'));
  return new Set(
    Object.entries(files).flatMap(([file, { mutants }]) =>
      mutants
        .filter(({ status }) => ['Survived', 'NoCoverage', 'Timeout'].includes(status))
        .map((mutant) => keyOf(file, mutant, 0)),
    ),
  );
}

/** Lines and columns begin with 0 in the one place and with 1 in the other. */
function keyOf(file, { location: { start, end }, mutatorName, replacement }, offset) {
  const places = [start.line, start.column, end.line, end.column].map((place) => place + offset);
  return JSON.stringify([file, ...places, mutatorName, replacement]);
}

export const strykerPlugins = [{ kind: 'Checker', name: 'sample', injectableClass: Sample }];
