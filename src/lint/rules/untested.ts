// SPDX-License-Identifier: Apache-2.0

import { type LintRule, warning } from '../types.ts';

/** A policy without a test. */
export const untested: LintRule = {
  code: 'RTP1709',
  check: ({ documents }) => {
    if (documents.some(({ kind }) => kind === 'PolicyTest')) return [];
    return documents.flatMap((document) =>
      document.kind === 'Project'
        ? [
            warning('RTP1709', document, ['metadata', 'name'], {
              message: 'the policy has no tests',
              why: 'nothing then detects a change that allows or denies a connection',
              fix: 'write a PolicyTest: "riptides init" shows one, and "riptides test" runs it',
            }),
          ]
        : [],
    );
  },
};
