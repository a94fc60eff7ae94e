// SPDX-License-Identifier: Apache-2.0
// IP addresses and prefixes between text and bytes. An IPv4-mapped IPv6 address is its IPv4 address, as everywhere in riptides.

import { isIPv4, isIPv6 } from 'node:net';

/** An IPv4 (4 bytes) or IPv6 (16 bytes) prefix; bits after the prefix are zero. A host is /32 or /128. */
export interface AddressPrefix {
  readonly family: 4 | 6;
  readonly address: Uint8Array;
  readonly prefixLength: number;
}

/** Why a text is no prefix; `network` is what it would be without the bits beyond its length. */
export interface PrefixProblem {
  readonly problem: 'not-an-address' | 'bad-length' | 'host-bits';
  readonly network?: string;
}

const MAPPED = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff);

/** 16 bytes, an IPv4 address in its mapped form; undefined when the text is not an address. Zones are not addresses. */
export function parseAddress(text: string): Uint8Array | undefined {
  const four = parseIPv4(text);
  return four === undefined ? parseIPv6(text) : mapIPv4(four);
}

/** The 4 bytes of an IPv4 address as the 16 of an IPv4-mapped IPv6 address. */
export function mapIPv4(address: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(16);
  bytes.set(MAPPED);
  bytes.set(address, MAPPED.length);
  return bytes;
}

/** Whether 16 bytes are an IPv4-mapped address. */
export function isMapped(address: Uint8Array): boolean {
  return address.length === 16 && MAPPED.every((byte, i) => address[i] === byte);
}

/** Text of 4 or 16 bytes: dotted for IPv4 and mapped IPv4, else as RFC 5952 says. */
export function formatAddress(address: Uint8Array): string {
  if (address.length === 4) return address.join('.');
  if (isMapped(address)) return address.subarray(MAPPED.length).join('.');
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push(((address[i] ?? 0) << 8) | (address[i + 1] ?? 0));
  const gap = longestZeros(groups);
  const hex = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':');
  if (gap.length < 2) return hex(0, 8);
  return `${hex(0, gap.start)}::${hex(gap.start + gap.length, 8)}`;
}

/** Text of a prefix; a host is written without its length. */
export function formatPrefix({ address, prefixLength }: AddressPrefix): string {
  const text = formatAddress(address);
  return prefixLength === address.length * 8 ? text : `${text}/${prefixLength}`;
}

/** An address, or an address and a prefix length. An IPv4-mapped prefix of 96 bits or more becomes the IPv4 prefix. */
export function parsePrefix(text: string): AddressPrefix | PrefixProblem {
  const slash = text.indexOf('/');
  const four = parseIPv4(slash < 0 ? text : text.slice(0, slash));
  const bytes = four ?? parseIPv6(slash < 0 ? text : text.slice(0, slash));
  if (bytes === undefined) return { problem: 'not-an-address' };
  const bits = bytes.length * 8;
  const length = slash < 0 ? bits : parseDecimal(text.slice(slash + 1), bits);
  if (length === undefined) return { problem: 'bad-length' };
  const mapped = isMapped(bytes) && length >= 96;
  const address = mapped ? bytes.slice(MAPPED.length) : bytes;
  const prefixLength = mapped ? length - 96 : length;
  const network = length === bits ? address : maskAddress(address, prefixLength);
  const family = address.length === 4 ? 4 : 6;
  if (Buffer.compare(network, address) !== 0) {
    return { problem: 'host-bits', network: formatPrefix({ family, address: network, prefixLength }) };
  }
  return { family, address, prefixLength };
}

/** The address with the bits after the first `length` cleared. */
export function maskAddress(address: Uint8Array, length: number): Uint8Array {
  return address.map((byte, i) => byte & (0xff << (8 - Math.min(8, Math.max(0, length - i * 8)))));
}

function parseIPv4(text: string): Uint8Array | undefined {
  return isIPv4(text) ? new Uint8Array(text.split('.').map(Number)) : undefined;
}

/** A decimal number without sign and leading zeros, up to `most`. */
function parseDecimal(text: string, most: number): number | undefined {
  if (!/^(?:0|[1-9]\d{0,2})$/.test(text)) return undefined;
  const value = Number(text);
  return value <= most ? value : undefined;
}

function parseIPv6(text: string): Uint8Array | undefined {
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const [before = '', after = ''] = text.split('::');
  const end = bytesOfGroups(after);
  const bytes = new Uint8Array(16);
  bytes.set(bytesOfGroups(before));
  bytes.set(end, 16 - end.length);
  return bytes;
}

/** Bytes of groups parted by colons; the last may be an IPv4 address. */
function bytesOfGroups(text: string): readonly number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number);
    const value = Number.parseInt(group, 16);
    return [value >>> 8, value & 0xff];
  });
}

function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  groups.forEach((group, i) => {
    if (group !== 0) start = i + 1;
    else if (i + 1 - start > best.length) best = { start, length: i + 1 - start };
  });
  return best;
}
