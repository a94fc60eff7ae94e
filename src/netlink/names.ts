// SPDX-License-Identifier: Apache-2.0
// The addresses of host names, as the module is told of them and lists them.

import { LITTLE_ENDIAN, type Values } from './attributes.ts';
import { ADDRESS_SIZE, NAME_ADDRESS_SIZE } from './generated.ts';
import { required } from './info.ts';

/** An address of a name, and how long it is to be held. */
export interface SaidAddress {
  /** 16 bytes, IPv4 in its mapped form. */
  readonly address: Uint8Array;
  /** From 1 to NAME_TTL_MAX. */
  readonly seconds: number;
}

/** An address of a name that the kernel holds. */
export interface HeldName {
  readonly name: string;
  readonly address: Uint8Array;
  /** Milliseconds that it is held because the agent said so; absent when it is not. */
  readonly agentLeft?: number | undefined;
  /** Milliseconds that it is held because of an answer of DNS; absent when it is not. */
  readonly dnsLeft?: number | undefined;
}

/** @throws UserError `module-version`, when the module says too little */
export function toHeldName({ name, address, agentLeft, dnsLeft }: Values<'name'>): HeldName {
  return {
    name: Buffer.from(required('names', 'name', name)).toString('latin1'),
    address: required('names', 'address', address),
    agentLeft,
    dnsLeft,
  };
}

/** Addresses one after the other. */
export function packAddresses(addresses: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(addresses.length * ADDRESS_SIZE);
  for (const [i, address] of addresses.entries()) bytes.set(address, i * ADDRESS_SIZE);
  return bytes;
}

/** Likewise, each followed by its seconds. */
export function packNameAddresses(addresses: readonly SaidAddress[]): Uint8Array {
  const bytes = new Uint8Array(addresses.length * NAME_ADDRESS_SIZE);
  const view = new DataView(bytes.buffer);
  for (const [i, { address, seconds }] of addresses.entries()) {
    bytes.set(address, i * NAME_ADDRESS_SIZE);
    view.setUint32(i * NAME_ADDRESS_SIZE + ADDRESS_SIZE, seconds, LITTLE_ENDIAN);
  }
  return bytes;
}
