// SPDX-License-Identifier: Apache-2.0
// Netlink attributes: bytes to values and back, by the generated tables. Pure; the one place of src/netlink with casts,
// because the tables decide at run time what the types say at compile time.

import { endianness } from 'node:os';

import { ATTRIBUTES, type AttributeLayout, type AttributeSet } from './generated.ts';

/** Netlink speaks the byte order of the host. */
export const LITTLE_ENDIAN = endianness() === 'LE';

/** Bytes that are no message, or a value that fits no attribute. The only error this file throws. */
export class CodecError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CodecError';
  }
}

const HEADER = 4;
const TYPE_MASK = 0x3fff;
const NESTED = 0x8000;
const LARGEST_LENGTH = 0xffff;
/** The tables nest three deep; anything deeper is not ours. */
const LARGEST_DEPTH = 8;

type Layouts = typeof ATTRIBUTES;
type OneValue<L extends AttributeLayout> = L['type'] extends 'u32'
  ? number
  : L['type'] extends 'u64'
    ? bigint
    : L['type'] extends 'string'
      ? string
      : L['type'] extends 'binary'
        ? Uint8Array
        : L['type'] extends 'flag'
          ? true
          : L['nested'] extends AttributeSet
            ? Values<L['nested']>
            : never;
type ValueOf<L extends AttributeLayout> = L extends { multi: true } ? readonly OneValue<L>[] : OneValue<L>;

/** The attributes of a set as an object. None is required: what a message must carry is its command's affair. */
export type Values<S extends AttributeSet> = {
  readonly [A in keyof Layouts[S] as Layouts[S][A] extends { type: 'pad' }
    ? never
    : A]?: Layouts[S][A] extends AttributeLayout ? ValueOf<Layouts[S][A]> : never;
};

/** An attribute as it stands in a message. */
export interface RawAttribute {
  readonly type: number;
  readonly payload: Uint8Array;
}

/**
 * Splits bytes into attributes.
 *
 * @throws CodecError when a length leads outside the bytes
 */
export function splitAttributes(bytes: Uint8Array): readonly RawAttribute[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: RawAttribute[] = [];
  let at = 0;
  while (at < bytes.byteLength) {
    const left = bytes.byteLength - at;
    if (left < HEADER) throw new CodecError(`${left} bytes after the last attribute, at offset ${at}`);
    const length = view.getUint16(at, LITTLE_ENDIAN);
    if (length < HEADER || length > left)
      throw new CodecError(`attribute at offset ${at} has length ${length} of ${left}`);
    found.push({
      type: view.getUint16(at + 2, LITTLE_ENDIAN) & TYPE_MASK,
      payload: bytes.subarray(at + HEADER, at + length),
    });
    // The last attribute of a message may go without its padding.
    at += align(length);
  }
  return found;
}

/** One attribute with its header and padding. @throws CodecError when the payload is too long for the header */
export function encodeAttribute(type: number, payload: Uint8Array, nested = false): Uint8Array {
  const length = HEADER + payload.byteLength;
  if (length > LARGEST_LENGTH)
    throw new CodecError(`attribute ${type} would be ${length} bytes; ${LARGEST_LENGTH} at most`);
  const bytes = new Uint8Array(align(length));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, length, LITTLE_ENDIAN);
  view.setUint16(2, nested ? type | NESTED : type, LITTLE_ENDIAN);
  bytes.set(payload, HEADER);
  return bytes;
}

/**
 * The attributes of a set as bytes, in the order of the table.
 *
 * @throws CodecError when a value does not fit its attribute
 */
export function encodeAttributes<S extends AttributeSet>(set: S, values: Values<S>): Uint8Array {
  const layouts: Readonly<Record<string, AttributeLayout>> = ATTRIBUTES[set];
  const parts: Uint8Array[] = [];
  for (const [name, layout] of Object.entries(layouts)) {
    const value = (values as Readonly<Record<string, unknown>>)[name];
    if (value === undefined) continue;
    const each: readonly unknown[] = layout.multi === true ? (value as readonly unknown[]) : [value];
    for (const one of each)
      parts.push(
        encodeAttribute(layout.number, encodeValue(`${set}.${name}`, layout, one), layout.type === 'nest'),
      );
  }
  return concatenate(parts);
}

/** The values of a message, and what in it this version does not know. */
export interface Decoded<S extends AttributeSet> {
  readonly values: Values<S>;
  /** Attributes that were skipped: a newer module may say more than this version understands. */
  readonly notes: readonly string[];
}

/**
 * The values of the attributes of a set.
 *
 * @throws CodecError when the bytes are not well formed, or a value is not of its attribute's type or length
 */
export function decodeAttributes<S extends AttributeSet>(set: S, bytes: Uint8Array): Decoded<S> {
  const notes: string[] = [];
  return { values: decodeSet(set, bytes, notes, 0) as Values<S>, notes };
}

function decodeSet(
  set: AttributeSet,
  bytes: Uint8Array,
  notes: string[],
  depth: number,
): Record<string, unknown> {
  if (depth > LARGEST_DEPTH) throw new CodecError(`attributes nest deeper than ${LARGEST_DEPTH}`);
  const byNumber = namesByNumber(set);
  const values: Record<string, unknown> = {};
  for (const { type, payload } of splitAttributes(bytes)) {
    const known = byNumber.get(type);
    if (known === undefined) {
      notes.push(`${set}: attribute ${type} is not known to this version (${payload.byteLength} bytes)`);
      continue;
    }
    const [name, layout] = known;
    if (layout.type === 'pad') continue;
    const value = decodeValue(`${set}.${name}`, layout, payload, notes, depth);
    if (layout.multi === true) {
      const list = values[name];
      if (Array.isArray(list)) list.push(value);
      else values[name] = [value];
    } else {
      values[name] = value;
    }
  }
  return values;
}

type NamesByNumber = ReadonlyMap<number, readonly [string, AttributeLayout]>;

const knownNames = new Map<AttributeSet, NamesByNumber>();

function namesByNumber(set: AttributeSet): NamesByNumber {
  const known = knownNames.get(set);
  if (known !== undefined) return known;
  const layouts: Readonly<Record<string, AttributeLayout>> = ATTRIBUTES[set];
  const names = new Map(
    Object.entries(layouts).map(([name, layout]) => [layout.number, [name, layout] as const]),
  );
  knownNames.set(set, names);
  return names;
}

const LARGEST_U32 = 0xffff_ffff;
const LARGEST_U64 = 0xffff_ffff_ffff_ffffn;

function encodeValue(where: string, layout: AttributeLayout, value: unknown): Uint8Array {
  switch (layout.type) {
    case 'u32': {
      if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > LARGEST_U32)
        throw new CodecError(`${where}: ${String(value)} is not an unsigned 32-bit number`);
      const bytes = new Uint8Array(4);
      new DataView(bytes.buffer).setUint32(0, value, LITTLE_ENDIAN);
      return bytes;
    }
    case 'u64': {
      if (typeof value !== 'bigint' || value < 0n || value > LARGEST_U64)
        throw new CodecError(`${where}: ${String(value)} is not an unsigned 64-bit number`);
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setBigUint64(0, value, LITTLE_ENDIAN);
      return bytes;
    }
    case 'string': {
      if (typeof value !== 'string' || value.includes('\0'))
        throw new CodecError(`${where}: not a text without NUL`);
      const text = new TextEncoder().encode(value);
      checkLength(where, layout, text.byteLength);
      const bytes = new Uint8Array(text.byteLength + 1);
      bytes.set(text);
      return bytes;
    }
    case 'binary': {
      if (!(value instanceof Uint8Array)) throw new CodecError(`${where}: not bytes`);
      checkLength(where, layout, value.byteLength);
      return value;
    }
    case 'flag': {
      if (value !== true) throw new CodecError(`${where}: a flag is true or left out`);
      return new Uint8Array(0);
    }
    case 'nest':
      return encodeAttributes(nestedSet(where, layout), value as Values<AttributeSet>);
    case 'pad':
      throw new CodecError(`${where}: padding has no value`);
  }
}

function decodeValue(
  where: string,
  layout: AttributeLayout,
  bytes: Uint8Array,
  notes: string[],
  depth: number,
): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (layout.type) {
    case 'u32':
      exactLength(where, bytes, 4);
      return view.getUint32(0, LITTLE_ENDIAN);
    case 'u64':
      exactLength(where, bytes, 8);
      return view.getBigUint64(0, LITTLE_ENDIAN);
    case 'string': {
      // The kernel ends its strings with NUL, and is allowed not to.
      const end = bytes.indexOf(0);
      const text = end < 0 ? bytes : bytes.subarray(0, end);
      checkLength(where, layout, text.byteLength);
      return new TextDecoder().decode(text);
    }
    case 'binary':
      checkLength(where, layout, bytes.byteLength);
      // A copy: the receive buffer is used again.
      return bytes.slice();
    case 'flag':
      exactLength(where, bytes, 0);
      return true;
    case 'nest':
      return decodeSet(nestedSet(where, layout), bytes, notes, depth + 1);
    case 'pad':
      return undefined;
  }
}

function nestedSet(where: string, layout: AttributeLayout): AttributeSet {
  if (layout.nested === undefined || !Object.hasOwn(ATTRIBUTES, layout.nested))
    throw new CodecError(`${where}: its table names no set`);
  return layout.nested as AttributeSet;
}

function checkLength(where: string, layout: AttributeLayout, length: number): void {
  const { min = 0, max = LARGEST_LENGTH } = layout.length ?? {};
  if (length < min || length > max)
    throw new CodecError(
      `${where}: ${length} bytes, where ${min === max ? min : `${min} to ${max}`} are allowed`,
    );
}

function exactLength(where: string, bytes: Uint8Array, length: number): void {
  if (bytes.byteLength !== length)
    throw new CodecError(`${where}: ${bytes.byteLength} bytes instead of ${length}`);
}

/** Rounds up to netlink's alignment of 4. */
export function align(length: number): number {
  return (length + 3) & ~3;
}

/** Bytes end to end. */
export function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.byteLength;
  }
  return bytes;
}
