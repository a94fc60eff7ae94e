// SPDX-License-Identifier: Apache-2.0
// One side of a comparison: an opened bundle, with keys that are equal for equal parts of either side.

import { type CoreBundle, openBundle, type Verdict } from '../../bundle/core.ts';
import { NONE } from '../../bundle/generated.ts';
import { readBundle } from '../../bundle/reader.ts';
import { isSourceMap, type SourceMap } from '../../bundle/source-map.ts';
import type { BindingView, BundleView, IdentityView, RuleView, ServiceView } from '../../bundle/view.ts';
import type { Direction } from '../what/tests.ts';

/** A policy to compare. */
export interface Compared {
  readonly bundle: Uint8Array;
  /** Says where rules are written; without it, examples name rules by number. */
  readonly sourceMap?: SourceMap | undefined;
}

/** A bundle with its source map; one that belongs to another bundle is left out. */
export function withSources(bundle: Uint8Array, digest: string | undefined, sourceMap: unknown): Compared {
  return isSourceMap(sourceMap) && sourceMap.bundle === digest ? { bundle, sourceMap } : { bundle };
}

/** What both sides share, so that what is equal on both is known by one number or object. */
export interface Shared {
  /** A number for a text: the same for the same text. */
  readonly number: (text: string) => number;
  /** A set of names: the same object for the same names. */
  readonly names: (names: readonly string[]) => ReadonlySet<string>;
}

export function startSharing(): Shared {
  const numbers = new Map<string, number>();
  const sets = new Map<string, ReadonlySet<string>>();
  return {
    number: (text) => remember(numbers, text, () => numbers.size),
    names: (names) => remember(sets, JSON.stringify(names), () => new Set(names)),
  };
}

function remember<K, V>(known: Map<K, V>, key: K, make: () => V): V {
  const found = known.get(key);
  if (found !== undefined) return found;
  const value = make();
  known.set(key, value);
  return value;
}

/** The endpoints of a service, whatever it is called. */
export type ServiceEndpoints = Pick<ServiceView, 'endpoints' | 'names'>;

export interface Side {
  /** False of the side where no policy is in force: then nothing is refused, and no process has an identity. */
  readonly isGoverned: boolean;
  readonly core: Pick<CoreBundle, 'decideConnect' | 'decideAccept' | 'peerAllowed'>;
  readonly view: BundleView;
  readonly sourceMap: SourceMap | undefined;
  /** Numbers of identities by workload ID. */
  readonly identities: ReadonlyMap<string, number>;
  /** Bindings by number of the identity. */
  readonly bindings: ReadonlyMap<number, readonly BindingView[]>;
  /** Names of the services of a set: on both sides the same object for the same names. */
  readonly servicesOf: (set: number | undefined) => ReadonlySet<string>;
  /** The same number for services, of either side, with the same endpoints. */
  readonly endpointKeys: readonly number[];
  /** The same number for sets of services, of either side, with the same endpoints. */
  readonly setKeys: readonly number[];
  /** The same number for conditions, of either side, that are the same program. */
  readonly conditionKeys: readonly number[];
  /** The same number for identities, of either side, whose rules and options are the same for connections out, and in. */
  readonly ruleKeys: Readonly<Record<Direction, readonly number[]>>;
}

/**
 * Opens a policy, or what holds where none is in force.
 *
 * @throws UserError `bundle-refused`, `bundle-version`
 */
export function openSide(policy: Compared | undefined, shared: Shared): Side {
  if (policy === undefined) return makeSide(UNGOVERNED, shared);
  const { bundle, sourceMap } = policy;
  const core = openBundle(bundle);
  return makeSide({ isGoverned: true, core, view: readBundle(bundle), sourceMap }, shared);
}

export type Opened = Pick<Side, 'isGoverned' | 'core' | 'view' | 'sourceMap'>;

/** A side of another view of the same policy. */
export function remakeSide(opened: Opened, shared: Shared): Side {
  return makeSide(opened, shared);
}

function makeSide(opened: Opened, { number, names }: Shared): Side {
  const { view } = opened;
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
  const sets = new Map<number | undefined, ReadonlySet<string>>();
  const side = { ...opened, endpointKeys, setKeys, conditionKeys };
  return {
    ...side,
    identities: new Map(view.identities.map(({ workloadId }, i) => [workloadId, i])),
    bindings: Map.groupBy(view.bindings, ({ identity }) => identity),
    servicesOf: (set) =>
      remember(sets, set, () =>
        names((view.sets[set ?? -1] ?? []).map((service) => view.services[service]?.name ?? '')),
      ),
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

/** The verdict where no policy is in force. */
const ALLOWED: Verdict = {
  action: 'allow',
  rule: NONE,
  identity: NONE,
  service: NONE,
  presents: NONE,
  peers: NONE,
  tls: 'none',
  intercept: false,
  keeps: false,
  filling: 'done',
};

function posture(id: number, kind: 'egressPosture' | 'ingressPosture'): RuleView {
  return { id, kind, action: 'allow', used: true, tls: 'none', intercept: false };
}

const UNGOVERNED: Opened = {
  isGoverned: false,
  core: { decideConnect: () => ALLOWED, decideAccept: () => ALLOWED, peerAllowed: () => true },
  view: {
    size: 0,
    trustDomain: '',
    features: [],
    keep: false,
    udp: false,
    denyOthers: false,
    identities: [],
    services: [],
    rules: [posture(0, 'egressPosture'), posture(1, 'ingressPosture')],
    sets: [],
    conditions: [],
    sources: [],
    bindings: [],
  },
  sourceMap: undefined,
};

function endpointsWords({ endpoints, names }: ServiceEndpoints): readonly string[] {
  return [
    ...endpoints.map(
      ({ address, prefixLength, ports, protocol = '' }) =>
        `${Buffer.from(address).toString('hex')}/${prefixLength} ${ports.low} ${ports.high} ${protocol}`,
    ),
    ...names.map(({ name, ports, protocol = '' }) => `${name} ${ports.low} ${ports.high} ${protocol}`),
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

/** The workload ID of the identity that a rule presents to the peer, unless it is the identity's own. */
export function presentedBy(view: BundleView, identity: IdentityView, rule: RuleView): string | undefined {
  const presented = rule.presents === undefined ? undefined : view.identities[rule.presents];
  return presented === identity ? undefined : presented?.workloadId;
}
