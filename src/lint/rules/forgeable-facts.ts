// SPDX-License-Identifier: Apache-2.0

import { canonicalFact, findFact } from '../../schema/facts/table.ts';
import { type LintRule, warning } from '../types.ts';

/** A selector of which every fact can be chosen by the process itself. */
export const forgeableFacts: LintRule = {
  code: 'RTP1701',
  check: ({ documents }) =>
    documents.flatMap((document) => {
      if (document.kind !== 'WorkloadIdentity') return [];
      return document.spec.selectors.flatMap((selector, i) => {
        const facts = Object.keys(selector).map((name) => findFact(canonicalFact(name)));
        // Facts of the connection do not identify a process.
        const own = facts.filter((fact) => fact?.source !== 'connection');
        if (own.some((fact) => fact?.forgeable !== true)) return [];
        return [
          warning('RTP1701', document, ['spec', 'selectors', i], {
            message: 'any process can match this selector',
            why: 'a process can choose every fact that it names',
            fix: 'add a fact that the process cannot choose, such as process:binary:path or process:uid',
          }),
        ];
      });
    }),
};
