// SPDX-License-Identifier: Apache-2.0
// Whether a condition holds, read off its tree: the oracle of what conditions are lowered to. Texts are compared as bytes and
// addresses bit by bit. It imports nothing of the compiler but the model's types.

import { LIMITS } from '../../src/bundle/generated.ts';
import type {
  AddressField,
  Condition,
  NumberField,
  TextField,
  TextTest,
} from '../../src/conditions/types.ts';

/** What conditions see: addresses have 16 bytes; of what is not known a text is empty, an id 4294967295, another number 0. */
export interface Situation {
  readonly processName: string;
  readonly processBinaryPath: string;
  readonly processUid: number;
  readonly processGid: number;
  readonly processCmdline: string;
  readonly destinationIp: Uint8Array;
  readonly destinationPort: number;
  readonly destinationName: string;
  readonly sourceIp: Uint8Array;
  readonly sourcePort: number;
  /** The SPIFFE ID of the peer. */
  readonly peer: string;
  /** Seconds since 1970, UTC. */
  readonly time: number;
}

/** Whether a condition holds; one that is not there always does. */
export function conditionHolds(condition: Condition | undefined, situation: Situation): boolean {
  if (condition === undefined) return true;
  switch (condition.kind) {
    case 'constant':
      return condition.value;
    case 'not':
      return !conditionHolds(condition.of, situation);
    case 'all':
      return condition.of.every((part) => conditionHolds(part, situation));
    case 'any':
      return condition.of.some((part) => conditionHolds(part, situation));
    case 'number': {
      const number = numberOf(condition.field, situation);
      return condition.low <= number && number <= condition.high;
    }
    case 'text':
      return passes(condition, textOf(condition.field, situation));
    case 'address':
      return bits(addressOf(condition.field, situation)).startsWith(
        bits(condition.address).slice(0, condition.prefixLength),
      );
  }
}

/** A number as conditions see it. */
export function numberOf(field: NumberField, situation: Situation): number {
  // The calendar of JavaScript, not the arithmetic of the kernel.
  const date = new Date(situation.time * 1000);
  const minute = date.getUTCHours() * 60 + date.getUTCMinutes();
  const daysSinceMonday = (date.getUTCDay() + 6) % 7;
  switch (field) {
    case 'processUid':
    case 'processGid':
    case 'destinationPort':
    case 'sourcePort':
    case 'time':
      return situation[field];
    case 'dayMinute':
      return minute;
    case 'weekMinute':
      return daysSinceMonday * 24 * 60 + minute;
  }
}

/** A text as conditions see it, in bytes. */
export function textOf(field: TextField, situation: Situation): Buffer {
  switch (field) {
    case 'processName':
    case 'processBinaryPath':
    case 'destinationName':
      return Buffer.from(situation[field]);
    case 'processCmdline':
      return Buffer.from(situation.processCmdline).subarray(0, LIMITS.cmdlineLength);
    case 'peerId':
    case 'peerDomain':
    case 'peerPath': {
      const { id, domain, path } = peerOf(situation.peer);
      return Buffer.from({ peerId: id, peerDomain: domain, peerPath: path }[field]);
    }
  }
}

/** An address as conditions see it. */
export function addressOf(field: AddressField, situation: Situation): Uint8Array {
  return situation[field];
}

function peerOf(peer: string): { readonly id: string; readonly domain: string; readonly path: string } {
  const nothing = { id: '', domain: '', path: '' };
  if (Buffer.byteLength(peer) > LIMITS.spiffeIdLength) return nothing;
  const [id, domain, path = ''] = /^spiffe:\/\/([^/]+)(\/.*)?$/s.exec(peer) ?? [];
  return id === undefined || domain === undefined ? nothing : { id, domain, path };
}

function passes({ test, text }: TextTest, value: Buffer): boolean {
  const wanted = Buffer.from(text);
  switch (test) {
    case 'equal':
      return value.equals(wanted);
    case 'starts':
      return value.indexOf(wanted) === 0;
    case 'ends':
      return value.length >= wanted.length && value.subarray(value.length - wanted.length).equals(wanted);
  }
}

function bits(address: Uint8Array): string {
  return [...address].map((byte) => byte.toString(2).padStart(8, '0')).join('');
}
