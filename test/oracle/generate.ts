// SPDX-License-Identifier: Apache-2.0
// Random policies and connections, made to collide: few names, nested prefixes, overlapping ranges, addresses in both
// forms, values at their borders. All follows from the seed.

import { mapIPv4, parseAddress, parsePrefix } from '../../src/bundle/address.ts';
import type { Destination, Facts } from '../../src/bundle/core.ts';
import type { LoadedDocument } from '../../src/compiler/load/types.ts';
import type {
  EgressRule,
  FactSelector,
  LabelSelector,
  PortRange,
  ServiceDocument,
  ShapedDocument,
  WorkloadIdentityDocument,
} from '../../src/compiler/shape/types.ts';
import { type Random, randomFrom } from './random.ts';

export interface Question {
  readonly facts: Facts;
  readonly destination: Destination;
}

export interface RandomCase {
  readonly documents: readonly ShapedDocument[];
  readonly questions: readonly Question[];
}

const NAMES = ['a', 'node', 'nod'] as const;
const PATHS = ['/bin/a', '/bin/ab', '/opt/node'] as const;
const UIDS = [0, 1, 1001, 4294967294] as const;
const GIDS = [0, 1001] as const;
const CMDLINES = [
  'n',
  'no',
  'node',
  'node a',
  'node ab',
  'node a b',
  'nodejs',
  'é',
  'é x',
  '\u{1f30a}',
  '\uff5e',
] as const;
const PORTS = [1, 22, 80, 443, 8080, 65535] as const;
const LABELS = ['app', 'tier', 'env'] as const;
const VALUES = ['a', 'b', 'c'] as const;
const ADDRESSES = [
  '10.0.0.0',
  '10.0.0.1',
  '10.0.0.2',
  '10.0.0.3',
  '10.0.1.1',
  '255.255.255.255',
  '::ffff:10.0.0.1',
  '::1',
  'fd00::1',
  'fd00::2',
  'fd00:0:0:1::1',
  '::a00:1',
] as const;
const PREFIXES = [
  ...ADDRESSES,
  '0.0.0.0/0',
  '0.0.0.0/1',
  '10.0.0.0/8',
  '10.0.0.0/24',
  '10.0.0.0/30',
  '10.0.0.2/31',
  '10.0.0.1/32',
  '::ffff:10.0.0.0/120',
  '::ffff:0:0/96',
  '::/0',
  '8000::/1',
  'fd00::/8',
  'fd00::/64',
  'fd00::/127',
  'fd00::1/128',
] as const;
const RANGES: readonly [PortRange, ...PortRange[]] = [
  { low: 0, high: 65535 },
  { low: 80, high: 80 },
  { low: 443, high: 443 },
  { low: 1, high: 65535 },
  { low: 80, high: 90 },
  { low: 85, high: 443 },
  { low: 443, high: 8080 },
  { low: 65535, high: 65535 },
];
const MODES = ['enforce', 'enforce', 'audit', 'off'] as const;
const QUESTIONS = 10;

/** A policy that resolves without error, in a random order, and connections to ask about. */
export function randomCase(seed: number): RandomCase {
  const random = randomFrom(seed);
  const services = Array.from({ length: random.below(7) }, (_, i) => randomService(random, i));
  const identities = Array.from({ length: random.below(7) }, (_, i) => randomIdentity(random, i, services));
  const project: ShapedDocument = {
    kind: 'Project',
    metadata: { name: 'random' },
    spec: {
      trustDomain: 'random.example',
      defaultPosture: {
        egress: random.pick(['deny', 'deny', 'audit', 'allow']),
        ingress: random.pick(['allow', 'audit']),
      },
      policies: ['.'],
    },
    source: nowhere('project'),
  };
  return {
    documents: random.shuffle<ShapedDocument>([project, ...services, ...identities]),
    questions: Array.from({ length: QUESTIONS }, () => randomQuestion(random)),
  };
}

/** A document that has a name and no text. */
export function nowhere(file: string): LoadedDocument {
  const range = { file, start: { line: 1, column: 1 }, end: { line: 1, column: 1 } };
  const locate = () => range;
  return { file, index: 0, value: {}, locate, locateKey: locate, locateText: locate };
}

function randomService(random: Random, i: number): ServiceDocument {
  const labels = Object.fromEntries(random.some(LABELS).map((key) => [key, random.pick(VALUES)]));
  return {
    kind: 'Service',
    metadata: { name: `service-${i}` },
    spec: {
      labels,
      addresses: Array.from({ length: random.below(4) }, () => ({
        ...(random.once(3) ? {} : { address: random.pick(PREFIXES) }),
        networkPrefixes: random.once(3) ? random.some(PREFIXES).slice(0, 3) : [],
        port: random.pick(RANGES),
        tags: [],
      })),
      external: random.once(2),
      tls: random.once(2),
    },
    source: nowhere(`service-${i}`),
  };
}

function randomIdentity(
  random: Random,
  i: number,
  services: readonly ServiceDocument[],
): WorkloadIdentityDocument {
  const egress = Array.from({ length: random.below(4) }, (): EgressRule => {
    const count = 1 + random.below(2);
    const selectors = Array.from({ length: count }, () => randomLabels(random)).filter((selector) =>
      services.some((service) => hasLabels(service, selector)),
    );
    return { selectors: selectors.map((selector) => existing(selector, services)), mode: random.pick(MODES) };
  });
  return {
    kind: 'WorkloadIdentity',
    metadata: { name: `identity-${i}` },
    spec: {
      workloadID: `random/${random.pick(['é', 'z', '\u{1f30a}'])}${i}`,
      mode: random.pick(MODES),
      selectors: Array.from({ length: 1 + random.below(3) }, () => randomSelector(random)),
      egress: egress.filter((rule) => rule.selectors.length > 0),
    },
    source: nowhere(`identity-${i}`),
  };
}

function randomLabels(random: Random): LabelSelector {
  return Object.fromEntries(
    random.some(LABELS).map((key) => [key, random.once(3) ? random.some(VALUES) : [random.pick(VALUES)]]),
  );
}

/** Whether a service has all the labels: the plain reading, not the compiler's. */
export function hasLabels({ spec }: ServiceDocument, selector: LabelSelector): boolean {
  return Object.entries(selector).every(([key, values]) =>
    values.some((value) => spec.labels[key] === value),
  );
}

/** Without the values that no service has: those are errors. */
function existing(selector: LabelSelector, services: readonly ServiceDocument[]): LabelSelector {
  return Object.fromEntries(
    Object.entries(selector).map(([key, values]) => [
      key,
      values.filter((value) => services.some(({ spec }) => spec.labels[key] === value)),
    ]),
  );
}

function randomSelector(random: Random): FactSelector {
  const some = <T>(items: readonly [T, ...T[]]): readonly T[] =>
    random.once(3) ? random.shuffle(random.some(items)).slice(0, 4) : [random.pick(items)];
  const all: FactSelector = {
    'process:name': some(NAMES),
    'process:binary:path': some(PATHS),
    'process:uid': some(UIDS),
    'process:gid': some(GIDS),
    'process:cmdline': some(CMDLINES),
    'destination:port': some(PORTS),
  };
  const kept = random.shuffle(Object.entries(all)).slice(0, 1 + random.below(random.once(4) ? 6 : 2));
  return Object.fromEntries(kept);
}

function randomQuestion(random: Random): Question {
  const text = random.pick(CMDLINES);
  const all: Facts = {
    'process:name': random.pick(NAMES),
    'process:binary:path': random.pick([...PATHS, '/bin/abc']),
    'process:uid': random.pick([...UIDS, 4294967295]),
    'process:gid': random.pick([...GIDS, 7]),
    'process:cmdline': random.pick([
      text,
      `${text} x`,
      `${text}s`,
      Array.from(text).slice(0, -1).join(''),
      `x${text}`,
    ]),
  };
  const facts: Facts = Object.fromEntries(Object.entries(all).filter(() => !random.once(8)));
  const address = nearAddress(random);
  const { low, high } = random.pick(RANGES);
  const port = Math.min(65535, Math.max(0, random.pick([low, high, low - 1, high + 1, ...PORTS])));
  return { facts, destination: { address, port } };
}

/** An address of the policies' prefixes, at times one bit off. */
function nearAddress(random: Random): Uint8Array {
  const parsed = parsePrefix(random.pick(PREFIXES));
  const prefix = 'address' in parsed ? parsed.address : new Uint8Array(16);
  const address = prefix.length === 4 ? mapIPv4(prefix) : prefix.slice();
  if (random.once(3)) {
    const bit = random.once(2) ? 127 - random.below(4) : random.below(128);
    address[bit >>> 3] = (address[bit >>> 3] ?? 0) ^ (0x80 >>> (bit & 7));
  }
  return random.once(8) ? (parseAddress(random.pick(ADDRESSES)) ?? address) : address;
}
