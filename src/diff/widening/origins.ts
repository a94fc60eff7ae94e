// SPDX-License-Identifier: Apache-2.0
// The cause of a widening change in the policy after: a rule, service, selector, mode or posture. The connections are those of the
// comparison, grouped by what decides them.

import type { IdentityView, RuleView, TlsModeName } from '../../bundle/view.ts';
import { type Diagram, type Diagrams, FIRST_VALUE, OUTSIDE } from '../space/diagrams.ts';
import type { Outcome } from '../what/outcomes.ts';
import type { Group, Winners } from '../who/groups.ts';
import { nameServices } from '../what/service-names.ts';
import type { Side } from '../sides/side.ts';
import { exampleWith, findExample, findIn, evaluateExample } from '../examples/find.ts';
import type { Example, Origin, OriginKind, Reach } from '../types.ts';
import { FIRST_CONDITION } from '../space/space.ts';
import type { CompareContext } from '../context.ts';

type Outcomes = readonly [Outcome, Outcome];

/** Lower is less protection. */
const STRENGTH: Readonly<Record<TlsModeName, number>> = { none: 0, permissive: 1, simple: 2, mutual: 3 };

/** Whether an outcome allows more than the one before. */
export function widens([before, after]: Outcomes, diagrams: Diagrams): boolean {
  if (after.action === 'deny') return false;
  return (
    before.action === 'deny' ||
    isQuieter(before, after) ||
    !diagrams.isSubset(after.peers, before.peers) ||
    STRENGTH[after.tls] < STRENGTH[before.tls] ||
    (after.presents !== undefined && after.presents !== before.presents)
  );
}

/** Whether what was allowed and audited is now allowed without audit. */
function isQuieter(before: Outcome, after: Outcome): boolean {
  return before.action === 'audit' && after.action === 'allow';
}

/** The causes of widened connections, each with an example. */
export function originsOf(
  group: Group,
  where: Diagram,
  outcomes: Outcomes,
  context: CompareContext,
): readonly Origin[] {
  const { before, after } = group;
  if (after !== undefined && before !== after) return bySelector(group, where, outcomes, context);
  return partsOf(group, where, outcomes, context).flatMap((part): readonly Origin[] => {
    const { origin, set } = part;
    const example = exampleFor(part, group, outcomes, context);
    return example === undefined
      ? []
      : [{ ...origin, example, reach: reachOf(group, set, outcomes, context) }];
  });
}

/** One example per cause, even where it grants to thousands of identities. */
function exampleFor(
  { set, key }: Part,
  group: Group,
  outcomes: Outcomes,
  context: CompareContext,
): Example | undefined {
  const { sharedExamples } = context;
  const known = key === undefined ? undefined : sharedExamples.get(key);
  if (known !== undefined) return known;
  const example = findExample(group, set, outcomes, context)?.example;
  if (key !== undefined && example !== undefined) sharedExamples.set(key, example);
  return example;
}

/** The endpoints of a set of connections. */
function reachOf(group: Group, set: Diagram, outcomes: Outcomes, context: CompareContext): Reach {
  const { diagrams, direction } = context;
  const endpoints = diagrams
    .reached(set, FIRST_CONDITION)
    .filter((condition) => condition !== diagrams.nothing)
    .map((condition) => diagrams.leadingTo(set, condition, FIRST_CONDITION));
  return { direction, ...nameServices(diagrams.unite(endpoints), outcomes, context, group) };
}

/** Processes that become an identity that existed before: they gain its name, whatever else. */
export function arrivalsOf(group: Group, context: CompareContext): readonly Origin[] {
  const { before, after } = group;
  if (after === undefined || before === after || !context.pair.sides[0].identities.has(after)) return [];
  return selectorsOf(group).flatMap(([selector, pairs]): readonly Origin[] => {
    for (const winners of pairs) {
      const example = exampleWith(winners, context);
      if (example !== undefined) return [{ of: 'selector', selector, example }];
    }
    return [];
  });
}

/** The selectors that assign the identity after, with the pairs in which they win. */
function selectorsOf(group: Group): readonly (readonly [number, readonly Winners[]])[] {
  const found = Map.groupBy(group.winners(), ([, after]) => after?.number);
  return [...found].flatMap(([selector, pairs]) => (selector === undefined ? [] : [[selector, pairs]]));
}

function bySelector(
  group: Group,
  where: Diagram,
  outcomes: Outcomes,
  context: CompareContext,
): readonly Origin[] {
  const isNew = !context.pair.sides[0].identities.has(group.after ?? '');
  const found = selectorsOf(group).flatMap(([selector, pairs]): readonly Origin[] => {
    for (const winners of pairs) {
      const question = findIn(where, winners, context);
      if (question === undefined) continue;
      const { example } = evaluateExample(question, outcomes, context);
      return [{ ...(isNew ? { of: 'identity' } : { of: 'selector', selector }), example }];
    }
    return [];
  });
  return isNew ? found.slice(0, 1) : found;
}

interface Part {
  readonly set: Diagram;
  readonly origin: OriginKind;
  /** The same key for grants to many identities by the same cause. */
  readonly key?: string;
}

/** The connections, grouped by what decides them after. */
function partsOf(group: Group, where: Diagram, outcomes: Outcomes, context: CompareContext): readonly Part[] {
  const { diagrams, functions, pair } = context;
  const [, after] = pair.sides;
  const deciding = diagrams.choose(where, functions.deciding(after, group.after), diagrams.nothing);
  return diagrams.reached(deciding, Infinity).flatMap((leaf): readonly Part[] => {
    const value = diagrams.valueOf(leaf) ?? OUTSIDE;
    const rule = after.view.rules[value - FIRST_VALUE];
    if (rule === undefined) return [];
    const set = diagrams.where(deciding, (other) => other === value);
    switch (rule.kind) {
      case 'egressPosture':
      case 'ingressPosture':
        return [partOf(set, whatOfPosture(group, outcomes, context))];
      case 'identityDefault':
      case 'inboundDefault':
        return [partOf(set, whatOfDefault(rule, group, outcomes, context))];
      case 'inbound':
      case 'egress': {
        const of = whatOfRule(rule, group, outcomes, context);
        if (of !== 'rule') return [partOf(set, of)];
        if (rule.kind === 'egress' && loosensAction(outcomes)) return byService(rule, set, group, context);
        return [{ set, origin: { of, rule: rule.id } }];
      }
    }
  });
}

function partOf(set: Diagram, of: 'posture' | 'identity' | 'mode' | 'peers' | 'tls'): Part {
  return { set, origin: { of }, ...(of === 'posture' ? { key: of } : {}) };
}

type Both<T> = readonly [T | undefined, T | undefined];

function identitiesOf({ before, after }: Group, [a, b]: readonly [Side, Side]): Both<IdentityView> {
  const find = (side: Side, name: string | undefined): IdentityView | undefined =>
    name === undefined ? undefined : side.view.identities[side.identities.get(name) ?? -1];
  return [find(a, before), find(b, after)];
}

function posturesDiffer({ pair: { sides }, direction }: CompareContext): boolean {
  const [before, after] = sides.map(({ view }) => view.rules[direction === 'out' ? 0 : 1]?.action);
  return before !== after;
}

/** An identity without inbound rules is subject to the posture; if the posture did not change, the identity did. */
function whatOfPosture(
  group: Group,
  outcomes: Outcomes,
  context: CompareContext,
): 'posture' | 'identity' | 'tls' {
  if (group.after === undefined) return 'posture';
  if (!loosensAction(outcomes)) return 'tls';
  return posturesDiffer(context) ? 'posture' : 'identity';
}

function loosensAction([before, after]: Outcomes): boolean {
  return before.action === 'deny' || isQuieter(before, after);
}

function whatOfDefault(
  { kind }: RuleView,
  group: Group,
  outcomes: Outcomes,
  context: CompareContext,
): 'posture' | 'identity' | 'mode' | 'peers' | 'tls' {
  const [before, after] = identitiesOf(group, context.pair.sides);
  if (!loosensAction(outcomes)) return arePeersWider(outcomes, context) ? 'peers' : 'tls';
  if (after?.mode !== 'enforce' && (before?.mode !== after?.mode || kind === 'inboundDefault')) return 'mode';
  return posturesDiffer(context) ? 'posture' : 'identity';
}

function arePeersWider([before, after]: Outcomes, { diagrams }: CompareContext): boolean {
  return !diagrams.isSubset(after.peers, before.peers);
}

/** The change may be in a setting that applies to all rules of the identity. */
function whatOfRule(
  rule: RuleView,
  group: Group,
  outcomes: Outcomes,
  context: CompareContext,
): 'rule' | 'mode' | 'peers' | 'tls' {
  const { sides } = context.pair;
  const [before, after] = identitiesOf(group, sides);
  const [was, is] = outcomes;
  if (was.action === 'deny') return 'rule';
  if (isQuieter(was, is)) return after?.mode === 'off' && before?.mode !== 'off' ? 'mode' : 'rule';
  if (arePeersWider(outcomes, context)) {
    const [a, b] = [before, after].map((identity, i) =>
      identity?.peers === undefined ? undefined : sides[i]?.conditionKeys[identity.peers],
    );
    return rule.peers === undefined && a !== b ? 'peers' : 'rule';
  }
  return STRENGTH[is.tls] < STRENGTH[was.tls] && rule.tls === 'none' && before?.tls !== after?.tls
    ? 'tls'
    : 'rule';
}

/** Splits what an egress rule grants by cause: a service with more endpoints, a new service, or the rule. */
function byService(rule: RuleView, set: Diagram, group: Group, context: CompareContext): readonly Part[] {
  const { diagrams, functions, pair } = context;
  const [before, after] = pair.sides;
  const granted = new Map<string, number>();
  for (const { set: number, used } of identitiesOf(group, pair.sides)[0]?.rules ?? [])
    for (const service of number === undefined || !used ? [] : (before.view.sets[number] ?? []))
      granted.set(before.view.services[service]?.name ?? '', service);
  const services = rule.set === undefined ? [] : (after.view.sets[rule.set] ?? []);
  const nameOf = (service: number): string => after.view.services[service]?.name ?? '';
  if (!services.some((service) => granted.has(nameOf(service))))
    return [{ set, origin: { of: 'rule', rule: rule.id } }];
  let rest = set;
  const found: Part[] = [];
  const add = (of: 'endpoints' | 'service', service: number, endpoints: Diagram): void => {
    const own = diagrams.and(rest, endpoints);
    if (own === diagrams.nothing) return;
    const key = of === 'endpoints' ? { key: `${service} ${endpoints}` } : {};
    found.push({ set: own, origin: { of, rule: rule.id, service }, ...key });
    rest = diagrams.except(rest, own);
  };
  for (const service of services) {
    const earlier = granted.get(nameOf(service));
    if (earlier !== undefined) {
      if (before.endpointKeys[earlier] === after.endpointKeys[service]) continue;
      const old = functions.endpointsOf(before, earlier);
      for (const endpoints of functions.partsOf(after, service))
        add('endpoints', service, diagrams.except(endpoints, old));
    } else if (!before.view.services.some(({ name }) => name === nameOf(service))) {
      add('service', service, functions.endpointsOf(after, service));
    }
  }
  return rest === diagrams.nothing ? found : [...found, { set: rest, origin: { of: 'rule', rule: rule.id } }];
}
