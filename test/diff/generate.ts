// SPDX-License-Identifier: Apache-2.0
// Pairs of random policies in a small world, in which every connection can be tried. All follows from the seed.

import type { Connection, Facts } from '../../src/bundle/core.ts';
import type {
  Model,
  ModelEgress,
  ModelIdentity,
  ModelInbound,
  ModelSelector,
  ModelService,
} from '../../src/compiler/resolve/types.ts';
import { endpoint, identity, model, rangeIn, selector, service } from '../compiler/models.ts';
import { type Random, randomFrom } from '../oracle/random.ts';
import { addressOf, HOUR, peerCondition, randomCondition, WEDNESDAY } from './conditions.ts';

export interface RandomPair {
  readonly before: Model;
  readonly after: Model;
  /** All processes of the small world, and all connections. */
  readonly processes: readonly Facts[];
  readonly out: readonly Connection[];
  readonly in: readonly Connection[];
  readonly peers: readonly string[];
  /** Whether a side decides UDP. */
  readonly udp: boolean;
}

const ADDRESSES = [
  '10.0.0.0',
  '10.0.0.1',
  '10.0.0.2',
  '10.0.0.3',
  '10.0.1.7',
  '192.0.2.9',
  'fd00::1',
  '::a00:1',
] as const;
const PREFIXES = [
  '10.0.0.0',
  '10.0.0.1',
  '10.0.0.2',
  '10.0.0.3',
  'fd00::1',
  '10.0.0.0/31',
  '10.0.0.2/31',
  '10.0.0.0/30',
  '10.0.0.0/8',
  '0.0.0.0/0',
  '::/0',
  'fd00::/8',
] as const;
const PORTS = [80, 443, 8080, 7] as const;
const RANGES = ['80', '443', '0-65535', '80-443', '443-8080', '81-65535', '0-79'] as const;
const NAMES = ['', 'a.example', 'b.example'] as const;
const TIMES = [0, WEDNESDAY + 9 * HOUR, WEDNESDAY + 4 * 24 * HOUR + 20 * HOUR] as const;
const PEERS = [
  '',
  'spiffe://test.example/a',
  'spiffe://test.example/a/b',
  'spiffe://other.example/a',
  'spiffe://other.example',
] as const;

/** What processes can be told apart by, each with a value that nothing mentions. */
const FACTS: Readonly<Record<Fact, readonly Facts[]>> = {
  uid: [{ 'process:uid': 1 }, { 'process:uid': 2 }, { 'process:uid': 3 }],
  name: [{ 'process:name': 'a' }, { 'process:name': 'ab' }, {}],
  cmdline: [{ 'process:cmdline': 'n x' }, { 'process:cmdline': 'n' }, { 'process:cmdline': 'nod' }],
  path: [
    { 'process:binary:path': '/bin/a' },
    { 'process:binary:path': '/bin/b' },
    { 'process:binary:path': '/opt/a' },
  ],
  labels: [
    {},
    { labels: ['k8s:label:app=a'] },
    { labels: ['k8s:label:app=b'] },
    { labels: ['ec2:security-groups=x', 'k8s:label:app=a'] },
  ],
  groups: [
    {},
    { labels: ['ec2:security-groups=x'] },
    { labels: ['ec2:security-groups=x', 'ec2:security-groups=y'] },
  ],
};
const FACT_NAMES = ['uid', 'name', 'cmdline', 'path', 'labels', 'groups'] as const;
type Fact = (typeof FACT_NAMES)[number];

export function randomPair(seed: number): RandomPair {
  const random = randomFrom(seed);
  const facts = random.shuffle(FACT_NAMES).slice(0, 2 + random.below(2));
  const uses = {
    names: random.once(3),
    times: random.once(3),
    peers: random.once(2),
    udp: random.once(2),
  };
  const world: World = { random, facts, ...uses };
  const before = randomModel(world);
  const after = random.once(4) ? randomModel(world) : changed(before, world);
  const processes = combine(facts.map((fact) => FACTS[fact]));
  const times = uses.times ? TIMES : ([0] as const);
  const remotes = ADDRESSES.flatMap((text) => PORTS.map((port) => ({ address: addressOf(text), port })));
  return {
    before,
    after,
    udp: before.project.udp || after.project.udp,
    processes,
    out: remotes.flatMap((remote) =>
      times.flatMap((time) => (uses.names ? NAMES : ['']).map((name) => ({ remote, time, name }))),
    ),
    in: remotes
      .filter((_, i) => i % 5 === 0)
      .flatMap((remote) =>
        times.flatMap((time) =>
          (uses.peers ? PEERS : PEERS.slice(0, 2)).flatMap((peer) =>
            [80, 7].map((localPort) => ({ remote, time, peer, localPort })),
          ),
        ),
      ),
    peers: PEERS,
  };
}

interface World {
  readonly random: Random;
  readonly facts: readonly Fact[];
  readonly names: boolean;
  readonly times: boolean;
  readonly peers: boolean;
  readonly udp: boolean;
}

function combine(parts: readonly (readonly Facts[])[]): readonly Facts[] {
  return parts.reduce<readonly Facts[]>(
    (all, own) =>
      all.flatMap((one) =>
        own
          .map((other) => ({ ...one, ...other, labels: [...(one.labels ?? []), ...(other.labels ?? [])] }))
          // The same label twice is harmless; two applications are not possible.
          .map((facts) => ({ ...facts, labels: [...new Set(facts.labels)] })),
      ),
    [{}],
  );
}

const POSTURES = ['deny', 'deny', 'audit', 'allow'] as const;

function randomModel(world: World): Model {
  const { random } = world;
  const services = Array.from({ length: 1 + random.below(4) }, (_, i) => randomService(world, `s${i}`));
  const count = 1 + random.below(3);
  const identities = Array.from({ length: count }, (_, i) =>
    randomIdentity(world, i, count, services.length),
  );
  const built = model(identities, services, random.pick(POSTURES));
  const ingress = { ...built.project.ingress, posture: random.pick(POSTURES) };
  return { ...built, project: { ...built.project, ingress, udp: world.udp && !random.once(4) } };
}

/** A policy with one thing changed, or only written differently. */
function changed(old: Model, world: World): Model {
  const { random } = world;
  const at = random.below(old.identities.length);
  const identities = old.identities;
  const swap = (made: (one: ModelIdentity) => ModelIdentity): Model => ({
    ...old,
    identities: identities.map((one, i) => (i === at ? made(one) : one)),
  });
  switch (random.below(world.udp ? 11 : 9)) {
    case 9:
    case 10:
      return { ...old, project: { ...old.project, udp: !old.project.udp } };
    case 0:
      return swap(() => randomIdentity(world, at, identities.length, old.services.length));
    case 1:
      return swap((one) => ({ ...one, selectors: [...one.selectors, randomSelector(world)] }));
    case 2:
      return swap((one) => ({
        ...one,
        egress: [...one.egress, randomEgress(world, identities.length, old.services.length)],
      }));
    case 3:
      return swap((one) => ({ ...one, egress: one.egress.slice(1) }));
    case 4:
      return {
        ...old,
        services: old.services.map((one, i) => (i === 0 ? randomService(world, one.name) : one)),
      };
    case 5:
      return { ...old, services: old.services.map(split) };
    case 6:
      return {
        ...old,
        project: { ...old.project, egress: { ...old.project.egress, posture: random.pick(POSTURES) } },
      };
    case 7:
      return swap((one) => ({
        ...one,
        inbound: randomInbound(world),
        mode: random.pick(['enforce', 'audit', 'off']),
      }));
    default:
      // The last one stays the last, so that numbers stay what they are.
      return {
        ...old,
        identities: identities.map((one, i) => ({
          ...one,
          workloadId: i === identities.length - 1 ? one.workloadId.replace('i', 'j') : one.workloadId,
          egress: random.shuffle(one.egress),
        })),
      };
  }
}

/** The same places in other words. */
function split(old: ModelService): ModelService {
  return {
    ...old,
    name: `${old.name}x`,
    endpoints: old.endpoints.flatMap((one) => {
      const { low, high } = one.ports;
      const middle = low + Math.floor((high - low) / 2);
      return high === low
        ? [one]
        : [
            { ...one, ports: { low: middle + 1, high } },
            { ...one, ports: { low, high: middle } },
          ];
    }),
  };
}

function randomService(world: World, name: string): ModelService {
  const { random } = world;
  const made = randomPlaces(world, name);
  if (!world.udp) return made;
  const by = <T>(one: T): T =>
    random.once(2) ? { ...one, protocol: random.pick(['tcp', 'udp'] as const) } : one;
  return { ...made, endpoints: made.endpoints.map(by), names: made.names.map(by) };
}

function randomPlaces({ random, names }: World, name: string): ModelService {
  return service(
    name,
    Array.from({ length: random.below(3) }, () => `${random.pick(PREFIXES)} ${random.pick(RANGES)}`),
    names && random.once(2)
      ? {
          names: random.some(['a.example', 'b.example']).map((host) => {
            const { ports } = endpoint(`10.0.0.0 ${random.pick(RANGES)}`);
            return { name: host, ports, source: rangeIn(host) };
          }),
        }
      : {},
  );
}

function randomIdentity(world: World, i: number, identities: number, services: number): ModelIdentity {
  const { random } = world;
  return identity(
    `i${i}`,
    Array.from({ length: 1 + random.below(2) }, () => randomSelector(world)),
    {
      mode: random.pick(['enforce', 'enforce', 'audit', 'off']),
      tls: random.pick(['none', 'none', 'mutual']),
      egress: Array.from({ length: random.below(3) }, () => randomEgress(world, identities, services)),
      peers: world.peers && random.once(3) ? peerCondition(world) : undefined,
      ...(random.once(2) ? { inbound: randomInbound(world) } : {}),
    },
  );
}

function randomInbound(world: World): readonly ModelInbound[] {
  return Array.from({ length: world.random.below(3) }, () => ({
    action: world.random.pick(['allow', 'allow', 'audit']),
    peers: [],
    condition: world.random.once(4) ? undefined : randomCondition(world, 'in', 2),
    source: rangeIn('inbound'),
  }));
}

function randomEgress(world: World, identities: number, services: number): ModelEgress {
  const { random } = world;
  const chosen = Array.from({ length: services }, (_, i) => i).filter(() => random.once(2));
  return {
    action: random.pick(['allow', 'allow', 'audit']),
    services: chosen.length === 0 ? [0] : chosen,
    condition: random.once(2) ? undefined : randomCondition(world, 'out', 2),
    peers: world.peers && random.once(4) ? peerCondition(world) : undefined,
    identity: random.once(5) ? random.below(identities) : undefined,
    tls: random.pick(['none', 'none', 'simple']),
    intercept: random.once(6),
    source: rangeIn('egress'),
  };
}

function randomSelector({ random, facts }: World): ModelSelector {
  const terms: Record<string, readonly (number | string)[]> = {};
  for (const fact of random.shuffle(facts).slice(0, 1 + random.below(2))) {
    switch (fact) {
      case 'uid':
        terms['process:uid'] = random.some([1, 2]).toSorted();
        break;
      case 'name':
        terms['process:name'] = random.some(['a', 'ab']).toSorted();
        break;
      case 'cmdline':
        terms['process:cmdline'] = [random.pick(['n', 'n x', 'no'])];
        break;
      case 'path':
        terms['process:binary:path'] = [random.pick(['/bin/a', '/bin/b'])];
        break;
      case 'labels':
        terms['label'] = random.some(['k8s:label:app=a', 'k8s:label:app=b']).toSorted();
        break;
      case 'groups':
        terms['label'] = random.some(['ec2:security-groups=x', 'ec2:security-groups=y']).toSorted();
    }
  }
  if (random.once(5)) terms['destination:port'] = [random.pick([80, 443])];
  if (random.once(9)) terms['direction'] = [random.below(2)];
  if (random.once(9)) terms['destination:ip'] = [Buffer.from(addressOf('10.0.0.1')).toString('hex')];
  if (random.once(9)) terms['source:port'] = [80];
  return selector(terms);
}
