// SPDX-License-Identifier: Apache-2.0

import { CODES } from '../codes.ts';
import type { CodeEntry } from './entry.ts';
import { ERROR_CODES } from './errors.ts';

/** The page of every code, in the order of the codes: those of errors come first. */
export const PAGES: ReadonlyMap<string, CodeEntry> = new Map(
  Object.entries({ ...CODES, ...ERROR_CODES }).toSorted(([a], [b]) => (a < b ? -1 : 1)),
);
