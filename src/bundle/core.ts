// SPDX-License-Identifier: Apache-2.0
// What a bundle says of a connection: the core that also runs in the kernel (kmod/core), as WebAssembly.

import { readFileSync } from 'node:fs';
import { UserError } from '../errors.ts';
import { readRecord } from './codec.ts';
import {
  ACTION,
  BUNDLE_VERSION,
  FACTS,
  type FactName,
  LIMITS,
  NONE,
  SECTIONS,
  type SectionName,
} from './generated.ts';

/** A fact that a process has; the port it connects to is added by the core. */
export type ProcessFact = Exclude<FactName, 'destination:port'>;

/**
 * Facts of a process: a number from 0 to 2³² − 1, or a text. A fact that is absent has no value. Texts are compared as UTF-8;
 * of one that is longer than its limit, a prefix fact looks at the first bytes, and any other matches nothing.
 */
export type Facts = {
  readonly [F in ProcessFact]?: (typeof FACTS)[F]['match'] extends 'number' ? number : string;
};

/** Where a connection goes: 16 bytes, an IPv4 address in its mapped form (`parseAddress` gives them), and a port from 0 to 65535. */
export interface Destination {
  readonly address: Uint8Array;
  readonly port: number;
}

/** Numbers are indices into the bundle's sections, or NONE. */
export interface Verdict {
  readonly action: keyof typeof ACTION;
  /** The rule that decided. */
  readonly rule: number;
  /** Whom the facts describe. */
  readonly identity: number;
  /** The service through which the rule was found; NONE when a posture or a default decided. */
  readonly service: number;
}

/** A bundle that was verified and can be asked. */
export interface CoreBundle {
  /** Decides a connection that a process opens. @throws RangeError when a number is out of its range. */
  readonly decideConnect: (facts: Facts, destination: Destination) => Verdict;
  /** Decides a connection that a process accepts. @throws RangeError when a number is out of its range. */
  readonly decideAccept: (facts: Facts) => Verdict;
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
  readonly clear_facts: () => void;
  readonly add_number: (fact: number, value: number) => number;
  readonly add_text: (fact: number, length: number) => number;
  readonly text_size: () => number;
  readonly address_at: () => number;
  readonly decide_connect: (port: number) => number;
  readonly decide_accept: () => number;
}

const PAGE = 65536;
const REFUSED_VERSION = -2;
const ADDRESS_BYTES = 16;

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
    decideConnect: (facts, { address, port }) => {
      giveFacts(core, facts);
      if (address.length !== ADDRESS_BYTES) throw new RangeError('an address has 16 bytes');
      memory(core, core.address_at(), ADDRESS_BYTES).set(address);
      return readVerdict(core, core.decide_connect(inRange('a port', port, 0xffff)));
    },
    decideAccept: (facts) => {
      giveFacts(core, facts);
      return readVerdict(core, core.decide_accept());
    },
  };
}

/** Why the core refuses these bytes, or undefined when they are a bundle. */
export function checkBundle(bytes: Uint8Array): BundleRefusal | undefined {
  return load(instantiate(), bytes);
}

/** One instance holds one bundle; it goes when the bundle is no longer used. The code is compiled once. */
function instantiate(): CoreExports {
  compiled ??= new WebAssembly.Module(readFileSync(new URL('./core.wasm', import.meta.url)));
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
  const place = index === undefined ? section : `${section}, record ${index}`;
  return new UserError('bundle-refused', {
    message: `the bundle is malformed: ${reason} (${place})`,
    fix: 'compile the policy again; if it is refused again, report it as a fault of riptides',
  });
}

function giveFacts(core: CoreExports, facts: Facts): void {
  core.clear_facts();
  for (const [name, { number, match }] of Object.entries(FACTS)) {
    const value: number | string | undefined = name in facts ? facts[name as ProcessFact] : undefined;
    if (value === undefined) continue;
    if (match === 'number') core.add_number(number, inRange(name, Number(value), NONE));
    else giveText(core, number, String(value));
  }
}

function giveText(core: CoreExports, fact: number, value: string): void {
  // One byte more than the longest value comes across, so that a longer text stays a longer text.
  const bytes = Buffer.from(value, 'utf8').subarray(0, core.text_size());
  memory(core, core.add_text(fact, bytes.length), bytes.length).set(bytes);
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

function readVerdict(core: CoreExports, offset: number): Verdict {
  const view = new DataView(core.memory.buffer, offset, 16);
  const code = view.getUint32(0, true);
  return {
    action: code === ACTION.allow ? 'allow' : code === ACTION.audit ? 'audit' : 'deny',
    rule: view.getUint32(4, true),
    identity: view.getUint32(8, true),
    service: view.getUint32(12, true),
  };
}

function readText(core: CoreExports, offset: number): string {
  const bytes = new Uint8Array(core.memory.buffer, offset);
  return Buffer.from(bytes.subarray(0, bytes.indexOf(0))).toString('utf8');
}
