// SPDX-License-Identifier: Apache-2.0
// Addresses in prefixes.

import { type AddressPrefix, isMapped, mapIPv4, maskAddress } from '../bundle/address.ts';
import type { AddressField, Condition } from './types.ts';
import { allOf, HOLDS, not } from './build.ts';

const FIRST_MAPPED = mapIPv4(new Uint8Array(4));
const MAPPED_BITS = 96;

/** An address in a prefix of its own family: an IPv4 address is in no IPv6 prefix, though its mapped form would be. */
export function insideOf(field: AddressField, { family, address, prefixLength }: AddressPrefix): Condition {
  const mapped: Condition = { kind: 'address', field, address: FIRST_MAPPED, prefixLength: MAPPED_BITS };
  if (family === 4) {
    return { kind: 'address', field, address: mapIPv4(address), prefixLength: MAPPED_BITS + prefixLength };
  }
  const inside: Condition = prefixLength === 0 ? HOLDS : { kind: 'address', field, address, prefixLength };
  const holdsMapped =
    !isMapped(address) && Buffer.compare(maskAddress(FIRST_MAPPED, prefixLength), address) === 0;
  return holdsMapped ? allOf([inside, not(mapped)]) : inside;
}
