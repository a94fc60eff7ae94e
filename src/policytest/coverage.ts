// SPDX-License-Identifier: Apache-2.0
// What of a policy its tests exercise: each rule, each destination that an identity is granted, each address of such a destination, and each
// path to a denial.

import { formatPrefix, isMapped, maskAddress } from '../bundle/address.ts';
import type { Connection } from '../bundle/core.ts';
import { readBundle } from '../bundle/reader.ts';
import type { RuleView } from '../bundle/view.ts';
import type { ModelEndpoint, ModelName, ModelService } from '../compiler/resolve/types.ts';
import type { CompiledModel } from '../compiler/types.ts';
import type { SourceRange } from '../diagnostics/diagnostic.ts';
import type { Explanation } from '../explain/explain.ts';
import { ANY_PORT } from '../schema/port.ts';
import type { Coverage, CoverageItem } from './types.ts';

export interface CoverageCounter {
  readonly count: (explanation: Explanation, connection: Connection) => void;
  readonly coverage: () => Coverage;
}

/** Counts from zero. */
export function startCounting(compilation: CompiledModel): CoverageCounter {
  const rules = new Map<number, number>();
  const destinations = new Map<string, number>();
  const addresses = new Map<ModelEndpoint | ModelName, number>();
  const services = new Map(compilation.model.services.map((service) => [service.name, service]));
  return {
    count({ rule, identity, service }, connection) {
      add(rules, rule.id);
      if (identity === undefined || service === undefined) return;
      add(destinations, destinationKey(identity.workloadID, service.name));
      for (const address of addressesOf(services.get(service.name)))
        if (isReached(address, connection)) add(addresses, address);
    },
    coverage() {
      const items = itemsOf(compilation, rules, destinations, addresses);
      const covered = items.filter(({ tests }) => tests > 0).length;
      const percent = items.length === 0 ? 100 : Math.floor((covered / items.length) * 1000) / 10;
      return { items, covered, percent };
    },
  };
}

function add<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function addressesOf(service: ModelService | undefined): readonly (ModelEndpoint | ModelName)[] {
  return service === undefined ? [] : [...service.endpoints, ...service.names];
}

function isReached(
  address: ModelEndpoint | ModelName,
  { remote, name, protocol = 'tcp' }: Connection,
): boolean {
  if ((address.protocol ?? protocol) !== protocol) return false;
  if (remote.port < address.ports.low || remote.port > address.ports.high) return false;
  if ('name' in address) return address.name === name;
  if (name !== undefined || (address.family === 4) !== isMapped(remote.address)) return false;
  const host = remote.address.subarray(16 - address.address.length);
  return Buffer.compare(maskAddress(host, address.prefixLength), address.address) === 0;
}

function itemsOf(
  { model, bundle, sourceMap }: CompiledModel,
  rules: ReadonlyMap<number, number>,
  destinations: ReadonlyMap<string, number>,
  addresses: ReadonlyMap<ModelEndpoint | ModelName, number>,
): readonly CoverageItem[] {
  const view = readBundle(bundle);
  const items: CoverageItem[] = [];
  const nowhere: SourceRange = model.project.egress.source;
  for (const rule of view.rules) {
    const item = {
      name: nameOf(
        rule,
        rule.identity === undefined ? '' : (view.identities[rule.identity]?.workloadId ?? ''),
      ),
      source: sourceMap.rules[rule.id] ?? nowhere,
      tests: rules.get(rule.id) ?? 0,
    };
    // A rule that can never be used cannot be tested; the compiler warns about it.
    if (rule.kind === 'egress' || rule.kind === 'inbound') {
      if (rule.used) items.push({ kind: 'rule', ...item });
    } else if (rule.action === 'deny') items.push({ kind: 'deny', ...item });
  }
  const reachable = new Set<number>();
  for (const identity of model.identities) {
    const granted = new Set(identity.egress.flatMap(({ services }) => services));
    for (const number of granted) {
      const service = model.services[number];
      if (service === undefined) continue;
      reachable.add(number);
      items.push({
        kind: 'destination',
        name: `${identity.workloadId} → ${service.name}`,
        source: service.source,
        tests: destinations.get(destinationKey(identity.workloadId, service.name)) ?? 0,
      });
    }
  }
  for (const [number, service] of model.services.entries()) {
    const own = addressesOf(service);
    // Where there is one address, to test it is to test the destination.
    if (own.length < 2 || !reachable.has(number)) continue;
    for (const address of own) {
      items.push({
        kind: 'address',
        name: `${service.name} → ${addressText(address)}`,
        source: address.source,
        tests: addresses.get(address) ?? 0,
      });
    }
  }
  return items;
}

function nameOf({ kind, id }: RuleView, workloadId: string): string {
  switch (kind) {
    case 'egress':
      return `egress rule ${id} of ${workloadId}`;
    case 'inbound':
      return `inbound rule ${id} of ${workloadId}`;
    case 'identityDefault':
      return `${workloadId}: no egress rule grants it`;
    case 'inboundDefault':
      return `${workloadId}: no rule admits the peer`;
    case 'egressPosture':
      return 'no identity: outgoing connections';
    case 'ingressPosture':
      return 'no identity: incoming connections';
  }
}

function addressText(address: ModelEndpoint | ModelName): string {
  const text = placeText(address);
  return address.protocol === undefined ? text : `${text} by ${address.protocol.toUpperCase()}`;
}

function placeText(address: ModelEndpoint | ModelName): string {
  const { low, high } = address.ports;
  const host = 'name' in address ? address.name : formatPrefix(address);
  if (low === ANY_PORT.low && high === ANY_PORT.high) return host;
  return `${host.includes(':') ? `[${host}]` : host}:${low === high ? low : `${low}-${high}`}`;
}

function destinationKey(workloadId: string, service: string): string {
  return `${workloadId}\0${service}`;
}
