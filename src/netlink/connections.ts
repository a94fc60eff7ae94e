// SPDX-License-Identifier: Apache-2.0
// The connections of governed sockets, from the module's list of them.

import type { Facts, Remote } from '../bundle/core.ts';
import { ACTION, NONE } from '../bundle/generated.ts';
import { nameOf } from '../bundle/reader-numbers.ts';
import type { ActionName } from '../bundle/view.ts';
import type { Values } from './attributes.ts';
import { DIRECTION } from './generated.ts';
import { odd, required, toNumber } from './info.ts';

export type Direction = (typeof DIRECTION)[number];

/** Of TCP, by their numbers in the kernel (include/net/tcp_states.h). */
const STATES = [
  '',
  'established',
  'syn-sent',
  'syn-recv',
  'fin-wait-1',
  'fin-wait-2',
  'time-wait',
  'close',
  'close-wait',
  'last-ack',
  'listen',
  'closing',
] as const;

/** Numbers of the bundle of the generation; absent for none. */
export interface ConnectionVerdict {
  readonly action: ActionName;
  readonly rule?: number | undefined;
  readonly identity?: number | undefined;
  readonly service?: number | undefined;
}

/** A connection of a governed socket that was allowed under a bundle. */
export interface KernelConnection {
  readonly direction: Direction;
  /** Of TCP: `established`. */
  readonly state: string;
  readonly local: Remote;
  readonly remote: Remote;
  /** Host names that the kernel knows for the other end of one that a process began; absent when nobody asked. */
  readonly names?: readonly string[] | undefined;
  /** Seconds since 1970 when it was begun or accepted. */
  readonly since: number;
  /** By which it was last decided. */
  readonly generation: number;
  /** Absent when no bundle was in force then. */
  readonly verdict?: ConnectionVerdict | undefined;
  /** Bytes, those that were sent without retransmissions. */
  readonly sent: number;
  readonly received: number;
  /** The process that began or accepted it; 0 for the kernel. */
  readonly pid: number;
  /** What was known of the process then: facts that a decision can rest on. */
  readonly facts: Facts;
  /** Its workload ID, where that of the identity has placeholders and they can be filled in. */
  readonly workloadId?: string | undefined;
}

/** @throws UserError `module-version`, when the module says too little */
export function toConnection(values: Values<'connection'>): KernelConnection {
  const need = <T>(name: string, value: T | undefined): T => required('connections', name, value);
  const direction = DIRECTION[need('direction', values.direction)];
  if (direction === undefined)
    throw odd('connections', `direction ${values.direction} is not known to this version`);
  return {
    direction,
    state: STATES[need('state', values.state)] ?? String(values.state),
    local: {
      address: need('local-address', values.localAddress),
      port: need('local-port', values.localPort),
    },
    remote: {
      address: need('remote-address', values.remoteAddress),
      port: need('remote-port', values.remotePort),
    },
    since: toNumber(need('since', values.since)),
    generation: toNumber(need('generation', values.generation)),
    verdict: values.action === undefined ? undefined : toVerdict(values.action, values),
    sent: toNumber(need('bytes-sent', values.bytesSent)),
    received: toNumber(need('bytes-received', values.bytesReceived)),
    pid: need('pid', values.pid),
    facts: toFacts(values),
    workloadId: values.workloadId === undefined ? undefined : toText(values.workloadId),
  };
}

function toVerdict(action: number, { rule, identity, service }: Values<'connection'>): ConnectionVerdict {
  const some = (number: number | undefined): number | undefined => (number === NONE ? undefined : number);
  if (action > Math.max(...Object.values(ACTION)))
    throw odd('connections', `action ${action} is not known to this version`);
  return {
    action: nameOf(ACTION, action),
    rule: some(rule),
    identity: some(identity),
    service: some(service),
  };
}

/** A process that nothing is known of has none. */
function toFacts({ comm, uid, gid, path, cmdline, label = [] }: Values<'connection'>): Facts {
  return {
    ...(comm === undefined ? {} : { 'process:name': comm }),
    ...(uid === undefined ? {} : { 'process:uid': uid }),
    ...(gid === undefined ? {} : { 'process:gid': gid }),
    ...(path === undefined ? {} : { 'process:binary:path': toText(path) }),
    ...(cmdline === undefined ? {} : { 'process:cmdline': toText(cmdline) }),
    ...(label.length === 0 ? {} : { labels: label.map(toText) }),
  };
}

function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}
