// SPDX-License-Identifier: Apache-2.0
// What the kernel bounds is counted here first, so that a policy which is too large is told so with its own words and places.

import { FACTS, LIMITS, NONE } from '../../bundle/generated.ts';
import { formatAddress } from '../../bundle/address.ts';
import { textLength } from '../../bundle/text.ts';
import type { Diagnostic, SourceRange } from '../../diagnostics/diagnostic.ts';
import type { Condition, Model, ModelEgress } from '../resolve/types.ts';
import type { ConditionTable } from './condition-table.ts';
import type { SelectorTables } from './selectors.ts';
import type { TableHost, TableNode, TablePorts, Tables } from './types.ts';

/** An error for each limit of `LIMITS` that the tables exceed; for each kind of limit only the first offender of a list. */
export function checkLimits(
  model: Model,
  tables: Tables,
  who: SelectorTables,
  conditions: ConditionTable,
): readonly Diagnostic[] {
  return [
    ...checkTexts(model),
    ...checkSelectors(who),
    ...checkPrefixes(who),
    ...checkSets(model, tables),
    ...checkHosts(model, [...tables.hosts4, ...tables.hosts6]),
    ...checkTrie(model, tables.trie4),
    ...checkTrie(model, tables.trie6),
    ...tables.names.flatMap(({ name, ports }) => checkPorts(model, name, ports)),
    ...checkConditions(model, conditions),
    ...checkRules(model),
  ];
}

function checkTexts(model: Model): readonly Diagnostic[] {
  const names = [
    { text: model.project.trustDomain, source: model.project.egress.source },
    ...model.identities.map((identity) => ({ text: identity.workloadId, source: identity.source })),
    ...model.services.map((service) => ({ text: service.name, source: service.source })),
    ...model.sources.map((source) => ({ text: source.name, source: source.source })),
    ...model.bindings.map((binding) => ({ text: binding.name, source: binding.source })),
  ];
  return names.flatMap(({ text, source }): Diagnostic[] => {
    const length = textLength(text);
    if (length <= LIMITS.stringLength) return [];
    const message = `a name has ${length} bytes; ${LIMITS.stringLength} are allowed`;
    return [{ code: 'RTP1509', severity: 'error', range: source, message, fix: 'shorten it' }];
  });
}

function checkSelectors(who: SelectorTables): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  who.selectors.forEach((selector, number) => {
    const range = who.sources[number];
    if (range === undefined || selector.terms.length <= LIMITS.selectorTerms) return;
    const message = `the selector names ${selector.terms.length} facts; ${LIMITS.selectorTerms} are allowed`;
    found.push({ code: 'RTP1505', severity: 'error', range, message, fix: 'name fewer facts' });
  });
  let sourceOfTerm: readonly (SourceRange | undefined)[] | undefined;
  for (const { fact, data, terms } of who.values) {
    const candidates = terms.reduce((sum, term) => sum + (who.terms[term]?.selectors.length ?? 0), 0);
    if (candidates <= LIMITS.candidates && terms.length <= LIMITS.valueTerms) continue;
    sourceOfTerm ??= firstSources(who);
    const range = terms.map((term) => sourceOfTerm?.[term]).find((source) => source !== undefined);
    if (range === undefined) continue;
    const value = `${factName(fact)}: ${data}`;
    if (candidates > LIMITS.candidates) {
      found.push({
        code: 'RTP1504',
        severity: 'error',
        range,
        message: `${candidates} selectors must be looked at when ${value}; ${LIMITS.candidates} are allowed`,
        fix: 'add a rarer fact to these selectors, such as process:binary:path',
      });
    } else {
      found.push({
        code: 'RTP1510',
        severity: 'error',
        range,
        message: `${value} stands in ${terms.length} different lists of values; ${LIMITS.valueTerms} are allowed`,
        fix: 'write the same list wherever the same is meant, or one value in each selector',
      });
    }
  }
  return found;
}

/** For each term the place of the first selector that has it. */
function firstSources(who: SelectorTables): readonly (SourceRange | undefined)[] {
  const sources: (SourceRange | undefined)[] = [];
  who.selectors.forEach((selector, number) => {
    for (const term of selector.terms) sources[term] ??= who.sources[number];
  });
  return sources;
}

function factName(number: number): string {
  return Object.entries(FACTS).find(([, fact]) => fact.number === number)?.[0] ?? `fact ${number}`;
}

function checkPrefixes(who: SelectorTables): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const prefixFacts = new Set<number>();
  for (const fact of Object.values(FACTS)) if (fact.match === 'prefix') prefixFacts.add(fact.number);
  // Values stand in ascending order, so those that a value begins with are the ones still on the stack.
  let stack: string[] = [];
  let lastFact = 0;
  for (const { fact, data, terms } of who.values) {
    if (!prefixFacts.has(fact) || typeof data !== 'string') continue;
    if (fact !== lastFact) stack = [];
    lastFact = fact;
    while (stack.length > 0 && !data.startsWith(stack.at(-1) ?? '')) stack.pop();
    stack.push(data);
    if (stack.length === LIMITS.prefixHits + 1) {
      const range = firstSources(who)[terms[0] ?? 0];
      if (range === undefined) continue;
      found.push({
        code: 'RTP1502',
        severity: 'error',
        range,
        message: `${stack.length} values of ${factName(fact)} begin one another, from "${stack[0]}" on; ${LIMITS.prefixHits} are allowed`,
        fix: 'use fewer steps, or select by process:binary:path',
      });
    }
  }
  if (who.prefixLengths.length > LIMITS.prefixLengths) {
    const value = who.values.find(({ fact }) => prefixFacts.has(fact));
    const range = firstSources(who)[value?.terms[0] ?? 0];
    const message = `the values of process:cmdline have ${who.prefixLengths.length} different lengths; ${LIMITS.prefixLengths} are allowed`;
    const fix = 'cut the values to common lengths, or select by process:binary:path';
    if (range !== undefined) found.push({ code: 'RTP1503', severity: 'error', range, message, fix });
  }
  return found;
}

function checkSets(model: Model, tables: Tables): readonly Diagnostic[] {
  return tables.services.flatMap(({ name, sets }, number): Diagnostic[] => {
    const range = model.services[number]?.source;
    if (range === undefined || sets.length <= LIMITS.serviceSets) return [];
    return [
      {
        code: 'RTP1506',
        severity: 'error',
        range,
        message: `service "${name}" is selected in ${sets.length} different sets; ${LIMITS.serviceSets} are allowed`,
        fix: 'let egress rules select by the same labels, so that they choose the same services',
      },
    ];
  });
}

function checkHosts(model: Model, hosts: readonly TableHost[]): readonly Diagnostic[] {
  return hosts.flatMap(({ address, port, services }) => {
    if (services.length <= LIMITS.destinationServices) return [];
    const place = `${formatAddress(address)}${port === 0 ? '' : ` port ${port}`}`;
    return crowded(model, services, `${services.length} services are at ${place}`);
  });
}

/** The sum that the kernel bounds: of the longest lists of all nodes on the way from the root. */
function checkTrie(model: Model, nodes: readonly TableNode[]): readonly Diagnostic[] {
  const sums = new Uint32Array(nodes.length);
  return nodes.flatMap(({ address, prefixLength, left, right, ports }, index) => {
    const longest = ports.reduce((most, range) => Math.max(most, range.services.length), 0);
    const before = sums[index] ?? 0;
    const sum = before + longest;
    for (const child of [left, right]) if (child !== NONE) sums[child] = sum;
    // Only where the limit is passed, not at each node below.
    if (sum <= LIMITS.destinationServices || before > LIMITS.destinationServices) return [];
    const services = ports.flatMap((range) => range.services);
    return crowded(model, services, `${sum} services are at ${formatAddress(address)}/${prefixLength}`);
  });
}

function checkPorts(model: Model, name: string, ports: readonly TablePorts[]): readonly Diagnostic[] {
  return ports.flatMap(({ low, services }) =>
    services.length <= LIMITS.destinationServices
      ? []
      : crowded(model, services, `${services.length} services are at ${name} port ${low}`),
  );
}

function checkConditions(model: Model, { tooLong, never }: ConditionTable): readonly Diagnostic[] {
  if (tooLong.size === 0 && never.size === 0) return [];
  const owners: readonly { readonly of: readonly (Condition | undefined)[]; readonly source: SourceRange }[] =
    [
      ...model.identities.flatMap((identity) => [
        { of: [identity.peers], source: identity.source },
        ...identity.egress.map((rule) => ({ of: [rule.condition, rule.peers], source: rule.source })),
        ...(identity.inbound ?? []).map((rule) => ({ of: [rule.condition], source: rule.source })),
      ]),
      ...model.bindings.map((binding) => ({ of: [binding.condition], source: binding.source })),
    ];
  return owners.flatMap(({ of, source }) =>
    of.flatMap((condition): readonly Diagnostic[] => {
      if (condition === undefined) return [];
      if (never.has(condition)) return [neverHolds(source)];
      const length = tooLong.get(condition);
      if (length === undefined) return [];
      return [
        {
          code: 'RTP1511',
          severity: 'error',
          range: source,
          message: `the condition has ${length} steps; ${LIMITS.conditionLength} are allowed`,
          why: 'the kernel runs it each time such a connection is opened',
          fix: 'split the rule: several rules of an identity are alternatives',
        },
      ];
    }),
  );
}

function countConditional(egress: readonly ModelEgress[]): number {
  return egress.reduce((count, { condition }) => count + (condition === undefined ? 0 : 1), 0);
}

/** The rules with conditions that select the same services, where these are the most. */
function mostAlike(egress: readonly ModelEgress[]): readonly ModelEgress[] {
  const conditional = egress.filter(({ condition }) => condition !== undefined);
  const groups = [...Map.groupBy(conditional, ({ services }) => services.join()).values()];
  return groups.reduce((most, group) => (group.length > most.length ? group : most), []);
}

function neverHolds(range: SourceRange): Diagnostic {
  return {
    code: 'RTP1514',
    severity: 'warning',
    range,
    message: 'the rule never grants anything: its conditions exclude each other',
    fix: 'correct when, ports, notBefore, notAfter and windows so that all of them can hold at once, or remove the rule',
  };
}

function checkRules(model: Model): readonly Diagnostic[] {
  return model.identities.flatMap(({ workloadId, egress, inbound = [], source }): readonly Diagnostic[] => {
    const conditional = countConditional(egress);
    const found: Diagnostic[] = [];
    if (conditional > LIMITS.conditionalRules) {
      found.push({
        code: 'RTP1512',
        severity: 'error',
        range: source,
        message: `${conditional} egress rules of "${workloadId}" have conditions; ${LIMITS.conditionalRules} are allowed`,
        fix: 'join rules whose conditions are the same, or join conditions with ||',
      });
    }
    // Rules of one identity for the same services stand in one bucket of a hash table, whatever its size.
    const alike = conditional < LIMITS.bucket ? undefined : mostAlike(egress);
    if (alike !== undefined && alike.length >= LIMITS.bucket) {
      found.push({
        code: 'RTP1512',
        severity: 'error',
        range: alike[LIMITS.bucket - 1]?.source ?? source,
        message: `${alike.length} egress rules of "${workloadId}" with conditions select the same services; ${LIMITS.bucket - 1} are allowed`,
        fix: 'join their conditions with ||',
      });
    }
    if (inbound.length >= LIMITS.inboundRules) {
      found.push({
        code: 'RTP1513',
        severity: 'error',
        range: source,
        message: `"${workloadId}" has ${inbound.length} inbound rules; ${LIMITS.inboundRules - 1} are allowed`,
        fix: 'join rules: one can name many peers',
      });
    }
    return found;
  });
}

function crowded(model: Model, services: readonly number[], what: string): readonly Diagnostic[] {
  const range = model.services[services.at(-1) ?? 0]?.source;
  if (range === undefined) return [];
  const message = `${what}; ${LIMITS.destinationServices} are allowed at one address`;
  return [
    { code: 'RTP1507', severity: 'error', range, message, fix: 'join services: one can have many labels' },
  ];
}
