// SPDX-License-Identifier: Apache-2.0
// One side of a comparison: a bundle that was opened, and keys by which what is the same on both sides is seen to be the same.

import { formatPrefix } from '../../bundle/address.ts';
import { type CoreBundle, openBundle } from '../../bundle/core.ts';
import { readBundle } from '../../bundle/reader.ts';
import type { SourceMap } from '../../bundle/source-map.ts';
import type { BundleView, IdentityView, RuleView, ServiceView } from '../../bundle/view.ts';
import type { Direction } from '../what/tests.ts';

/** A policy to compare. */
export interface Compared {
  readonly bundle: Uint8Array;
  /** Says where rules are written; without it, examples have no places. */
  readonly sourceMap?: SourceMap;
}

/** Numbers for texts: the same text has the same number. */
export type Number = (text: string) => number;

export function startNumbering(): Number {
  const numbers = new Map<string, number>();
  return (text) => {
    const number = numbers.get(text) ?? numbers.size;
    if (number === numbers.size) numbers.set(text, number);
    return number;
  };
}

/** What the other end of a service is: where it is, whatever it is called. */
export type ServiceEndpoints = Pick<ServiceView, 'endpoints' | 'names'>;

export interface Side {
  readonly core: CoreBundle;
  readonly view: BundleView;
  readonly sourceMap: SourceMap | undefined;
  /** Numbers of identities by workload ID. */
  readonly identities: ReadonlyMap<string, number>;
  /** The same for services, of either side, at the same places. */
  readonly endpointKeys: readonly number[];
  /** The same for sets of services, of either side, at the same places. */
  readonly setKeys: readonly number[];
  /** The same for conditions, of either side, that are the same program. */
  readonly conditionKeys: readonly number[];
  /** The same for identities, of either side, whose rules and options say the same of connections out, and in. */
  readonly ruleKeys: Readonly<Record<Direction, readonly number[]>>;
}

/** @throws UserError `bundle-refused`, `bundle-version` */
export function openSide({ bundle, sourceMap }: Compared, number: Number): Side {
  const core = openBundle(bundle);
  const view = readBundle(bundle);
  const endpointKeys = view.services.map((service) => number(`service ${endpointsWords(service).join(' ')}`));
  const setKeys = view.sets.map((set) => {
    const keys = new Set(set.map((service) => endpointKeys[service] ?? 0));
    return number(`set ${[...keys].sort((a, b) => a - b).join(' ')}`);
  });
  const conditionKeys = view.conditions.map((program) =>
    number(
      `condition ${JSON.stringify(program.map((i) => [i.field, i.test, i.operand, i.whenTrue, i.whenFalse]))}`,
    ),
  );
  const side = { core, view, sourceMap, endpointKeys, setKeys, conditionKeys };
  return {
    ...side,
    identities: new Map(view.identities.map(({ workloadId }, i) => [workloadId, i])),
    ruleKeys: {
      out: view.identities.map((identity) => number(`out ${rulesWords(side, identity, identity.rules)}`)),
      // Without inbound rules the posture decides.
      in: view.identities.map((identity) =>
        number(
          `in ${rulesWords(side, identity, identity.inbound.length === 0 ? view.rules.slice(1, 2) : identity.inbound)}`,
        ),
      ),
    },
  };
}

function endpointsWords({ endpoints, names }: ServiceEndpoints): readonly string[] {
  return [
    ...endpoints.map((endpoint) => `${formatPrefix(endpoint)} ${endpoint.ports.low} ${endpoint.ports.high}`),
    ...names.map(({ name, ports }) => `${name} ${ports.low} ${ports.high}`),
  ];
}

type Keys = Pick<Side, 'view' | 'setKeys' | 'conditionKeys'>;

function rulesWords(
  { view, setKeys, conditionKeys }: Keys,
  identity: IdentityView,
  rules: readonly RuleView[],
): string {
  const condition = (number: number | undefined): number | undefined =>
    number === undefined ? undefined : conditionKeys[number];
  const rule = (r: RuleView): unknown =>
    r.used
      ? [
          r.action,
          r.set === undefined ? undefined : setKeys[r.set],
          condition(r.condition),
          condition(r.peers),
          presentedBy(view, identity, r),
          r.tls,
          r.intercept,
        ]
      : undefined;
  return JSON.stringify([rules.map(rule), condition(identity.peers), identity.tls]);
}

/** The workload ID of the identity that a rule shows to the peer, unless it is the identity's own. */
export function presentedBy(view: BundleView, identity: IdentityView, rule: RuleView): string | undefined {
  const presented = rule.presents === undefined ? undefined : view.identities[rule.presents];
  return presented === identity ? undefined : presented?.workloadId;
}
