// SPDX-License-Identifier: Apache-2.0
// Conditions, and what is said of certificates and credentials, to their tables.

import { createHash } from 'node:crypto';
import { BINDING_FLAGS, END, FIELD, NONE, PROVIDER, TEST } from '../../src/bundle/generated.ts';
import { slice, type Strings } from './build-tables.ts';
import type { Sections } from './parts.ts';
import { conditionsOf, type Next, numberConditions, type Policy, type Prefix } from './policy.ts';

/** The texts of all these tables. */
export function textsOf(policy: Policy): readonly string[] {
  return [
    ...conditionsOf(policy).flatMap((program) => program.flatMap((i) => ('text' in i ? [i.text] : []))),
    ...policy.identities.flatMap(({ svid }) =>
      svid === undefined ? [] : [...svid.dnsNames, ...svid.audiences],
    ),
    ...(policy.sources ?? []).map(({ name }) => name),
    ...(policy.bindings ?? []).map(({ name }) => name),
  ].filter((text) => text !== '');
}

/** Conditions, instructions and prefixes. */
export function addConditions(policy: Policy, sections: Sections, strings: Strings): void {
  const programs = conditionsOf(policy);
  const keyOf = ({ address, prefixLength }: Prefix): string =>
    `${Buffer.from(address).toString('hex')} ${String(prefixLength).padStart(3, '0')}`;
  const prefixes = programs.flat().flatMap((i) => ('prefix' in i ? [i.prefix] : []));
  const sorted = [...new Map(prefixes.map((prefix) => [keyOf(prefix), prefix]))].toSorted(([a], [b]) =>
    a < b ? -1 : 1,
  );
  const numbers = new Map(sorted.map(([key], number) => [key, number]));
  sections.prefixes = sorted.map(([, { address, prefixLength }]) => ({ address, prefixLength }));
  for (const program of programs) {
    const instructions = program.map((i) => {
      const [data, length] =
        'text' in i
          ? i.text === ''
            ? [0, 0]
            : strings(i.text)
          : 'prefix' in i
            ? [numbers.get(keyOf(i.prefix)) ?? NONE, 0]
            : [i.low, i.high];
      return {
        field: FIELD[i.field],
        test: TEST[i.test],
        data,
        length,
        whenTrue: nextOf(i.whenTrue),
        whenFalse: nextOf(i.whenFalse),
      };
    });
    const [instructionsFirst, instructionsCount] = slice(sections.instructions, instructions);
    sections.conditions.push({ instructionsFirst, instructionsCount });
  }
}

function nextOf(next: Next): number {
  return typeof next === 'number' ? next : END[next];
}

/** SVIDs, sources and bindings. `setOf` numbers the sets of services. */
export function addCredentials(
  policy: Policy,
  sections: Sections,
  strings: Strings,
  setOf: (services: readonly number[]) => number,
): void {
  const text = (value: string) => {
    const [textOffset, textLength] = strings(value);
    return { textOffset, textLength };
  };
  policy.identities.forEach(({ svid }, identity) => {
    if (svid === undefined) return;
    const { x509Ttl, jwtTtl } = svid;
    const [dnsNamesFirst, dnsNamesCount] = slice(sections.texts, svid.dnsNames.map(text));
    const [audiencesFirst, audiencesCount] = slice(sections.texts, svid.audiences.map(text));
    const names = { dnsNamesFirst, dnsNamesCount };
    sections.svids.push({ identity, x509Ttl, jwtTtl, ...names, audiencesFirst, audiencesCount });
  });
  for (const { name, provider } of policy.sources ?? []) {
    const [nameOffset, nameLength] = strings(name);
    const digest = new Uint8Array(createHash('sha256').update(name).digest());
    sections.sources.push({ nameOffset, nameLength, provider: PROVIDER[provider], digest });
  }
  const numberOf = numberConditions(policy);
  for (const { name, identity, source, services, condition, uses = 0, flags = [] } of policy.bindings ?? []) {
    const [nameOffset, nameLength] = strings(name);
    sections.bindings.push({
      nameOffset,
      nameLength,
      identity,
      source,
      set: services === undefined ? NONE : setOf(services),
      condition: numberOf(condition),
      uses,
      flags: flags.reduce((sum, flag) => sum | BINDING_FLAGS[flag], 0),
    });
  }
}
