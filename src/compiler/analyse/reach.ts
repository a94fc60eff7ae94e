// SPDX-License-Identifier: Apache-2.0
// Rules that no connection of their identity can match: what the selectors, the services and the conditions of the rule demand excludes
// one another. Only what is proved is told of.

import { insideOf } from '../../conditions/addresses.ts';
import { holdsNever } from '../../conditions/always.ts';
import { allOf, anyOf, FAILS, HOLDS, numberIn } from '../../conditions/build.ts';
import { haveCommon, joinRanges, MOST_NUMBERS } from '../../conditions/ranges.ts';
import { portsOf } from '../../conditions/ports.ts';
import type { Condition } from '../../conditions/types.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type {
  ModelEgress,
  ModelIdentity,
  ModelInbound,
  ModelSelector,
  ModelService,
  ModelTerm,
} from '../resolve/types.ts';

type Direction = 'out' | 'in';

/** Selectors of an identity, and addresses of services, that are looked at; a rule with more is taken to match. */
const MOST_LOOKED_AT = 64;

/** Warnings about the rules of an identity that none of its selectors goes with. */
export function checkReach({ selectors, egress, inbound = [] }: ModelIdentity): readonly Diagnostic[] {
  if (selectors.length > MOST_LOOKED_AT) return [];
  return [...unmatched(egress, selectors, 'out'), ...unmatched(inbound, selectors, 'in')];
}

function unmatched(
  rules: readonly (ModelEgress | ModelInbound)[],
  selectors: readonly ModelSelector[],
  direction: Direction,
): readonly Diagnostic[] {
  if (rules.length === 0) return [];
  const possible = selectors
    .map(({ terms }) => conditionOf(terms, direction))
    .filter((one) => !holdsNever(one));
  const selected = anyOf(possible);
  return rules.flatMap(({ condition, source }): readonly Diagnostic[] => {
    if (possible.length > 0) {
      if (condition === undefined || !sharesField(condition, selected)) return [];
      // One that holds for no connection at all is told of when it is lowered.
      if (!possible.every((one) => holdsNever(allOf([one, condition]))) || holdsNever(condition)) return [];
    }
    return [
      {
        code: 'RTP1415',
        severity: 'warning',
        range: source,
        message: 'the rule never matches: no connection that the selectors select meets its conditions',
        why:
          possible.length > 0
            ? 'the selectors require other values than the rule'
            : direction === 'out'
              ? 'the selectors select incoming connections alone'
              : 'the selectors select outgoing connections alone',
        fix: 'correct the rule or the selectors, or remove the rule',
      },
    ];
  });
}

/** Warnings about rules whose conditions leave out every address of their services. */
export function checkAddresses(
  rules: readonly ModelEgress[],
  services: readonly ModelService[],
): readonly Diagnostic[] {
  return rules.flatMap(({ condition, services: numbers, source }): readonly Diagnostic[] => {
    if (condition === undefined || holdsNever(condition)) return [];
    const selected = numbers.flatMap((number) => services[number] ?? []);
    // The addresses of a name are not known here.
    if (selected.some(({ names, endpoints }) => names.length > 0 || endpoints.length === 0)) return [];
    const endpoints = selected.flatMap((service) => service.endpoints);
    if (endpoints.length > MOST_LOOKED_AT) return [];
    const ports = portsOf(condition);
    const all = joinRanges(
      endpoints.map((endpoint) => endpoint.ports),
      MOST_NUMBERS.destinationPort,
    );
    // Where no port fits, that is said already (RTP1413).
    if (ports !== undefined && !haveCommon(ports, all)) return [];
    const isReached = endpoints.some(
      (endpoint) =>
        !holdsNever(
          allOf([
            insideOf('destinationIp', endpoint),
            numberIn('destinationPort', [endpoint.ports]),
            condition,
          ]),
        ),
    );
    if (isReached) return [];
    return [
      {
        code: 'RTP1415',
        severity: 'warning',
        range: source,
        message: 'the rule never matches: its conditions leave out every address of its services',
        why: 'a connection must be to an address of a service, and meet the conditions',
        fix: 'correct the conditions, or the addresses of the services',
        related: selected
          .slice(0, 1)
          .map((one) => ({ range: one.source, message: `"${one.name}" is selected` })),
      },
    ];
  });
}

/** The rules of an identity that limit addresses. */
export function addressRules({ egress }: ModelIdentity): readonly ModelEgress[] {
  return egress.filter(
    ({ condition }) => condition !== undefined && fieldsOf(condition).has('destinationIp'),
  );
}

/** What the terms of a selector demand of a connection, as far as a condition can say it. */
function conditionOf(terms: readonly ModelTerm[], direction: Direction): Condition {
  return allOf(terms.map((term) => conditionOfTerm(term, direction)));
}

function conditionOfTerm({ fact, values }: ModelTerm, direction: Direction): Condition {
  switch (fact) {
    case 'process:uid':
      return numbers('processUid', values);
    case 'process:gid':
      return numbers('processGid', values);
    case 'process:name':
      return texts('processName', 'equal', values);
    case 'process:binary:path':
      return texts('processBinaryPath', 'equal', values);
    case 'process:cmdline':
      return texts('processCmdline', 'starts', values);
    case 'destination:port':
      return direction === 'out' ? numbers('destinationPort', values) : FAILS;
    case 'source:port':
      return direction === 'in' ? numbers('sourcePort', values) : FAILS;
    case 'destination:ip':
      return direction === 'out' ? addresses('destinationIp', values) : FAILS;
    case 'source:ip':
      return direction === 'in' ? addresses('sourceIp', values) : FAILS;
    case 'direction':
      return values.some((value) => value === (direction === 'out' ? OUTPUT : INPUT)) ? HOLDS : FAILS;
    default:
      return HOLDS;
  }
}

const OUTPUT = 0;
const INPUT = 1;

function numbers(field: Parameters<typeof numberIn>[0], values: ModelTerm['values']): Condition {
  return numberIn(
    field,
    values.map((value) => ({ low: Number(value), high: Number(value) })),
  );
}

function texts(
  field: 'processName' | 'processBinaryPath' | 'processCmdline',
  test: 'equal' | 'starts',
  values: ModelTerm['values'],
): Condition {
  return anyOf(values.map((value): Condition => ({ kind: 'text', field, test, text: String(value) })));
}

/** Addresses are 32 hexadecimal digits. */
function addresses(field: 'destinationIp' | 'sourceIp', values: ModelTerm['values']): Condition {
  return anyOf(
    values.map((value): Condition => {
      return { kind: 'address', field, address: Buffer.from(String(value), 'hex'), prefixLength: 128 };
    }),
  );
}

function sharesField(a: Condition, b: Condition): boolean {
  const fields = fieldsOf(a);
  return [...fieldsOf(b)].some((field) => fields.has(field));
}

/** The fields that a condition asks for. */
export function fieldsOf(condition: Condition, fields = new Set<string>()): ReadonlySet<string> {
  switch (condition.kind) {
    case 'constant':
      break;
    case 'not':
      fieldsOf(condition.of, fields);
      break;
    case 'all':
    case 'any':
      for (const part of condition.of) fieldsOf(part, fields);
      break;
    case 'number':
    case 'text':
    case 'address':
      fields.add(condition.field);
  }
  return fields;
}

/** Whether a condition holds wherever another does, as far as that is seen. Undefined holds always. */
export function implies(narrow: Condition | undefined, wide: Condition | undefined): boolean {
  if (wide === undefined) return true;
  // What never holds is told of as such.
  if (narrow === undefined || holdsNever(narrow)) return false;
  // What the one does not ask for, it cannot promise.
  const known = fieldsOf(narrow);
  if ([...fieldsOf(wide)].some((field) => !known.has(field))) return false;
  return holdsNever(allOf([narrow, { kind: 'not', of: wide }]));
}
