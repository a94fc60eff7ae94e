// SPDX-License-Identifier: Apache-2.0
// What a policy says of a connection, read off the model: the oracle of the differential tests. It knows nothing of
// tables. It goes through every identity, selector, rule and service, and compares, as docs/bundle-format.md and
// docs/decisions/selection.md say in words. It imports nothing of the compiler but the model's types.

import { isDeepStrictEqual } from 'node:util';
import type { Facts } from '../../src/bundle/core.ts';
import { FACTS, type FactName } from '../../src/bundle/generated.ts';
import type { Condition } from '../../src/conditions/types.ts';
import type {
  Model,
  ModelEndpoint,
  ModelIdentity,
  ModelSelector,
  ModelService,
  TlsMode,
} from '../../src/compiler/resolve/types.ts';
import { conditionHolds, type Situation } from './condition.ts';

/** Facts that the kernel collects; labels are name=value each. */
export interface OracleFacts {
  readonly facts: Facts;
  readonly labels: readonly string[];
}

/** Whom a connection goes to or comes from (16 bytes), and what else is known of it; texts are empty where nothing is. */
export interface OracleConnection {
  readonly address: Uint8Array;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
  readonly localPort: number;
  readonly time: number;
  /** That the destination has; empty ones are none. */
  readonly names: readonly string[];
  readonly peer: string;
}

/** Names instead of numbers; the rule is one of the model's objects. */
export interface OracleVerdict {
  readonly action: 'allow' | 'audit' | 'deny';
  readonly identity: string | undefined;
  readonly service: string | undefined;
  readonly rule:
    | { readonly kind: 'egress-posture' | 'ingress-posture' | 'default' | 'inbound-default' }
    | { readonly kind: 'egress' | 'inbound'; readonly index: number };
  /** Whose certificate the peer is shown. */
  readonly presents: string | undefined;
  /** What the peer must be. */
  readonly peers: Condition | undefined;
  readonly tls: TlsMode;
  readonly intercept: boolean;
  readonly keeps: boolean;
}

/** Decides a connection that a process opens: of what each of its names leads to by itself, the first rule. */
export function oracleConnect(
  model: Model,
  process: OracleFacts,
  connection: OracleConnection,
): OracleVerdict {
  const { names } = connection;
  const each = (names.length === 0 ? [''] : names).map((name) =>
    connectByName(model, process, connection, name),
  );
  const order = ({ rule, service }: OracleVerdict): number =>
    rule.kind === 'egress'
      ? rule.index * model.services.length + model.services.findIndex(({ name }) => name === service)
      : Number.POSITIVE_INFINITY;
  return each.reduce((best, one) => (order(one) < order(best) ? one : best));
}

function connectByName(
  model: Model,
  process: OracleFacts,
  connection: OracleConnection,
  name: string,
): OracleVerdict {
  const { address, port } = connection;
  const identity = whoIs(model, process, {
    'destination:port': port,
    'destination:ip': Buffer.from(address).toString('hex'),
    direction: 0,
  });
  const { posture } = model.project.egress;
  if (identity === undefined)
    return { ...NOBODY, keeps: model.project.keep, action: posture, rule: { kind: 'egress-posture' } };
  const whose = ofIdentity(identity);
  const here = model.services.flatMap((service, index) => (isAt(service, connection, name) ? [index] : []));
  for (const [index, rule] of identity.egress.entries()) {
    // Both are ascending, so the first is the lowest.
    const [service] = here.filter((index) => rule.services.includes(index));
    if (service === undefined) continue;
    if (!conditionHolds(rule.condition, situationOf(process, connection, 'egress', name))) continue;
    return {
      action: identity.mode === 'off' ? 'allow' : rule.action,
      identity: identity.workloadId,
      service: model.services[service]?.name,
      rule: { kind: 'egress', index },
      presents: rule.identity === undefined ? whose.presents : model.identities[rule.identity]?.workloadId,
      peers: rule.peers ?? identity.peers,
      tls: rule.tls === 'none' ? identity.tls : rule.tls,
      intercept: rule.intercept,
      keeps: identity.keep,
    };
  }
  return { ...whose, action: lenient(identity, posture), rule: { kind: 'default' } };
}

/** Decides a connection that a process accepts. */
export function oracleAccept(
  model: Model,
  process: OracleFacts,
  connection: OracleConnection,
): OracleVerdict {
  const identity = whoIs(model, process, {
    'source:port': connection.port,
    'source:ip': Buffer.from(connection.address).toString('hex'),
    direction: 1,
  });
  const { posture } = model.project.ingress;
  if (identity === undefined)
    return { ...NOBODY, keeps: model.project.keep, action: posture, rule: { kind: 'ingress-posture' } };
  const whose = { ...ofIdentity(identity), peers: undefined };
  if (identity.inbound === undefined) return { ...whose, action: posture, rule: { kind: 'ingress-posture' } };
  const index = identity.inbound.findIndex(({ condition }) =>
    conditionHolds(condition, situationOf(process, connection, 'inbound')),
  );
  const rule = identity.inbound[index];
  if (rule === undefined)
    return { ...whose, action: lenient(identity, 'deny'), rule: { kind: 'inbound-default' } };
  const action = identity.mode === 'off' ? 'allow' : rule.action;
  return { ...whose, action, rule: { kind: 'inbound', index } };
}

/** Decides a socket whose destinations cannot be decided: what becomes of what nothing grants. */
export function oracleOther(model: Model, process: OracleFacts): OracleVerdict {
  const { posture } = model.project.egress;
  const identity = whoIs(model, process, {
    'destination:port': 0,
    'destination:ip': '0'.repeat(32),
    direction: 0,
  });
  if (identity === undefined)
    return { ...NOBODY, keeps: model.project.keep, action: posture, rule: { kind: 'egress-posture' } };
  return {
    ...ofIdentity(identity),
    peers: undefined,
    action: lenient(identity, posture),
    rule: { kind: 'default' },
  };
}

/** Whether a connection that was decided may have this peer. */
export function oraclePeer({ peers }: OracleVerdict, peer: string): boolean {
  const nothing: OracleConnection = {
    address: new Uint8Array(16),
    port: 0,
    protocol: 'tcp',
    localPort: 0,
    time: 0,
    names: [],
    peer,
  };
  return conditionHolds(peers, situationOf({ facts: {}, labels: [] }, nothing, 'inbound'));
}

const NOBODY = {
  identity: undefined,
  service: undefined,
  presents: undefined,
  peers: undefined,
  tls: 'none',
  intercept: false,
} as const;

function ofIdentity({ workloadId, peers, tls, keep }: ModelIdentity) {
  return {
    identity: workloadId,
    service: undefined,
    presents: workloadId,
    peers,
    tls,
    intercept: false,
    keeps: keep,
  };
}

/** What becomes of what no rule grants, where the posture is this one. */
function lenient({ mode }: ModelIdentity, posture: 'allow' | 'audit' | 'deny'): OracleVerdict['action'] {
  if (mode === 'enforce') return posture;
  return mode === 'off' ? 'allow' : posture === 'deny' ? 'audit' : posture;
}

/** What conditions see: unknown texts are empty, unknown ids 4294967295, and each direction has its own half. */
function situationOf(
  { facts }: OracleFacts,
  { address, port, localPort, time, peer }: OracleConnection,
  direction: 'egress' | 'inbound',
  name = '',
): Situation {
  const nowhere = { address: new Uint8Array(16), port: 0 };
  const isEgress = direction === 'egress';
  return {
    processName: String(facts['process:name'] ?? ''),
    processBinaryPath: String(facts['process:binary:path'] ?? ''),
    processUid: Number(facts['process:uid'] ?? 4294967295),
    processGid: Number(facts['process:gid'] ?? 4294967295),
    processCmdline: String(facts['process:cmdline'] ?? ''),
    destinationIp: isEgress ? address : nowhere.address,
    destinationPort: isEgress ? port : localPort,
    destinationName: isEgress ? name : '',
    sourceIp: isEgress ? nowhere.address : address,
    sourcePort: isEgress ? 0 : port,
    peer: isEgress ? '' : peer,
    time,
  };
}

interface Candidate {
  readonly identity: ModelIdentity;
  readonly terms: readonly OracleTerm[];
}

interface OracleTerm {
  readonly fact: FactName;
  readonly values: readonly (number | string)[];
}

/** The identity whose selector holds; of several, the one that comes first in order of precedence. */
function whoIs(
  model: Model,
  { facts: own, labels }: OracleFacts,
  ofConnection: Partial<Record<FactName, number | string>>,
): ModelIdentity | undefined {
  const facts: Partial<Record<FactName, number | string>> = { ...own, ...ofConnection };
  const isTrue = (term: OracleTerm): boolean =>
    term.fact === 'label'
      ? term.values.some((value) => labels.includes(String(value)))
      : holds(term, facts[term.fact]);
  let best: Candidate | undefined;
  for (const identity of model.identities) {
    for (const selector of identity.selectors) {
      const candidate = { identity, terms: plainTerms(selector) };
      if (!candidate.terms.every(isTrue)) continue;
      if (best === undefined || precedes(candidate, best)) best = candidate;
    }
  }
  return best?.identity;
}

/** Prefixes that begin with another one of the term add nothing and do not count. */
function plainTerms(selector: ModelSelector): readonly OracleTerm[] {
  return selector.terms.map(({ fact, values }) => {
    const all: readonly (number | string)[] = values;
    if (FACTS[fact].match !== 'prefix') return { fact, values: all };
    const texts = all.map(String);
    return { fact, values: texts.filter((text) => !texts.some((o) => o !== text && text.startsWith(o))) };
  });
}

function holds(term: OracleTerm, value: number | string | undefined): boolean {
  if (value === undefined) return false;
  return FACTS[term.fact].match === 'prefix'
    ? term.values.some((prefix) => String(value).startsWith(String(prefix)))
    : term.values.some((accepted) => accepted === value);
}

/** More terms; longer prefixes; fewer values; lower workload ID. Within one identity the winner does not matter here. */
function precedes(a: Candidate, b: Candidate): boolean {
  if (a.terms.length !== b.terms.length) return a.terms.length > b.terms.length;
  const [long, short] = [prefixLengths(a), prefixLengths(b)];
  if (!isDeepStrictEqual(long, short)) {
    for (const [i, length] of long.entries()) {
      const other = short[i];
      if (other === undefined) return false;
      if (length !== other) return length > other;
    }
    return true;
  }
  const [mine, yours] = [a, b].map((c) => c.terms.reduce((sum, term) => sum + term.values.length, 0));
  if (mine !== yours) return (mine ?? 0) < (yours ?? 0);
  return Buffer.compare(Buffer.from(a.identity.workloadId), Buffer.from(b.identity.workloadId)) < 0;
}

function prefixLengths({ terms }: Candidate): readonly number[] {
  return terms
    .filter(({ fact }) => FACTS[fact].match === 'prefix')
    .flatMap(({ values }) => values.map((value) => Buffer.from(String(value)).length))
    .sort((a, b) => a - b);
}

function isAt(service: ModelService, { address, port, protocol }: OracleConnection, name: string): boolean {
  const isThere = (own: { readonly ports: ModelEndpoint['ports']; readonly protocol?: string | undefined }) =>
    own.ports.low <= port && port <= own.ports.high && (own.protocol ?? protocol) === protocol;
  const isNamed = service.names.some((own) => own.name === name && isThere(own));
  if (isNamed) return true;
  const text = bits(address);
  // ::ffff:0:0/96: the address is the IPv4 address in its last 32 bits.
  const mapped = text.startsWith('0'.repeat(80) + '1'.repeat(16));
  return service.endpoints.some((endpoint) => {
    if ((endpoint.family === 4) !== mapped) return false;
    const destination = mapped ? text.slice(96) : text;
    return destination.startsWith(prefixBits(endpoint)) && isThere(endpoint);
  });
}

function prefixBits({ address, prefixLength }: ModelEndpoint): string {
  return bits(address).slice(0, prefixLength);
}

function bits(address: Uint8Array): string {
  return Array.from(address, (byte) => byte.toString(2).padStart(8, '0')).join('');
}
