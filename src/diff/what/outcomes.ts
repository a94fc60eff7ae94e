// SPDX-License-Identifier: Apache-2.0
// The rules of an identity as a diagram whose values are outcomes.

import type { ActionName, EndpointView, IdentityView, RuleView, TlsModeName } from '../../bundle/view.ts';
import { InternalError } from '../../errors.ts';
import { intersectCells, subtractCells, type Cells } from '../space/cells.ts';
import { type Diagram, type Diagrams, FIRST_VALUE } from '../space/diagrams.ts';
import { conditionDiagram, cutBy, type Direction, formulaOf } from './tests.ts';
import { boundsOfPrefix, MAPPED } from '../space/numbers.ts';
import { presentedBy, type ServiceEndpoints, type Side } from '../sides/side.ts';
import { DIMENSION, type Space, type SpaceParts } from '../space/space.ts';

/** The outcome of a connection. One that is refused has no other properties. */
export interface Outcome {
  readonly action: ActionName;
  /** The workload ID of the identity that is presented to the peer; absent: its own. */
  readonly presents?: string | undefined;
  readonly tls: TlsModeName;
  readonly intercept: boolean;
  /** The peers that a connection out may have: a set over the two dimensions of peers. */
  readonly peers: Diagram;
}

export interface Functions {
  /** The outcomes for connections of an identity; undefined: of processes without one. */
  readonly of: (side: Side, workloadId: string | undefined) => Diagram;
  /** The outcome that a value of such a diagram stands for. */
  readonly outcome: (value: number) => Outcome;
  /** Which rule decides: values are rule ids from FIRST_VALUE on. */
  readonly deciding: (side: Side, workloadId: string | undefined) => Diagram;
  /** The connections to the endpoints of a service. */
  readonly endpointsOf: (side: Side, service: number) => Diagram;
  /** The same by its addresses and names. */
  readonly partsOf: (side: Side, service: number) => readonly Diagram[];
}

/** Partitions the space at the boundaries of an identity's rules. */
export function cutByRules(
  side: Side,
  identity: IdentityView,
  direction: Direction,
  parts: SpaceParts,
  seen: Set<number>,
): void {
  const { view } = side;
  const cutByCondition = (number: number | undefined, of: Direction): void => {
    for (const instruction of number === undefined ? [] : (view.conditions[number] ?? []))
      cutBy(formulaOf(instruction, of), parts);
  };
  cutByCondition(identity.peers, 'in');
  for (const rule of direction === 'out' ? identity.rules : identity.inbound) {
    cutByCondition(rule.condition, direction);
    cutByCondition(rule.peers, 'in');
    for (const service of rule.set === undefined ? [] : (view.sets[rule.set] ?? [])) {
      const endpoints = view.services[service];
      const key = side.endpointKeys[service];
      if (endpoints === undefined || key === undefined || seen.has(key)) continue;
      seen.add(key);
      cutByEndpoints(endpoints, parts);
    }
  }
}

function cutByEndpoints({ endpoints, names }: ServiceEndpoints, parts: SpaceParts): void {
  for (const { address, prefixLength, ports } of endpoints) {
    const { low, high } = boundsOfPrefix(address, prefixLength);
    parts.address.cut(low, high);
    parts.port.cut(ports.low, ports.high);
    parts.address.cut(MAPPED.low, MAPPED.high);
  }
  for (const { name, ports } of names) {
    parts.hostName.cut('equal', name);
    parts.port.cut(ports.low, ports.high);
  }
}

/** The functions of connections of one direction. */
export function startFunctions(space: Space, diagrams: Diagrams, direction: Direction): Functions {
  const outcomes: Outcome[] = [];
  const values = new Map<string, number>();
  const services = new Map<number, Diagram>();
  const sets = new Map<number, Diagram>();
  const conditions = new Map<string, Diagram>();
  const functions = new Map<string, Diagram>();

  function constant(outcome: Outcome): Diagram {
    const key = JSON.stringify([
      outcome.action,
      outcome.presents,
      outcome.tls,
      outcome.intercept,
      outcome.peers,
    ]);
    const known = values.get(key);
    if (known !== undefined) return diagrams.constant(known);
    values.set(key, FIRST_VALUE + outcomes.length);
    outcomes.push(outcome);
    return diagrams.constant(FIRST_VALUE + outcomes.length - 1);
  }

  function plain(action: ActionName, tls: TlsModeName = 'none', peers = diagrams.everything): Diagram {
    return constant(
      action === 'deny'
        ? { action, tls: 'none', intercept: false, peers: diagrams.everything }
        : { action, tls, intercept: false, peers },
    );
  }

  function condition(side: Side, number: number | undefined, of: Direction): Diagram {
    if (number === undefined) return diagrams.everything;
    const key = `${of} ${side.conditionKeys[number]}`;
    const known = conditions.get(key);
    if (known !== undefined) return known;
    const built = conditionDiagram(side.view.conditions[number] ?? [], of, space, diagrams);
    conditions.set(key, built);
    return built;
  }

  const unknownPeer = diagrams.and(
    diagrams.inside(DIMENSION.peerDomain, space.peerDomain.passing('equal', '')),
    diagrams.inside(DIMENSION.peerPath, space.peerPath.passing('equal', '')),
  );
  const possiblePeer = diagrams.or(
    unknownPeer,
    diagrams.except(
      diagrams.everything,
      diagrams.inside(DIMENSION.peerDomain, space.peerDomain.passing('equal', '')),
    ),
  );

  /** Without peers that cannot exist, so that equal sets have one diagram. */
  function peers(side: Side, number: number | undefined): Diagram {
    const allowed = condition(side, number, 'in');
    return diagrams.isSubset(possiblePeer, allowed)
      ? diagrams.everything
      : diagrams.and(allowed, possiblePeer);
  }

  function partsOf(side: Side, service: number): readonly Diagram[] {
    const { endpoints, names } = side.view.services[service] ?? { endpoints: [], names: [] };
    const portsOf = ({ low, high }: EndpointView['ports']): Diagram =>
      diagrams.inside(DIMENSION.port, space.port.range(low, high));
    return [
      ...endpoints.map((endpoint) =>
        diagrams.and(
          diagrams.inside(DIMENSION.address, addressCells(endpoint, space)),
          portsOf(endpoint.ports),
        ),
      ),
      ...names.map(({ name, ports }) =>
        diagrams.and(
          diagrams.inside(DIMENSION.hostName, space.hostName.passing('equal', name)),
          portsOf(ports),
        ),
      ),
    ];
  }

  function endpointsOf(side: Side, service: number): Diagram {
    const key = side.endpointKeys[service] ?? 0;
    const known = services.get(key);
    if (known !== undefined) return known;
    const built = diagrams.unite(partsOf(side, service));
    services.set(key, built);
    return built;
  }

  function setOf(side: Side, set: number): Diagram {
    const key = side.setKeys[set] ?? 0;
    const known = sets.get(key);
    if (known !== undefined) return known;
    const built = diagrams.unite((side.view.sets[set] ?? []).map((service) => endpointsOf(side, service)));
    sets.set(key, built);
    return built;
  }

  /** The first rule that grants a connection gives the value; the fallback where none does. */
  function firstOf(
    side: Side,
    { rules, inbound }: IdentityView,
    valueOf: (rule: RuleView) => Diagram,
  ): Diagram {
    const [fallback, ...own] = direction === 'out' ? rules : inbound;
    const last = fallback ?? side.view.rules[direction === 'out' ? 0 : 1];
    if (last === undefined) throw new InternalError('a bundle has no postures');
    return own.reduceRight((rest, rule) => {
      if (direction === 'out' && (!rule.used || rule.set === undefined)) return rest;
      const when = condition(side, rule.condition, direction);
      const granted = rule.set === undefined ? when : diagrams.and(setOf(side, rule.set), when);
      return diagrams.choose(granted, valueOf(rule), rest);
    }, valueOf(last));
  }

  function outcomeOf(side: Side, identity: IdentityView, rule: RuleView): Diagram {
    if (direction === 'in') return plain(rule.action, identity.tls);
    if (rule.set === undefined) return plain(rule.action, identity.tls, peers(side, identity.peers));
    if (rule.action === 'deny') return plain('deny');
    const presents = presentedBy(side.view, identity, rule);
    return constant({
      action: rule.action,
      presents,
      tls: rule.tls === 'none' ? identity.tls : rule.tls,
      intercept: rule.intercept,
      peers: peers(side, rule.peers ?? identity.peers),
    });
  }

  function identityOf(side: Side, workloadId: string): IdentityView {
    const identity = side.view.identities[side.identities.get(workloadId) ?? -1];
    if (identity === undefined) throw new InternalError(`there is no identity ${workloadId}`);
    return identity;
  }

  return {
    outcome(value) {
      const outcome = outcomes[value - FIRST_VALUE];
      if (outcome === undefined) throw new InternalError(`${value} is no outcome`);
      return outcome;
    },
    endpointsOf,
    partsOf,
    of(side, workloadId) {
      if (workloadId === undefined)
        return plain(side.view.rules[direction === 'out' ? 0 : 1]?.action ?? 'deny');
      const identity = identityOf(side, workloadId);
      const key = String(side.ruleKeys[direction][side.identities.get(workloadId) ?? -1]);
      const known = functions.get(key);
      if (known !== undefined) return known;
      const built = firstOf(side, identity, (rule) => outcomeOf(side, identity, rule));
      functions.set(key, built);
      return built;
    },
    deciding(side, workloadId) {
      if (workloadId === undefined) return diagrams.constant(FIRST_VALUE + (direction === 'out' ? 0 : 1));
      return firstOf(side, identityOf(side, workloadId), ({ id }) => diagrams.constant(FIRST_VALUE + id));
    },
  };
}

/** An IPv6 prefix does not hold the IPv4 addresses, whose mapped form lies within some. */
function addressCells({ address, prefixLength }: EndpointView, { address: addresses }: Space): Cells {
  const { low, high } = boundsOfPrefix(address, prefixLength);
  const cells = addresses.range(low, high);
  const mapped = addresses.range(MAPPED.low, MAPPED.high);
  return address.length === 4 ? intersectCells(cells, mapped) : subtractCells(cells, mapped);
}
