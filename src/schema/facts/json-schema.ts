// SPDX-License-Identifier: Apache-2.0

import { ALL_FACTS, FACT_ALIASES } from './table.ts';
import type { Fact, FactType } from './types.ts';

const JSON_TYPES: Readonly<Record<FactType, object>> = {
  id: { type: ['integer', 'string'] },
  port: { type: ['integer', 'string'] },
  count: { type: ['integer', 'string'] },
  boolean: { type: ['boolean', 'string'] },
  direction: { enum: ['input', 'output'] },
  text: { type: 'string' },
  cgroup: { type: 'string' },
  path: { type: 'string' },
  hash: { type: 'string' },
  ip: { type: 'string' },
  'process-name': { type: 'string' },
  'command-line': { type: 'string' },
};

/** What editors are told of a selector: facts that have one name are fields, families are patterns. */
export function selectorFields() {
  const closed: Record<string, object> = {};
  const open: Record<string, object> = {};
  const add = (name: string, fact: Fact): void => {
    if (fact.name.startsWith('github:reported:')) return;
    const one = JSON_TYPES[fact.type];
    const schema = {
      description: `${fact.doc[0]?.toUpperCase()}${fact.doc.slice(1)}.`,
      anyOf: [one, { type: 'array', minItems: 1, items: one }],
    };
    if (name.includes('<')) {
      // A fact with a name of its own is not one of the family.
      const own = ALL_FACTS.map((other) => other.name).filter(
        (other) =>
          !other.includes('<') && name.endsWith('>') && other.startsWith(name.slice(0, name.indexOf('<'))),
      );
      const besides = own.map((other) => `(?!${other}$)`).join('');
      open[`^${besides}${name.replace(/<[^>]*>/g, '.+')}$`] = schema;
    } else closed[name] = schema;
  };
  for (const fact of ALL_FACTS) {
    add(fact.name, fact);
    for (const [alias, name] of Object.entries(FACT_ALIASES)) {
      if (name === fact.name) add(alias, fact);
      else if (name.endsWith(':') && fact.name.startsWith(name))
        add(`${alias}${fact.name.slice(name.length)}`, fact);
    }
  }
  return {
    minProperties: 1,
    properties: closed,
    patternProperties: open,
    additionalProperties: false,
    propertyNames: {},
  } as const;
}
