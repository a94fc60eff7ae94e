// SPDX-License-Identifier: Apache-2.0
// What a bundle says of a connection: the core that also runs in the kernel (kmod/core), as WebAssembly.

import { readFileSync } from 'node:fs';
import { InternalError, UserError } from '../errors.ts';
import { packageFile } from '../package.ts';
import { readRecord } from './codec.ts';
import {
  ACTION,
  BUNDLE_MAGIC,
  BUNDLE_VERSION,
  FACTS,
  type FactName,
  FILLING,
  LIMITS,
  NONE,
  OPTION_FLAGS,
  PROTOCOL,
  SECTIONS,
  type SectionName,
  TLS_MODE,
} from './generated.ts';

/** A fact that a process has. Labels stand apart; what is true of the connection is added by the core. */
export type ProcessFact = Exclude<FactName, 'label' | 'direction' | `${'destination' | 'source'}:${string}`>;

/**
 * Facts of a process: a number from 0 to 2³² − 1, or a text. A fact that is absent has no value. Texts are compared as UTF-8;
 * of one that is longer than its limit, a prefix fact looks at the first bytes, and any other matches nothing. Labels are
 * `name=value`, and no more than LIMITS.labels.
 */
export type Facts = {
  readonly [F in ProcessFact]?: (typeof FACTS)[F]['match'] extends 'number' ? number : string;
} & { readonly labels?: readonly string[] };

/** The other end of a connection: 16 bytes, an IPv4 address in its mapped form (`parseAddress` gives them), and a port from 0 to 65535. */
export interface Remote {
  readonly address: Uint8Array;
  readonly port: number;
}

/** A connection. What is absent is not known. */
export interface Connection {
  /** Of one that is opened; tcp when absent. */
  readonly protocol?: Protocol | undefined;
  /** Whom it goes to; of one that is accepted: whom it comes from. */
  readonly remote: Remote;
  /** Of one that is accepted: the port that it came in at. */
  readonly localPort?: number | undefined;
  /** Seconds since 1970, UTC; 0 when absent. */
  readonly time?: number;
  /** A host name of the destination, in lower case. */
  readonly name?: string | undefined;
  /** Further ones, LIMITS.names in all: it is decided as if each were the only one, and the lowest rule that grants it counts. */
  readonly names?: readonly string[] | undefined;
  /** The SPIFFE ID that the peer of an accepted connection has proven. */
  readonly peer?: string | undefined;
}

export type Protocol = keyof typeof PROTOCOL;

export type TlsMode = keyof typeof TLS_MODE;
export type Filling = keyof typeof FILLING;

/** Numbers are indices into the bundle's sections, or NONE. */
export interface Verdict {
  readonly action: keyof typeof ACTION;
  /** The rule that decided. */
  readonly rule: number;
  /** Whom the facts describe. */
  readonly identity: number;
  /** The service through which the rule was found; NONE when a posture or a default decided. */
  readonly service: number;
  /** The identity that the peer is shown. */
  readonly presents: number;
  /** The condition on the peer, for `peerAllowed`; NONE: any peer. */
  readonly peers: number;
  /** What protects the connection. */
  readonly tls: TlsMode;
  /** Whether the application's own TLS is intercepted. */
  readonly intercept: boolean;
  /** Whether a denial leaves a connection alone that has begun. */
  readonly keeps: boolean;
  /** Whether the workload ID, and that of `presents`, could be filled in; unless it is done, that decided, not the rule. */
  readonly filling: Filling;
}

/** A bundle that was verified and can be asked. Every question throws a RangeError when a number is out of its range. */
export interface CoreBundle {
  /** Of FEATURE_FLAGS: what carrying out the bundle needs of the host. */
  readonly features: number;
  /** Decides a connection that a process opens. */
  readonly decideConnect: (facts: Facts, connection: Connection) => Verdict;
  /** Decides a connection that a process accepts. */
  readonly decideAccept: (facts: Facts, connection: Connection) => Verdict;
  /** Decides a socket of a transport that cannot be decided by destination, for a process at a time (seconds since 1970, UTC). */
  readonly decideOther: (facts: Facts, time: number) => Verdict;
  /** Whether it decides a protocol at all. */
  readonly governs: (protocol: Protocol) => boolean;
  /** Whether sockets of other transports are refused where `decideOther` denies them. */
  readonly refusesOthers: boolean;
  /** Whether a connection that was opened may have this peer: the SPIFFE ID that it has proven, or an empty text. */
  readonly peerAllowed: (verdict: Verdict, peer: string) => boolean;
  /** Runs one condition, to show why a rule did not grant. False for a number that is none. */
  readonly conditionHolds: (
    condition: number,
    facts: Facts,
    connection: Connection,
    accepts: boolean,
  ) => boolean;
  /** The workload ID of an identity with placeholders, for a process; undefined when it cannot be filled in or has none. */
  readonly fillWorkloadId: (
    identity: number,
    facts: Facts,
    connection: Connection,
    accepts: boolean,
  ) => string | undefined;
}

/** Why bytes are not a bundle that this version can use. */
export interface BundleRefusal {
  readonly kind: 'malformed' | 'version';
  readonly section: SectionName | 'header';
  /** The record in the section (in strings, the byte); undefined when it is about the section as a whole. */
  readonly index: number | undefined;
  readonly reason: string;
}

/** The module's exports, see kmod/core/wasm.c. Addresses are offsets into its memory. */
interface CoreExports {
  readonly memory: WebAssembly.Memory;
  readonly bundle_at: () => number;
  readonly open: (size: number) => number;
  readonly fault_section: () => number;
  readonly fault_index: () => number;
  readonly fault_reason: () => number;
  readonly features: () => number;
  readonly governs: (protocol: number) => number;
  readonly refuses_others: () => number;
  readonly begin: (protocol: number, remotePort: number, localPort: number, time: number) => void;
  readonly address_at: () => number;
  readonly text_size: () => number;
  readonly label_size: () => number;
  readonly name_size: () => number;
  readonly add_number: (fact: number, value: number) => void;
  readonly add_text: (fact: number, length: number) => number;
  readonly add_label: (length: number) => number;
  readonly add_name: (length: number) => number;
  readonly set_peer: (length: number) => number;
  readonly decide_connect: () => number;
  readonly decide_other: () => number;
  readonly decide_accept: () => number;
  readonly peer_allowed: (peers: number) => number;
  readonly condition_holds: (condition: number, accepts: number) => number;
  readonly fill_workload_id: (identity: number, accepts: number) => number;
  readonly workload_id_at: () => number;
}

const PAGE = 65536;
const REFUSED_VERSION = -2;
const ADDRESS_BYTES = 16;
const LAST_PORT = 65535;
const NOWHERE: Remote = { address: new Uint8Array(ADDRESS_BYTES), port: 0 };

let compiled: WebAssembly.Module | undefined;

/**
 * Verifies a bundle, in time linear in its size, and keeps a copy of it.
 *
 * @throws UserError `bundle-version` or `bundle-refused` when the core refuses it; `checkBundle` says the same as data.
 */
export function openBundle(bytes: Uint8Array): CoreBundle {
  const core = instantiate();
  const refusal = load(core, bytes);
  if (refusal !== undefined) throw refusalError(refusal, bytes);
  return {
    features: core.features() >>> 0,
    decideConnect: (facts, connection) => {
      ask(core, facts, connection);
      return readVerdict(core, core.decide_connect());
    },
    decideAccept: (facts, connection) => {
      ask(core, facts, connection);
      return readVerdict(core, core.decide_accept());
    },
    decideOther: (facts, time) => {
      ask(core, facts, { remote: NOWHERE, time });
      return readVerdict(core, core.decide_other());
    },
    governs: (protocol) => core.governs(PROTOCOL[protocol]) !== 0,
    refusesOthers: core.refuses_others() !== 0,
    peerAllowed: ({ peers }, peer) => {
      giveText(core, core.text_size(), peer, core.set_peer);
      return core.peer_allowed(inRange('a condition', peers, NONE)) !== 0;
    },
    conditionHolds: (condition, facts, connection, accepts) => {
      ask(core, facts, connection);
      return core.condition_holds(inRange('a condition', condition, NONE), accepts ? 1 : 0) !== 0;
    },
    fillWorkloadId: (identity, facts, connection, accepts) => {
      ask(core, facts, connection);
      const length = core.fill_workload_id(inRange('an identity', identity, NONE), accepts ? 1 : 0);
      if (length === 0) return undefined;
      return Buffer.from(memory(core, core.workload_id_at(), length)).toString('latin1');
    },
  };
}

/** Why the core refuses these bytes, or undefined when they are a bundle. */
export function checkBundle(bytes: Uint8Array): BundleRefusal | undefined {
  return createBundleCheck()(bytes);
}

/** `checkBundle` again and again, in the same memory. */
export function createBundleCheck(): (bytes: Uint8Array) => BundleRefusal | undefined {
  let core: CoreExports | undefined;
  return (bytes) => load((core ??= instantiate()), bytes);
}

/** One instance holds one bundle; it goes when the bundle is no longer used. The code is compiled once. */
function instantiate(): CoreExports {
  compiled ??= new WebAssembly.Module(readFileSync(packageFile('src/bundle/core.wasm')));
  // The types of a WebAssembly module are what its source says: this is where the two languages meet.
  return new WebAssembly.Instance(compiled).exports as unknown as CoreExports;
}

function load(core: CoreExports, bytes: Uint8Array): BundleRefusal | undefined {
  const at = core.bundle_at();
  // Of what is too large the core looks only at the header, and says so.
  const kept = bytes.subarray(0, LIMITS.bundleSize);
  const missing = at + kept.length - core.memory.buffer.byteLength;
  if (missing > 0) core.memory.grow(Math.ceil(missing / PAGE));
  memory(core, at, kept.length).set(kept);
  const code = core.open(bytes.length);
  if (code === 0) return undefined;
  const section = SECTIONS.find(({ number }) => number === core.fault_section());
  const index = core.fault_index() >>> 0;
  return {
    kind: code === REFUSED_VERSION ? 'version' : 'malformed',
    section: section?.name ?? 'header',
    index: index === NONE ? undefined : index,
    reason: readText(core, core.fault_reason()),
  };
}

function refusalError({ kind, section, index, reason }: BundleRefusal, bytes: Uint8Array): UserError {
  if (kind === 'version') {
    const { version } = readRecord(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, 'header');
    return new UserError('bundle-version', {
      message: `the bundle has format version ${version}, and this version of riptides reads ${BUNDLE_VERSION}`,
      fix: 'compile the policy again with this version, or use the version that wrote the bundle',
    });
  }
  const magic = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, BUNDLE_MAGIC.length));
  if (magic.toString('latin1') !== BUNDLE_MAGIC)
    return new UserError('bundle-refused', {
      message: 'this is not a bundle',
      fix: 'name a bundle that "riptides compile" wrote (.rtb)',
    });
  const where = index === undefined ? section : `${section}, record ${index}`;
  return new UserError('bundle-refused', {
    message: `the bundle is malformed: ${reason} (${where})`,
    fix: 'compile the policy again; if it is refused again, report it as a bug',
  });
}

/** Puts a question into the core's buffers. */
function ask(core: CoreExports, facts: Facts, connection: Connection): void {
  const { protocol = 'tcp', remote, localPort = 0, time = 0, peer = '' } = connection;
  core.begin(
    PROTOCOL[protocol],
    inRange('a port', remote.port, LAST_PORT),
    inRange('a port', localPort, LAST_PORT),
    inRange('a time', time, NONE),
  );
  if (remote.address.length !== ADDRESS_BYTES) throw new RangeError('an address has 16 bytes');
  memory(core, core.address_at(), ADDRESS_BYTES).set(remote.address);
  const most = core.text_size();
  for (const name of namesOf(connection)) giveText(core, core.name_size(), name, core.add_name);
  giveText(core, most, peer, core.set_peer);
  for (const [fact, { number, match }] of Object.entries(FACTS)) {
    const value: number | string | undefined = fact in facts ? facts[fact as ProcessFact] : undefined;
    if (value === undefined) continue;
    if (match === 'number') core.add_number(number, inRange(fact, Number(value), NONE));
    else giveText(core, most, String(value), (length) => core.add_text(number, length));
  }
  for (const label of facts.labels ?? []) giveText(core, core.label_size(), label, core.add_label);
}

/** All names of a destination. */
export function namesOf({ name, names = [] }: Connection): readonly string[] {
  return name === undefined || name === '' ? names : [name, ...names];
}

/** Copies a text to the memory that `reserve` gives. Where it gives none, the core has counted it, and will not answer. */
function giveText(core: CoreExports, most: number, text: string, reserve: (length: number) => number): void {
  // One byte more than the longest value comes across, so that a longer text stays a longer text.
  const bytes = Buffer.from(text, 'utf8').subarray(0, most);
  const at = reserve(bytes.length);
  if (at !== 0) memory(core, at, bytes.length).set(bytes);
}

function inRange(name: string, value: number, most: number): number {
  if (!Number.isInteger(value) || value < 0 || value > most) {
    throw new RangeError(`${name} is ${value}, which is not a number from 0 to ${most}`);
  }
  return value;
}

/** Growing the memory detaches earlier views, so a view is made for each use. */
function memory(core: CoreExports, offset: number, length: number): Uint8Array {
  return new Uint8Array(core.memory.buffer, offset, length);
}

/** struct rt_verdict of kmod/core/core.h: six u32, two u16, and two u32. */
function readVerdict(core: CoreExports, offset: number): Verdict {
  const view = new DataView(core.memory.buffer, offset, 36);
  return {
    action: nameOf(ACTION, view.getUint32(0, true)),
    rule: view.getUint32(4, true),
    identity: view.getUint32(8, true),
    service: view.getUint32(12, true),
    presents: view.getUint32(16, true),
    peers: view.getUint32(20, true),
    tls: nameOf(TLS_MODE, view.getUint16(24, true)),
    intercept: (view.getUint16(26, true) & OPTION_FLAGS.intercept) !== 0,
    keeps: view.getUint32(28, true) !== 0,
    filling: nameOf(FILLING, view.getUint32(32, true)),
  };
}

/** The name of a number that the core took from a verified bundle. */
function nameOf<T extends Readonly<Record<string, number>>>(table: T, number: number): keyof T & string {
  for (const name in table) if (table[name] === number) return name;
  throw new InternalError(`the core answered with ${number}, which has no name`);
}

function readText(core: CoreExports, offset: number): string {
  const bytes = new Uint8Array(core.memory.buffer, offset);
  return Buffer.from(bytes.subarray(0, bytes.indexOf(0))).toString('utf8');
}
