// SPDX-License-Identifier: Apache-2.0
// Services at a destination, as its tables list them: a number with flags for the protocols by which the service is not there.

import { LISTING_FLAGS } from '../../bundle/generated.ts';
import type { Protocol } from '../resolve/types.ts';

/** A service at a destination; by both protocols when none is named. */
export interface Listed {
  readonly service: number;
  readonly protocol?: Protocol | undefined;
}

const TCP = 1;
const UDP = 2;

/** The protocols by which a service is there, as a set of bits. */
export function protocolsOf({ protocol }: Pick<Listed, 'protocol'>): number {
  return protocol === undefined ? TCP | UDP : protocol === 'tcp' ? TCP : UDP;
}

/** A service as a table lists it; `protocols` has a bit at least. */
export function listService(service: number, protocols: number): number {
  return (
    service + (protocols & TCP ? 0 : LISTING_FLAGS.notTcp) + (protocols & UDP ? 0 : LISTING_FLAGS.notUdp)
  );
}

/** The services of entries that ascend by service, each once. */
export function listServices(entries: readonly Listed[]): readonly number[] {
  const protocols = new Map<number, number>();
  for (const entry of entries)
    protocols.set(entry.service, (protocols.get(entry.service) ?? 0) | protocolsOf(entry));
  return [...protocols].map(([service, bits]) => listService(service, bits));
}

/** The service that a table lists. */
export function listedService(item: number): number {
  return item & ~(LISTING_FLAGS.notTcp | LISTING_FLAGS.notUdp);
}
