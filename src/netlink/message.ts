// SPDX-License-Identifier: Apache-2.0
// Netlink and generic netlink messages: headers, errors and the text that explains them (extended ACK). Pure.
// Layouts: include/uapi/linux/netlink.h and genetlink.h.

import { align, CodecError, concatenate, LITTLE_ENDIAN, splitAttributes } from './attributes.ts';

export const NLM_F = {
  request: 0x1,
  multi: 0x2,
  ack: 0x4,
  dumpInterrupted: 0x10,
  dump: 0x300,
  /** in an error: the request's payload was left out */
  capped: 0x100,
  /** in an error: attributes follow */
  ackTlvs: 0x200,
} as const;

const NLMSG = { noop: 1, error: 2, done: 3, overrun: 4 } as const;
const HEADER = 16;
const GENERIC_HEADER = 4;
const ERROR_CODE = 4;

const EXTACK = { message: 1, offset: 2, missingType: 5 } as const;

/** What the kernel says beside an error number. */
export interface ExtendedAck {
  /** The kernel's own words. */
  readonly message?: string;
  /** Offset in the request of the attribute that is at fault. */
  readonly offset?: number;
  /** Number of the attribute that is missing. */
  readonly missing?: number;
}

/** A message from the kernel, taken apart. */
export type Incoming =
  | { readonly kind: 'data'; readonly type: number; readonly command: number; readonly payload: Uint8Array }
  | {
      readonly kind: 'status';
      readonly end: 'ack' | 'done';
      readonly errno: number;
      readonly ack: ExtendedAck;
    }
  | { readonly kind: 'ignored' };

export interface Envelope {
  readonly sequence: number;
  readonly port: number;
  /** Parts of this dump are of different states. */
  readonly interrupted: boolean;
  readonly body: Incoming;
}

export interface GenericRequest {
  /** Number of the family. */
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly command: number;
  readonly version: number;
  readonly attributes: Uint8Array;
}

/** A generic netlink request as bytes. The sender's port is left to the kernel (0). */
export function encodeRequest(request: GenericRequest): Uint8Array {
  const head = new Uint8Array(HEADER + GENERIC_HEADER);
  const view = new DataView(head.buffer);
  view.setUint32(0, head.byteLength + request.attributes.byteLength, LITTLE_ENDIAN);
  view.setUint16(4, request.type, LITTLE_ENDIAN);
  view.setUint16(6, request.flags, LITTLE_ENDIAN);
  view.setUint32(8, request.sequence, LITTLE_ENDIAN);
  view.setUint8(16, request.command);
  view.setUint8(17, request.version);
  return concatenate([head, request.attributes]);
}

/**
 * Takes the messages of one datagram apart.
 *
 * @throws CodecError when the bytes are not netlink messages
 */
export function decodeMessages(bytes: Uint8Array): readonly Envelope[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: Envelope[] = [];
  let at = 0;
  while (at < bytes.byteLength) {
    const left = bytes.byteLength - at;
    if (left < HEADER) throw new CodecError(`${left} bytes after the last message, at offset ${at}`);
    const length = view.getUint32(at, LITTLE_ENDIAN);
    if (length < HEADER || length > left)
      throw new CodecError(`message at offset ${at} has length ${length} of ${left}`);
    const type = view.getUint16(at + 4, LITTLE_ENDIAN);
    const flags = view.getUint16(at + 6, LITTLE_ENDIAN);
    found.push({
      sequence: view.getUint32(at + 8, LITTLE_ENDIAN),
      port: view.getUint32(at + 12, LITTLE_ENDIAN),
      interrupted: (flags & NLM_F.dumpInterrupted) !== 0 && type !== NLMSG.error,
      body: decodeBody(type, flags, bytes.subarray(at + HEADER, at + length)),
    });
    at += align(length);
  }
  return found;
}

function decodeBody(type: number, flags: number, payload: Uint8Array): Incoming {
  if (type === NLMSG.noop) return { kind: 'ignored' };
  if (type === NLMSG.overrun) throw new CodecError('the kernel reports an overrun');
  if (type === NLMSG.error || type === NLMSG.done) return decodeStatus(type, flags, payload);
  if (payload.byteLength < GENERIC_HEADER)
    throw new CodecError(`message of type ${type} has no generic header`);
  return { kind: 'data', type, command: payload[0] ?? 0, payload: payload.subarray(GENERIC_HEADER) };
}

function decodeStatus(type: number, flags: number, payload: Uint8Array): Incoming {
  const end = type === NLMSG.done ? 'done' : 'ack';
  // A dump that ends well may carry no number at all.
  if (end === 'done' && payload.byteLength < ERROR_CODE) return { kind: 'status', end, errno: 0, ack: {} };
  if (payload.byteLength < ERROR_CODE) throw new CodecError('an error message without its number');
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const code = view.getInt32(0, LITTLE_ENDIAN);
  if (code > 0) throw new CodecError(`${code} is not an error number`);
  // -0 is not 0 to everyone.
  const errno = code === 0 ? 0 : -code;
  if ((flags & NLM_F.ackTlvs) === 0) return { kind: 'status', end, errno, ack: {} };
  return {
    kind: 'status',
    end,
    errno,
    ack: decodeExtendedAck(payload.subarray(attributesStart(end, flags, payload))),
  };
}

/** Behind the number of an error stands the request it is about: whole, or only its header when it is capped. */
function attributesStart(end: 'ack' | 'done', flags: number, payload: Uint8Array): number {
  if (end === 'done') return ERROR_CODE;
  if (payload.byteLength < ERROR_CODE + HEADER)
    throw new CodecError('an error message without the header of its request');
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const request = view.getUint32(ERROR_CODE, LITTLE_ENDIAN);
  const start = ERROR_CODE + ((flags & NLM_F.capped) === 0 ? align(request) : HEADER);
  if (start < ERROR_CODE + HEADER || start > payload.byteLength)
    throw new CodecError(`an error message says that its request has ${request} bytes`);
  return start;
}

function decodeExtendedAck(bytes: Uint8Array): ExtendedAck {
  let ack: ExtendedAck = {};
  for (const { type, payload } of splitAttributes(bytes)) {
    if (type === EXTACK.message) {
      const end = payload.indexOf(0);
      ack = { ...ack, message: new TextDecoder().decode(end < 0 ? payload : payload.subarray(0, end)) };
    } else if ((type === EXTACK.offset || type === EXTACK.missingType) && payload.byteLength === 4) {
      const number = new DataView(payload.buffer, payload.byteOffset, 4).getUint32(0, LITTLE_ENDIAN);
      ack = type === EXTACK.offset ? { ...ack, offset: number } : { ...ack, missing: number };
    }
  }
  return ack;
}
