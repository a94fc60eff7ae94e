// SPDX-License-Identifier: Apache-2.0
// Rules that grant nothing, as none of the services that they select has one of their ports.

import { counted } from '../../terminal/counted.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { portsOf } from '../../conditions/ports.ts';
import { haveCommon, joinRanges, MOST_NUMBERS, type Range, type Ranges } from '../../conditions/ranges.ts';
import type { ModelEgress, ModelIdentity, ModelService } from '../resolve/types.ts';

/** A rule that can grant at some ports only. */
export interface LimitedRule {
  readonly rule: ModelEgress;
  readonly ports: Ranges;
}

/** The rules of an identity whose conditions leave ports out. One that can hold at no port at all is found elsewhere. */
export function limitedRules({ egress }: ModelIdentity): readonly LimitedRule[] {
  return egress.flatMap((rule): readonly LimitedRule[] => {
    if (rule.condition === undefined) return [];
    const ports = portsOf(rule.condition);
    return ports === undefined || ports.length === 0 ? [] : [{ rule, ports }];
  });
}

/** Warnings about the rules that reach no service. */
export function checkPorts(
  rules: readonly LimitedRule[],
  services: readonly ModelService[],
): readonly Diagnostic[] {
  // Rules that select the same share one list.
  const known = new Map<readonly number[], Ranges | undefined>();
  const portsOfAll = (numbers: readonly number[]): Ranges | undefined => {
    if (!known.has(numbers))
      known.set(numbers, joinedPorts(numbers.flatMap((number) => services[number] ?? [])));
    return known.get(numbers);
  };
  const words = new Map<ModelService, string>();
  const wordsOf = (service: ModelService): string => {
    const known = words.get(service) ?? portWords(portsOfService(service));
    words.set(service, known);
    return known;
  };
  return rules.flatMap(({ rule, ports }): readonly Diagnostic[] => {
    const [number = -1] = rule.services;
    const first = services[number];
    const all = portsOfAll(rule.services);
    if (first === undefined || all === undefined || haveCommon(ports, all)) return [];
    const count = rule.services.length - 1;
    const others = counted(count, 'other service has', 'other services have');
    const more = count === 0 ? '' : `, and ${others} none of these either`;
    return [
      {
        code: 'RTP1413',
        severity: 'warning',
        range: rule.source,
        message: 'the rule grants nothing: none of the services that it selects has one of its ports',
        why: `it is limited to ${portWords(ports)}; "${first.name}" has ${wordsOf(first)}${more}`,
        fix: 'correct the ports of the rule or its when, or add the port to the service',
        related: [{ range: first.source, message: `"${first.name}" is selected` }],
      },
    ];
  });
}

/** All ports of services; undefined when one of them has no address: its ports are not what is missing. */
function joinedPorts(services: readonly ModelService[]): Ranges | undefined {
  if (services.some(isNowhere)) return undefined;
  return joinRanges(
    services.flatMap(({ endpoints, names }) => [...endpoints, ...names].map(({ ports }) => ports)),
    MOST_NUMBERS.destinationPort,
  );
}

function isNowhere({ endpoints, names }: ModelService): boolean {
  return endpoints.length === 0 && names.length === 0;
}

function portsOfService({ endpoints, names }: ModelService): Ranges {
  const all = [...endpoints, ...names].map(({ ports }) => ports);
  const seen = new Map(all.map((ports) => [rangeWords(ports), ports]));
  return [...seen.values()].sort((a, b) => a.low - b.low || a.high - b.high);
}

const PORTS_SHOWN = 5;

function portWords(ports: Ranges): string {
  const [first] = ports;
  const isOne = ports.length === 1 && first?.low === first?.high;
  const rest = ports.length - PORTS_SHOWN;
  const shown = ports.slice(0, PORTS_SHOWN).map(rangeWords).join(', ');
  return `${isOne ? 'port' : 'ports'} ${shown}${rest > 0 ? ` and ${rest} more` : ''}`;
}

function rangeWords({ low, high }: Range): string {
  return low === high ? String(low) : `${low}-${high}`;
}
