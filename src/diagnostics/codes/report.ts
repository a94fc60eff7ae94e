// SPDX-License-Identifier: Apache-2.0

import type { CodeEntry } from './entry.ts';

export const REPORT_CODES = {
  RTP1901: {
    title: 'diagnostics that are not shown',
    what: 'There are more than 5,000 diagnostics. That many are shown, errors before warnings; all are counted.',
    why: 'Most of them have one cause, such as a generated file, and code hosts accept no more.',
    fix: 'Correct what is shown, and run the command again.',
    example: 'riptides validate policies/one-directory',
  },
} as const satisfies Record<string, CodeEntry>;
