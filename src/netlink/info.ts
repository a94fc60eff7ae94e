// SPDX-License-Identifier: Apache-2.0
// What the module says of itself, from its reply.

import { UserError } from '../errors.ts';
import type { Decoded } from './attributes.ts';
import { type CommandName, COUNTER, HOLDER, STATE } from './generated.ts';

export type ModuleState = (typeof STATE)[number];
export type CounterName = (typeof COUNTER)[number];

/** What keeps a drain from its end: a system call inside the module, or a socket that cannot be given back. */
export interface Holder {
  readonly what: (typeof HOLDER)[number];
  /** The process that is in the call, or made the socket. */
  readonly pid: number;
  /** Its name; empty when it is gone. */
  readonly comm: string;
}

/** What the module is and what is in force. */
export interface KernelInfo {
  readonly moduleVersion: string;
  /** Bundle format that the module reads. */
  readonly bundleVersion: number;
  /** FEATURE_FLAGS that a bundle may need of the module; 0 also when it does not say. */
  readonly features: number;
  readonly state: ModuleState;
  /** Commits since the module was loaded; 0: nothing was committed. */
  readonly generation: number;
  /** SHA-256 of the bundle in force, in hexadecimal; absent when none is. */
  readonly digest?: string | undefined;
  /** Bytes of the bundle in force. */
  readonly size?: number | undefined;
  /** Seconds since 1970. */
  readonly committedAt?: number;
  /** Milliseconds until the commit in force is undone; absent when nothing waits. */
  readonly confirmRemaining?: number | undefined;
  /** Governed sockets that are open. */
  readonly sockets: number;
  /** System calls that are inside the module. */
  readonly calls: number;
  /** Some of what keeps a drain from its end; empty in other states. */
  readonly holders: readonly Holder[];
  /** Netlink port of the open transaction. */
  readonly transaction?: number | undefined;
  readonly counters: Readonly<Record<CounterName, number>>;
  /** Earlier bundles that can be rolled back to, the latest first. */
  readonly history: readonly { readonly generation: number; readonly digest: string }[];
  /** Process of the agent that is attached; absent when none is. */
  readonly agent?: number | undefined;
  /** Requests to the agent that are open. */
  readonly requests: number;
  /** What the module says beyond what this version understands. */
  readonly notes: readonly string[];
}

/** @throws UserError `module-version`, when the module says too little. */
export function toInfo(reply: Decoded<'info'> | undefined): KernelInfo {
  const values = reply?.values ?? {};
  const state = STATE[required('getInfo', 'state', values.state)];
  if (state === undefined) throw odd('getInfo', `state ${values.state} is not known to this version`);
  return {
    moduleVersion: required('getInfo', 'module-version', values.moduleVersion),
    bundleVersion: required('getInfo', 'bundle-version', values.bundleVersion),
    features: values.features ?? 0,
    state,
    generation: toNumber(required('getInfo', 'generation', values.generation)),
    ...(values.digest === undefined ? {} : { digest: toHex(values.digest) }),
    size: values.size,
    ...(values.committedAt === undefined ? {} : { committedAt: toNumber(values.committedAt) }),
    confirmRemaining: values.confirmRemaining,
    sockets: required('getInfo', 'sockets', values.sockets),
    calls: required('getInfo', 'calls', values.calls),
    holders: (values.holders?.entry ?? []).map((entry) => ({
      what: HOLDER[required('getInfo', 'what a holder has', entry.what)] ?? 'socket',
      pid: required('getInfo', 'pid of a holder', entry.pid),
      comm: entry.comm ?? '',
    })),
    transaction: values.transaction,
    counters: toCounters(values.counters?.value ?? []),
    history: (values.history?.entry ?? []).map((entry) => ({
      generation: toNumber(required('getInfo', 'history generation', entry.generation)),
      digest: toHex(required('getInfo', 'history digest', entry.digest)),
    })),
    agent: values.agent,
    requests: values.requests ?? 0,
    notes: reply?.notes ?? [],
  };
}

function toCounters(values: readonly bigint[]): Readonly<Record<CounterName, number>> {
  const at = (name: CounterName): number => toNumber(values[COUNTER.indexOf(name)] ?? 0n);
  return {
    'connect-allowed': at('connect-allowed'),
    'connect-audited': at('connect-audited'),
    'connect-denied': at('connect-denied'),
    'accept-allowed': at('accept-allowed'),
    'accept-audited': at('accept-audited'),
    'accept-denied': at('accept-denied'),
    revoked: at('revoked'),
    waited: at('waited'),
    'unanswered-allowed': at('unanswered-allowed'),
    'unanswered-denied': at('unanswered-denied'),
    unfilled: at('unfilled'),
    'datagram-allowed': at('datagram-allowed'),
    'datagram-audited': at('datagram-audited'),
    'datagram-denied': at('datagram-denied'),
    'other-audited': at('other-audited'),
    'other-denied': at('other-denied'),
  };
}

/** A value of a reply that must be there. @throws UserError `module-version` */
export function required<T>(command: CommandName, name: string, value: T | undefined): T {
  if (value === undefined) throw odd(command, `it lacks ${name}`);
  return value;
}

/** A reply that is not understood. */
export function odd(command: CommandName, why: string): UserError {
  return new UserError('module-version', {
    message: `the answer of the riptides module to ${command} cannot be read by this version of riptides: ${why}`,
    fix: 'install the module and the command line of the same release (riptides module build, riptides module load)',
  });
}

/** Counts by one, from zero: no commit or packet counter of this world leaves the exact range of a number. */
export function toNumber(value: bigint): number {
  return Number(value);
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
