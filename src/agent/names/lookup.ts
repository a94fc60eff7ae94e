// SPDX-License-Identifier: Apache-2.0
// Asks DNS for the addresses of a name, with their times to live. Servers are those of /etc/resolv.conf; the search list and /etc/hosts are
// not looked at, as a name in a policy is one name everywhere.

import { Resolver } from 'node:dns/promises';
import { mapIPv4, parseAddress } from '../../bundle/address.ts';

/** An address of an answer: 16 bytes, IPv4 in its mapped form. */
export interface ResolvedAddress {
  readonly address: Uint8Array;
  /** Seconds. */
  readonly ttl: number;
}

/** What is known after a question: addresses, that there are none, or that nobody could say. */
export type Answer =
  | { readonly kind: 'addresses'; readonly addresses: readonly ResolvedAddress[] }
  | { readonly kind: 'none' }
  | { readonly kind: 'failed'; readonly code: string };

/** The answers for IPv4 and for IPv6. Never rejects. */
export type Lookup = (name: string) => Promise<readonly [v4: Answer, v6: Answer]>;

export interface LookupOptions {
  /** Instead of those of /etc/resolv.conf: `127.0.0.1` or `127.0.0.1:5353`. */
  readonly servers?: readonly string[];
  readonly signal: AbortSignal;
}

/** How long a server may take, and how often it is asked. */
const TIMEOUT_MS = 3000;
const TRIES = 2;

/** What says that there are no addresses, and is no failure: the name is not there, or has none of this family. */
const NONE: readonly string[] = ['ENOTFOUND', 'ENODATA'];

/** Makes a lookup. What waits when the signal comes has failed. */
export function createLookup({ servers, signal }: LookupOptions): Lookup {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
  if (servers !== undefined) resolver.setServers(servers);
  signal.addEventListener('abort', () => resolver.cancel(), { once: true });
  return async (name) =>
    await Promise.all([
      answerOf(() => resolver.resolve4(name, { ttl: true })),
      answerOf(() => resolver.resolve6(name, { ttl: true })),
    ]);
}

async function answerOf(
  ask: () => Promise<readonly { readonly address: string; readonly ttl: number }[]>,
): Promise<Answer> {
  try {
    const records = await ask();
    const addresses = records.flatMap(({ address: text, ttl }) => {
      const address = parseAddress(text);
      return address === undefined
        ? []
        : [{ address: address.length === 4 ? mapIPv4(address) : address, ttl }];
    });
    return addresses.length === 0 ? { kind: 'none' } : { kind: 'addresses', addresses };
  } catch (error) {
    const code =
      typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown';
    return NONE.includes(code) ? { kind: 'none' } : { kind: 'failed', code };
  }
}

/** The resolvers of this host whose answers the kernel can learn from: those of /etc/resolv.conf at port 53, `most` of them. */
export function resolversOfHost(most: number): readonly Uint8Array[] {
  return new Resolver()
    .getServers()
    .flatMap((text) => {
      // A server at another port is written with it, and a link-local one with its interface.
      const address = parseAddress(text.replace(/%.*$/, ''));
      return address === undefined ? [] : [address.length === 4 ? mapIPv4(address) : address];
    })
    .slice(0, most);
}
