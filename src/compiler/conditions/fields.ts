// SPDX-License-Identifier: Apache-2.0
// What a condition can see: the variables, and which field of the kernel each of their fields is.

import { LIMITS } from '../../bundle/generated.ts';
import { type CelEnvironment, createEnvironment, extendEnvironment } from '../../cel/environment.ts';
import type { AddressField, NumberField, TextField } from '../../conditions/types.ts';
import type { ConditionScope, Refusal } from './types.ts';

const TYPES = {
  Process: { name: 'string', binary: 'Binary', uid: 'int', gid: 'int', cmdline: 'string' },
  Binary: { path: 'string' },
  Destination: { ip: 'string', port: 'int', name: 'string' },
  Source: { ip: 'string', port: 'int' },
  Peer: { spiffeID: 'string', trustDomain: 'string', path: 'string' },
} as const;

const VARIABLES = {
  process: 'Process',
  destination: 'Destination',
  source: 'Source',
  peer: 'Peer',
  time: 'Timestamp',
} as const;

/** Names that a loop cannot give to its variable. */
export const VARIABLE_NAMES: ReadonlySet<string> = new Set(Object.keys(VARIABLES));

let environment: CelEnvironment | undefined;

/** What the type check knows. A field that is not known in that direction is refused afterwards, with a reason. */
export function conditionEnvironment(): CelEnvironment {
  environment ??= extendEnvironment(createEnvironment(TYPES), {}, VARIABLES);
  return environment;
}

/** A field as the kernel knows it. */
export type ConditionField =
  | { readonly kind: 'number'; readonly field: NumberField; readonly name: string }
  | { readonly kind: 'text'; readonly field: TextField; readonly name: string }
  | { readonly kind: 'address'; readonly field: AddressField; readonly name: string };

const FIELDS: readonly ConditionField[] = [
  { kind: 'text', name: 'process.name', field: 'processName' },
  { kind: 'text', name: 'process.binary.path', field: 'processBinaryPath' },
  { kind: 'number', name: 'process.uid', field: 'processUid' },
  { kind: 'number', name: 'process.gid', field: 'processGid' },
  { kind: 'text', name: 'process.cmdline', field: 'processCmdline' },
  { kind: 'address', name: 'destination.ip', field: 'destinationIp' },
  { kind: 'number', name: 'destination.port', field: 'destinationPort' },
  { kind: 'text', name: 'destination.name', field: 'destinationName' },
  { kind: 'address', name: 'source.ip', field: 'sourceIp' },
  { kind: 'number', name: 'source.port', field: 'sourcePort' },
  { kind: 'text', name: 'peer.spiffeID', field: 'peerId' },
  { kind: 'text', name: 'peer.trustDomain', field: 'peerDomain' },
  { kind: 'text', name: 'peer.path', field: 'peerPath' },
];

/** The field of a name with dots. */
export function fieldOf(name: string): ConditionField | undefined {
  return FIELDS.find((field) => field.name === name);
}

/** Bytes that a text can have. */
export const TEXT_LIMITS: Readonly<Record<TextField, number>> = {
  processName: LIMITS.nameLength,
  processBinaryPath: LIMITS.pathLength,
  processCmdline: LIMITS.cmdlineLength,
  destinationName: LIMITS.hostNameLength,
  peerId: LIMITS.spiffeIdLength,
  peerDomain: LIMITS.spiffeIdLength,
  peerPath: LIMITS.spiffeIdLength,
};

/** Why a field cannot be used in that direction. */
export function scopeProblem(name: string, where: ConditionScope): Refusal | undefined {
  const [variable = ''] = name.split('.');
  if (where === 'egress' && variable === 'peer') {
    return {
      code: 'RTP1606',
      message: `${name} is not known while a connection is opened`,
      fix: 'write allowedSPIFFEIDs.outbound: the peer is known after the handshake only',
    };
  }
  if (where === 'egress' && variable === 'source') {
    return {
      code: 'RTP1606',
      message: `${name} is about connections that are accepted; this rule is about those that are opened`,
      fix: 'leave it out, or write the rule under ingress',
    };
  }
  if (where === 'inbound' && (name === 'destination.ip' || name === 'destination.name')) {
    return {
      code: 'RTP1606',
      message: `${name} is about connections that are opened; this rule is about those that are accepted`,
      fix: 'use destination.port, the local port, or source.ip',
    };
  }
  return undefined;
}
