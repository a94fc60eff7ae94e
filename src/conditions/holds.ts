// SPDX-License-Identifier: Apache-2.0
// Whether a condition holds of a connection. The core decides; this only says why.

import type { Connection, Facts } from '../bundle/core.ts';
import { LIMITS } from '../bundle/generated.ts';
import { EPOCH_MINUTE } from './clock.ts';
import type { AddressField, AddressTest, Condition, NumberField, TextField, TextTest } from './types.ts';

/** A connection that a process opens (`output`) or accepts (`input`). */
export interface Question {
  readonly direction: 'output' | 'input';
  readonly facts: Facts;
  readonly connection: Connection;
}

const UNKNOWN_ID = 0xffff_ffff;
const DAY = 24 * 60;

/** Whether a condition holds of a connection. */
export function holdsOf(condition: Condition, question: Question): boolean {
  switch (condition.kind) {
    case 'constant':
      return condition.value;
    case 'not':
      return !holdsOf(condition.of, question);
    case 'all':
      return condition.of.every((part) => holdsOf(part, question));
    case 'any':
      return condition.of.some((part) => holdsOf(part, question));
    case 'number': {
      const value = numberOf(condition.field, question);
      return condition.low <= value && value <= condition.high;
    }
    case 'text':
      return textHolds(condition, textOf(condition.field, question));
    case 'address':
      return isInside(addressOf(condition.field, question), condition);
  }
}

function numberOf(field: NumberField, { direction, facts, connection }: Question): number {
  const { remote, localPort = 0, time = 0 } = connection;
  switch (field) {
    case 'processUid':
      return facts['process:uid'] ?? UNKNOWN_ID;
    case 'processGid':
      return facts['process:gid'] ?? UNKNOWN_ID;
    case 'destinationPort':
      return direction === 'output' ? remote.port : localPort;
    case 'sourcePort':
      return direction === 'output' ? 0 : remote.port;
    case 'time':
      return time;
    case 'dayMinute':
      return Math.floor(time / 60) % DAY;
    case 'weekMinute':
      return (Math.floor(time / 60) + EPOCH_MINUTE) % (7 * DAY);
  }
}

function textOf(field: TextField, { direction, facts, connection }: Question): string {
  const peer = direction === 'output' ? undefined : peerParts(connection.peer ?? '');
  switch (field) {
    case 'processName':
      return facts['process:name'] ?? '';
    case 'processBinaryPath':
      return facts['process:binary:path'] ?? '';
    case 'processCmdline':
      return facts['process:cmdline'] ?? '';
    case 'destinationName':
      return direction === 'output' ? (connection.name ?? '') : '';
    case 'peerId':
      return peer?.id ?? '';
    case 'peerDomain':
      return peer?.domain ?? '';
    case 'peerPath':
      return peer?.path ?? '';
  }
}

function peerParts(
  id: string,
): { readonly id: string; readonly domain: string; readonly path: string } | undefined {
  const [, domain, path = ''] = /^spiffe:\/\/([^/]+)(\/.*)?$/su.exec(id) ?? [];
  return domain === undefined || Buffer.byteLength(id) > LIMITS.spiffeIdLength
    ? undefined
    : { id, domain, path };
}

function addressOf(field: AddressField, { direction, connection }: Question): Uint8Array {
  const isKnown = field === (direction === 'output' ? 'destinationIp' : 'sourceIp');
  return isKnown ? connection.remote.address : new Uint8Array(16);
}

function textHolds({ field, test, text }: TextTest, value: string): boolean {
  const bytes = Buffer.from(value);
  const seen = field === 'processCmdline' ? bytes.subarray(0, LIMITS.cmdlineLength) : bytes;
  const wanted = Buffer.from(text);
  switch (test) {
    case 'equal':
      return seen.equals(wanted);
    case 'starts':
      return seen.subarray(0, wanted.length).equals(wanted);
    case 'ends':
      return seen.length >= wanted.length && seen.subarray(seen.length - wanted.length).equals(wanted);
  }
}

function isInside(address: Uint8Array, { address: prefix, prefixLength }: AddressTest): boolean {
  for (let bit = 0; bit < prefixLength; bit++) {
    const mask = 0x80 >>> (bit & 7);
    if ((((address[bit >>> 3] ?? 0) ^ (prefix[bit >>> 3] ?? 0)) & mask) !== 0) return false;
  }
  return true;
}
