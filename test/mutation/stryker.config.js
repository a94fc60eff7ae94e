// SPDX-License-Identifier: Apache-2.0
// How `npm run mutate` runs Stryker. docs/decisions/mutation.md says why so.

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  packageManager: 'npm',
  testRunner: 'in-process',
  plugins: ['./test/mutation/runner.ts', './test/mutation/sample.js'],
  // Where all are wanted there is nothing to check, and the checker takes the place of a test runner.
  checkers: process.env['MUTATE_SAMPLE'] || process.env['MUTATE_AGAIN'] ? ['sample'] : [],
  // Each mutant is met by the tests that reach it, and no others.
  coverageAnalysis: 'perTest',
  concurrency: 2,
  // On top of one and a half times what the tests took: a loop without end is common, a slow mutant is not. The second time it is certain.
  timeoutMS: process.env['MUTATE_AGAIN'] ? 20_000 : 3000,
  // What is mutated is a copy, in a folder that neither git nor prettier looks at.
  tempDirName: 'build/mutation',
  // Stryker rewrites tsconfig.json with the API of an older TypeScript; no test reads it.
  ignorePatterns: ['tsconfig.json', 'dist'],
  disableTypeChecks: false,
  reporters: ['json', 'progress-append-only'],
  jsonReporter: { fileName: 'build/mutation.json' },
};
