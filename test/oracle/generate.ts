// SPDX-License-Identifier: Apache-2.0
// Random policies and connections, made to collide: few names, nested prefixes, overlapping ranges, addresses in both
// forms, values at their borders. All follows from the seed.

import { mapIPv4, parseAddress, parsePrefix } from '../../src/bundle/address.ts';
import type { LoadedDocument } from '../../src/compiler/load/types.ts';
import type { DocumentPath, SourceRange } from '../../src/diagnostics/diagnostic.ts';
import type {
  AllowedSpiffeIds,
  Conditional,
  Connection,
  EgressRule,
  FactSelector,
  IngressRule,
  LabelSelector,
  PortRange,
  ServiceDocument,
  ShapedDocument,
  TimeWindow,
  WorkloadIdentityDocument,
} from '../../src/compiler/shape/types.ts';
import type { OracleConnection, OracleFacts } from './oracle.ts';
import { type Random, randomFrom } from './random.ts';

export interface Question {
  readonly process: OracleFacts;
  readonly connection: OracleConnection;
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
const HOSTS = ['a.example', 'b.example', 'xn--bcher-kva.example'] as const;
const LABEL_FACTS = ['k8s:label:app', 'k8s:pod:namespace', 'docker:name'] as const;
const PEERS = [
  'spiffe://random.example/a',
  'spiffe://random.example/a/b',
  'spiffe://random.example/ab',
  'spiffe://other.example/a',
  'spiffe://other.example',
  'spiffe://{{.TrustDomain}}/z',
] as const;
const PEER_PATTERNS = [
  ...PEERS,
  'spiffe://random.example/*',
  'spiffe://random.example/a/*',
  'spiffe://{{.TrustDomain}}/a/*',
  'spiffe://other.example/*',
] as const;
/** Sundays, Mondays, midnights, the beginning of time and the end. */
const TIMES = [0, 345_599, 345_600, 1_700_000_000, 1_764_000_000, 1_764_028_800, 4_294_967_295] as const;
const CONDITIONS = [
  'process.uid == 1001',
  'process.uid < 1001 || process.gid == 0',
  'process.name in ["a", "node"]',
  'process.binary.path.startsWith("/bin/a") && !process.binary.path.endsWith("b")',
  'process.cmdline == ""',
  'destination.port != 443',
  'destination.port >= 80 && destination.port <= 443',
  'time < timestamp("2025-11-24T16:00:00Z")',
  'time.getHours() >= 8 && time.getHours() < 16',
  'time.getDayOfWeek("+02:00") in [1, 2, 3]',
  'true',
  'false',
] as const;
const EGRESS_CONDITIONS = [
  ...CONDITIONS,
  'cidr("10.0.0.0/24").containsIP(destination.ip)',
  'destination.ip == "fd00::1" || destination.name == "a.example"',
  'destination.name.endsWith(".example") ? destination.port == 80 : process.uid == 0',
] as const;
const INBOUND_CONDITIONS = [
  ...CONDITIONS,
  'cidr("fd00::/8").containsIP(source.ip)',
  'source.port > 1024',
  'peer.trustDomain == "other.example"',
  'peer.path.startsWith("/a")',
  'peer.spiffeID == ""',
] as const;
const TLS = ['MUTUAL', 'SIMPLE', 'PERMISSIVE'] as const;
const QUESTIONS = 10;

/** A policy that resolves without error, in a random order, and connections to ask about. */
export function randomCase(seed: number): RandomCase {
  const random = randomFrom(seed);
  const services = Array.from({ length: 2 + random.below(6) }, (_, i) => randomService(random, i));
  const identities = Array.from({ length: random.below(7) }, (_, i) => randomIdentity(random, i, services));
  const project: ShapedDocument = {
    kind: 'Project',
    metadata: { name: 'random' },
    spec: {
      trustDomain: 'random.example',
      defaultPosture: {
        egress: random.pick(['deny', 'deny', 'audit', 'allow']),
        ingress: random.pick(['allow', 'audit', 'deny']),
      },
      onRevoke: random.pick(['close', 'keep']),
      onAgentLoss: random.pick(['deny', 'keep', 'allow']),
      transports: random.pick([['tcp'], ['tcp', 'udp']]),
      otherTransports: random.pick(['allow', 'deny']),
      policies: ['.'],
    },
    source: nowhere('project'),
  };
  return {
    documents: random.shuffle<ShapedDocument>([project, ...services, ...identities]),
    questions: Array.from({ length: QUESTIONS }, () => randomQuestion(random)),
  };
}

/** A document that has a name and no text: a place in it is known by the first number on the way there, and its field. */
export function nowhere(file: string): LoadedDocument {
  const locate = (path: DocumentPath): SourceRange => {
    const index = path.find((step) => typeof step === 'number') ?? -1;
    const at = { line: index + 2, column: path.includes('ingress') ? 2 : 1 };
    return { file, start: at, end: at };
  };
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
        ...(random.once(3) ? { protocol: random.pick(['tcp', 'udp'] as const) } : {}),
        tags: [],
        aliases: random.once(4) ? random.some(HOSTS) : [],
        networkNames: [],
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
  const workloadID = `random/${random.pick(['é', 'z', '\u{1f30a}'])}${i}`;
  const egress = Array.from({ length: 1 + random.below(4) }, (): EgressRule => {
    const count = 1 + random.below(2);
    const selectors = Array.from({ length: count }, () => randomLabels(random)).filter((selector) =>
      services.some((service) => hasLabels(service, selector)),
    );
    return {
      selectors: selectors.map((selector) => existing(selector, services)),
      ...randomConditional(random, EGRESS_CONDITIONS),
      ...(random.once(4) ? { workloadID } : {}),
      ...(random.once(4) ? { connection: randomConnection(random, true) } : {}),
      ...(random.once(4) ? { allowedSPIFFEIDs: { inbound: [], outbound: random.some(PEER_PATTERNS) } } : {}),
    };
  });
  const ingress = Array.from({ length: random.once(2) ? random.below(4) : 0 }, (): IngressRule => {
    return {
      peers: random.once(2) ? random.some(PEER_PATTERNS) : [],
      ...randomConditional(random, INBOUND_CONDITIONS),
    };
  });
  return {
    kind: 'WorkloadIdentity',
    metadata: { name: `identity-${i}` },
    spec: {
      workloadID,
      mode: random.pick(MODES),
      selectors: Array.from({ length: 1 + random.below(3) }, () => randomSelector(random)),
      egress: egress.filter((rule) => rule.selectors.length > 0),
      ingress,
      ...(random.once(3) ? { onRevoke: random.pick(['close', 'keep']) } : {}),
      ...(random.once(3) ? { connection: randomConnection(random, false) } : {}),
      ...(random.once(3) ? { allowedSPIFFEIDs: randomAllowed(random) } : {}),
    },
    source: nowhere(`identity-${i}`),
  };
}

function randomConditional(random: Random, conditions: readonly [string, ...string[]]): Conditional {
  return {
    mode: random.pick(MODES),
    ports: random.once(6) ? random.some(RANGES) : [],
    windows: random.once(9)
      ? Array.from({ length: 1 + random.below(2) }, (): TimeWindow => randomWindow(random))
      : [],
    ...(random.once(5) ? { when: random.pick(conditions) } : {}),
    ...(random.once(9) ? { notBefore: random.pick(TIMES) } : {}),
    ...(random.once(9) ? { notAfter: random.pick(TIMES) } : {}),
  };
}

function randomWindow(random: Random): TimeWindow {
  return {
    days: random.some([0, 1, 2, 3, 4, 5, 6]),
    from: random.pick([0, 1, 540, 1439]),
    to: random.pick([0, 1, 540, 1440]),
    offset: random.pick([0, 120, -90, 840]),
  };
}

function randomConnection(random: Random, mayIntercept: boolean): Connection {
  return { tls: { mode: random.pick([undefined, ...TLS]), intercept: mayIntercept && random.once(2) } };
}

function randomAllowed(random: Random): AllowedSpiffeIds {
  return {
    inbound: random.once(2) ? random.some(PEER_PATTERNS) : [],
    outbound: random.once(2) ? random.some(PEER_PATTERNS) : [],
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
    ...(random.once(8) ? { 'destination:ip': some(['10.0.0.0', '10.0.0.1', 'fd00::1']) } : {}),
    ...(random.once(8) ? { direction: some(['input', 'output']) } : {}),
    ...(random.once(8) ? { 'source:port': some(PORTS) } : {}),
    ...(random.once(3) ? { [random.pick(LABEL_FACTS)]: some(VALUES) } : {}),
    ...(random.once(6) ? { [random.pick(LABEL_FACTS)]: some(VALUES) } : {}),
  };
  const kept = random.shuffle(Object.entries(all)).slice(0, 1 + random.below(random.once(4) ? 6 : 2));
  return Object.fromEntries(kept);
}

function randomQuestion(random: Random): Question {
  const text = random.pick(CMDLINES);
  const all: OracleFacts['facts'] = {
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
  const facts: OracleFacts['facts'] = Object.fromEntries(Object.entries(all).filter(() => !random.once(8)));
  const labels = LABEL_FACTS.flatMap((fact) =>
    random.once(2) ? random.some(VALUES).map((value) => `${fact}=${value}`) : [],
  );
  const { low, high } = random.pick(RANGES);
  const port = Math.min(65535, Math.max(0, random.pick([low, high, low - 1, high + 1, ...PORTS])));
  return {
    process: { facts, labels },
    connection: {
      address: nearAddress(random),
      port,
      protocol: random.pick(['tcp', 'udp']),
      localPort: random.pick(PORTS),
      time: Math.min(4294967295, random.pick(TIMES) + random.below(700_000)),
      names: random.once(3) ? random.some([...HOSTS, 'c.example']) : [],
      peer: random.once(2) ? random.pick([...PEERS, 'spiffe://', 'not a peer', '']) : '',
    },
  };
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
