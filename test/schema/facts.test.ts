// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from '@jest/globals';
import { FACTS } from '../../src/bundle/generated.ts';
import {
  ALL_FACTS,
  canonicalFact,
  FACT_ALIASES,
  findFact,
  matchOf,
  suggestFact,
} from '../../src/schema/facts/table.ts';

describe('the table of facts', () => {
  test('has each name once, with a sentence about it', () => {
    const names = ALL_FACTS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, doc } of ALL_FACTS)
      expect([name, doc]).toEqual([name, expect.stringMatching(/^\S.*[^.]$/)]);
  });

  test('finds each fact by its name, with anything for the parts that are open', () => {
    for (const fact of ALL_FACTS) expect(findFact(fact.name.replace(/<[^>]*>/g, 'x'))).toBe(fact);
  });

  test('compares facts of the kernel as the bundle does, and all others as whole texts', () => {
    for (const fact of ALL_FACTS) {
      const native = fact.native === undefined ? 'string' : FACTS[fact.native].match;
      expect([fact.name, matchOf(fact)]).toEqual([fact.name, native]);
    }
  });

  test('has what its other names stand for', () => {
    for (const [alias, name] of Object.entries(FACT_ALIASES)) {
      expect(findFact(alias)).toBeUndefined();
      expect(
        ALL_FACTS.some((fact) => (name.endsWith(':') ? fact.name.startsWith(name) : fact.name === name)),
      ).toBe(true);
    }
  });

  test.each([
    ['k8s:label:app.kubernetes.io/name', 'k8s:label:<key>'],
    ['docker:label:com.example:role', 'docker:label:<key>'],
    ['node:network:interface:eth0:ip', 'node:network:interface:<interface>:ip'],
    ['node:network:interface:eth0:ip:0:address', 'node:network:interface:<interface>:ip:<n>:address'],
    ['node:network:interface:count', 'node:network:interface:count'],
    ['k8s:label:', undefined],
    ['k8s:label', undefined],
    ['process:env', undefined],
    ['label', undefined],
    ['constructor', undefined],
    ['', undefined],
  ])('finds %s as %s', (name, expected) => {
    expect(findFact(canonicalFact(name))?.name).toBe(expected);
  });

  test.each([
    ['uid', 'process:uid'],
    ['proces:uid', 'process:uid'],
    ['k8s:lable:app', 'k8s:label:app'],
    ['kubernetes:pod:namspace', 'k8s:pod:namespace'],
    ['gihub:verified:repository', 'github:verified:repository'],
    ['nomad:job', undefined],
    ['process', undefined],
  ])('for %s suggests %s', (name, expected) => {
    expect(suggestFact(name)).toBe(expected);
  });
});
