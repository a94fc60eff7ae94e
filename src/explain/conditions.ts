// SPDX-License-Identifier: Apache-2.0
// Conditions for people: what each part of one says, and whether it holds of a connection. The core decides; this only
// says why.

import { formatPrefix, isMapped } from '../bundle/address.ts';
import { LIMITS } from '../bundle/generated.ts';
import type {
  AddressField,
  AddressTest,
  Condition,
  NumberField,
  NumberTest,
  TextField,
  TextTest,
} from '../compiler/resolve/types.ts';
import type { Question } from './question.ts';

const NAMES: Readonly<Record<NumberField | TextField | AddressField, string>> = {
  processName: 'process.name',
  processBinaryPath: 'process.binary.path',
  processUid: 'process.uid',
  processGid: 'process.gid',
  processCmdline: 'process.cmdline',
  destinationPort: 'destination.port',
  destinationIp: 'destination.ip',
  destinationName: 'destination.name',
  sourceIp: 'source.ip',
  sourcePort: 'source.port',
  peerId: 'peer.spiffeID',
  peerDomain: 'peer.trustDomain',
  peerPath: 'peer.path',
  time: 'time',
  dayMinute: 'time of day (UTC)',
  weekMinute: 'time of the week (UTC)',
};
const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;
const UNKNOWN_ID = 0xffff_ffff;
const DAY = 24 * 60;
/** 1970 began on a Thursday: three days into the week. */
const EPOCH_MINUTE = 3 * DAY;

/** A condition in words. */
export function describeCondition(condition: Condition): string {
  switch (condition.kind) {
    case 'constant':
      return String(condition.value);
    case 'not':
      return `not (${describeCondition(condition.of)})`;
    case 'all':
    case 'any':
      return condition.of
        .map((part) =>
          part.kind === 'all' || part.kind === 'any'
            ? `(${describeCondition(part)})`
            : describeCondition(part),
        )
        .join(condition.kind === 'all' ? ' and ' : ' or ');
    case 'number':
      return `${NAMES[condition.field]} ${describeRange(condition)}`;
    case 'text':
      return `${NAMES[condition.field]} ${{ equal: 'is', starts: 'begins with', ends: 'ends with' }[condition.test]} ${JSON.stringify(condition.text)}`;
    case 'address':
      return `${NAMES[condition.field]} in ${prefixOf(condition)}`;
  }
}

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

function describeRange({ field, low, high }: NumberTest): string {
  const show = (value: number): string => {
    switch (field) {
      case 'time':
        return new Date(value * 1000).toISOString().replace('.000Z', 'Z');
      case 'dayMinute':
        return clock(value);
      case 'weekMinute':
        return `${DAYS[Math.floor(value / DAY)]} ${clock(value % DAY)}`;
      case 'processUid':
      case 'processGid':
      case 'destinationPort':
      case 'sourcePort':
        return String(value);
    }
  };
  if (low === high) return `is ${show(low)}`;
  if (high === UNKNOWN_ID) return `is ${show(low)} or ${field === 'time' ? 'later' : 'more'}`;
  if (low === 0 && field === 'time') return `is ${show(high)} or earlier`;
  return `is from ${show(low)} to ${show(high)}`;
}

function clock(minutes: number): string {
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

function prefixOf({ address, prefixLength }: AddressTest): string {
  return isMapped(address) && prefixLength >= 96
    ? formatPrefix({ family: 4, address: address.subarray(12), prefixLength: prefixLength - 96 })
    : formatPrefix({ family: 6, address, prefixLength });
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
