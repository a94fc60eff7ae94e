// SPDX-License-Identifier: Apache-2.0
// What: the sections of identities, rules, services, and the conditions of rules.

import type { TableInstruction, Tables } from '../lower/types.ts';
import { listSection, recordSection, type StringReference, wordSection } from './sections.ts';
import type { HashLayout, Sections } from './types.ts';

type RuleSection = 'identities' | 'rules' | 'grantBuckets' | 'grants' | 'services' | 'serviceSets';

/** The sections of identities, rules, grants and services. */
export function ruleSections(
  tables: Tables,
  grants: HashLayout<number>,
  find: (text: string) => StringReference,
): Pick<Sections, RuleSection> {
  const serviceSets = listSection<number>();
  return {
    identities: recordSection('identity', tables.identities, ({ workloadId, ...identity }) => {
      const { offset, length } = find(workloadId);
      return { workloadIdOffset: offset, workloadIdLength: length, ...identity };
    }),
    rules: recordSection('rule', tables.rules, (rule) => rule),
    grantBuckets: wordSection(grants.buckets),
    grants: wordSection(grants.entries),
    services: recordSection('service', tables.services, ({ name, flags, sets }) => {
      const { offset, length } = find(name);
      const { first, count } = serviceSets.add(sets);
      return { nameOffset: offset, nameLength: length, flags, setsFirst: first, setsCount: count };
    }),
    serviceSets: wordSection(serviceSets.items),
  };
}

type OptionSection = 'options' | 'conditions' | 'instructions' | 'prefixes';

/** The sections of what few rules have. */
export function optionSections(
  tables: Tables,
  find: (text: string) => StringReference,
): Pick<Sections, OptionSection> {
  const instructions = listSection<TableInstruction>();
  return {
    options: recordSection('option', tables.options, (option) => option),
    conditions: recordSection('condition', tables.conditions, (program) => {
      const { first, count } = instructions.add(program);
      return { instructionsFirst: first, instructionsCount: count };
    }),
    instructions: recordSection('instruction', instructions.items, ({ data, high, ...instruction }) => {
      if (typeof data === 'number') return { ...instruction, data, length: high };
      const { offset, length } = data === '' ? { offset: 0, length: 0 } : find(data);
      return { ...instruction, data: offset, length };
    }),
    prefixes: recordSection('prefix', tables.prefixes, (prefix) => prefix),
  };
}
