// SPDX-License-Identifier: Apache-2.0
// A checker for Stryker that lets a part of the mutants through: the same ones each time, wherever else the code has changed.

import { createHash } from 'node:crypto';

class Sample {
  #fraction = Number(process.env['MUTATE_SAMPLE'] ?? '1');

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

  #holds({ fileName, location: { start, end }, mutatorName, replacement }) {
    const path = fileName.slice(fileName.lastIndexOf('/src/'));
    const digest = createHash('sha256')
      .update(JSON.stringify([path, start, end, mutatorName, replacement]))
      .digest();
    return digest.readUInt32BE() / 2 ** 32 < this.#fraction;
  }
}

export const strykerPlugins = [{ kind: 'Checker', name: 'sample', injectableClass: Sample }];
