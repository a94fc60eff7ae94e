// SPDX-License-Identifier: Apache-2.0
// The address that a connection is decided by, for each that a program can pass to connect(2). The kernel module has the same rules.

import { isMapped, mapIPv4, parseAddress } from '../bundle/address.ts';

/** Where a call leads. */
export interface Destination {
  readonly address: Uint8Array;
  /** How the kernel treats the address, if it is special. */
  readonly note?: string;
}

const LOOPBACK4 = mapIPv4(Uint8Array.of(127, 0, 0, 1));
const LOOPBACK6 = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);

/** The destination of connect(2) to an address that was written: IPv4, or IPv6 with or without a zone; undefined for other text. */
export function parseDestination(text: string): Destination | undefined {
  const [host = '', zone, ...more] = text.split('%');
  const address = parseAddress(host);
  if (address === undefined || more.length > 0) return undefined;
  if (zone === undefined) return resolveDestination(address, false);
  return host.includes(':') && /^[\w.:@-]+$/.test(zone) ? resolveDestination(address, true) : undefined;
}

function resolveDestination(address: Uint8Array, hasZone: boolean): Destination {
  const host = isMapped(address) ? address.subarray(12) : address;
  if (host.every((byte) => byte === 0)) {
    return {
      address: host.length === 4 ? LOOPBACK4 : LOOPBACK6,
      note: 'the unspecified address reaches loopback, or the address or device that the socket is bound to',
    };
  }
  const note = kernelNote(host, hasZone);
  return note === undefined ? { address } : { address, note };
}

/** Addresses that the kernel does not connect to, allowed or not. */
function kernelNote(host: Uint8Array, hasZone: boolean): string | undefined {
  const [first = 0, second = 0] = host;
  const isMulticast = host.length === 4 ? first >= 224 && first < 240 : first === 0xff;
  if (isMulticast || (host.length === 4 && host.every((byte) => byte === 255)))
    return 'TCP has no multicast or broadcast: an allowed connect(2) fails with ENETUNREACH';
  if (host.length === 16 && first === 0xfe && (second & 0xc0) === 0x80 && !hasZone)
    return 'a link-local address needs a zone: unless the socket is bound to a device, an allowed connect(2) fails with EINVAL';
  return undefined;
}
