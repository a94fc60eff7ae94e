// SPDX-License-Identifier: Apache-2.0
import base from '../../jest.config.js';

/** @type {import('jest').Config} */
export default {
  ...base,
  rootDir: '../..',
  roots: ['<rootDir>/test/mutation'],
  testMatch: ['<rootDir>/test/mutation/all.ts'],
  testEnvironment: '<rootDir>/test/mutation/environment.js',
};
