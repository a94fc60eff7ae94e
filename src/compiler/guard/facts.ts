// SPDX-License-Identifier: Apache-2.0
// The types that facts have in guardrails: a selector is a map in which some entries are lists of numbers, and others of texts.

import type { EntryTypes } from '../../cel/entries.ts';
import { quoted } from '../../terminal/visible.ts';
import { canonicalFact, findFact, suggestFact } from '../../schema/facts/table.ts';
import { isNumeric } from '../../schema/facts/values.ts';

/** What stands under the name of a fact. After shaping that is its canonical name, and a number is one however it was written. */
export const FACT_TYPES: EntryTypes = {
  map: 'map<string, list<dyn>>',
  any: 'list<dyn>',
  typeOf: (name) => {
    const canonical = canonicalFact(name);
    const fact = findFact(canonical);
    if (fact === undefined) {
      const suggestion = suggestFact(name);
      return {
        message: `there is no fact ${quoted(name)}`,
        ...(suggestion !== undefined && { suggestion }),
      };
    }
    if (canonical === name) return `list<${isNumeric(fact.type) ? 'int' : 'string'}>`;
    return {
      message: `the fact ${quoted(name)} is called ${quoted(canonical)} here, whichever name was written`,
      suggestion: canonical,
    };
  },
};
