// SPDX-License-Identifier: Apache-2.0
// Conditions for people: what each part of one says, and whether it holds of a connection. The core decides; this only
// says why.

import { formatPrefix, isMapped } from '../bundle/address.ts';
import { LIMITS } from '../bundle/generated.ts';
import { type ClockField, clockWords, isClockField, momentWords, type TimeRange } from '../bundle/times.ts';
import type {
  AddressField,
  AddressTest,
  Condition,
  NumberField,
  NumberTest,
  TextField,
  TextTest,
} from './types.ts';
import type { Question } from '../explain/question.ts';

const NAMES: Readonly<Record<Exclude<NumberField, ClockField> | TextField | AddressField, string>> = {
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
};
const UNKNOWN_ID = 0xffff_ffff;
const DAY = 24 * 60;
/** 1970 began on a Thursday: three days into the week. */
const EPOCH_MINUTE = 3 * DAY;

/** A condition in words. */
export function describeCondition(condition: Condition): string {
  switch (condition.kind) {
    case 'constant':
      return String(condition.value);
    case 'not': {
      const clock = clockOf(condition.of);
      return clock === undefined
        ? `not (${describeCondition(condition.of)})`
        : clockWords(clock.field, clock.ranges, false);
    }
    case 'all':
      return condition.of.map(describePart).join(' and ');
    case 'any':
      return describeAny(condition.of).join(' or ');
    case 'number':
      return describeNumber(condition);
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

function describeNumber({ field, low, high }: NumberTest): string {
  if (isClockField(field)) return clockWords(field, [[low, high]]);
  // Any time, or none that is known: to be said as the numbers that they are.
  if (field === 'time' && (low > 0 || high < UNKNOWN_ID)) return `time is ${momentWords([low, high])}`;
  if (low === high) return `${NAMES[field]} is ${low}`;
  if (high === UNKNOWN_ID) return `${NAMES[field]} is ${low} or more`;
  return `${NAMES[field]} is from ${low} to ${high}`;
}

/** Times of the clock, where a condition is about nothing else. */
function clockOf(
  condition: Condition,
): { readonly field: ClockField; readonly ranges: readonly TimeRange[] } | undefined {
  const parts = condition.kind === 'any' ? condition.of : [condition];
  const ranges: TimeRange[] = [];
  let field: ClockField | undefined;
  for (const part of parts) {
    if (part.kind !== 'number' || !isClockField(part.field)) return undefined;
    field ??= part.field;
    if (part.field !== field) return undefined;
    ranges.push([part.low, part.high]);
  }
  return field === undefined ? undefined : { field, ranges };
}

/** The parts of "any" in words; times of the clock that follow one another together. */
function describeAny(parts: readonly Condition[]): readonly string[] {
  const words: string[] = [];
  for (let i = 0; i < parts.length; ) {
    const first = parts[i];
    if (first === undefined) break;
    if (first.kind !== 'number' || !isClockField(first.field)) {
      words.push(describePart(first));
      i++;
      continue;
    }
    const ranges: TimeRange[] = [];
    for (let part = parts[i]; part?.kind === 'number' && part.field === first.field; part = parts[++i])
      ranges.push([part.low, part.high]);
    words.push(clockWords(first.field, ranges));
  }
  return words;
}

/** A condition as a part of another one. */
function describePart(condition: Condition): string {
  const isOne =
    condition.kind !== 'all' && (condition.kind !== 'any' || describeAny(condition.of).length === 1);
  return isOne ? describeCondition(condition) : `(${describeCondition(condition)})`;
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
