// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import base from '../../jest.config.js';

/** @type {import('jest').Config} */
export default {
  ...base,
  rootDir: join(import.meta.dirname, '../..'),
  roots: ['<rootDir>/test/mutation'],
  testMatch: ['<rootDir>/test/mutation/all.ts'],
  testEnvironment: join(import.meta.dirname, 'environment.js'),
};
