// SPDX-License-Identifier: Apache-2.0
// What: the sections of identities, rules, services, and the conditions of rules.

import type { TableInstruction, Tables } from '../lower/types.ts';
import { listSection, recordSection, wordSection } from './sections.ts';
import type { StringReference, Strings } from './strings.ts';
import type { HashLayout, Sections } from './types.ts';

/** The section of identities. `ids` are the references to their workload IDs, as far as they are known. */
export function identitySection(
  identities: Tables['identities'],
  ids: readonly StringReference[],
  { find }: Strings,
): Pick<Sections, 'identities'> {
  return {
    identities: recordSection('identity', identities, (identity, number) => {
      const { offset, length } = ids[number] ?? find(identity.workloadId);
      const { rulesFirst, rulesCount, inboundFirst, inboundCount, peers, mode, tls, flags, agentLoss } =
        identity;
      const rules = { rulesFirst, rulesCount, inboundFirst, inboundCount };
      return {
        workloadIdOffset: offset,
        workloadIdLength: length,
        ...rules,
        peers,
        mode,
        tls,
        flags,
        agentLoss,
      };
    }),
  };
}

/** The sections of rules and grants. */
export function ruleSections(
  rules: Tables['rules'],
  grants: HashLayout<number>,
): Pick<Sections, 'rules' | 'grantBuckets' | 'grants'> {
  return {
    rules: recordSection('rule', rules, (rule) => rule),
    grantBuckets: wordSection(grants.buckets),
    grants: wordSection(grants.entries),
  };
}

/** The sections of services. `names` are the references to their names, as far as they are known. */
export function serviceSections(
  services: Tables['services'],
  names: readonly StringReference[],
  { find }: Strings,
): Pick<Sections, 'services' | 'serviceSets'> {
  const serviceSets = listSection<number>();
  return {
    services: recordSection('service', services, ({ name, flags, sets }, number) => {
      const { offset, length } = names[number] ?? find(name);
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
