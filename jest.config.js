// SPDX-License-Identifier: Apache-2.0

/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  setupFiles: ['<rootDir>/test/setup.ts'],
  // To end what hangs. How long things take on a busy machine is no matter of these tests; the few that are about time say so.
  testTimeout: 120_000,
  // Jest leaves one processor idle otherwise, of two.
  maxWorkers: '100%',
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' } },
    ],
  },
};
