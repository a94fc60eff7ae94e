// SPDX-License-Identifier: Apache-2.0
// Reads a difference as a person would: which connections does it say change, and from what to what? It knows nothing of how the
// difference was found.

import { parsePrefix } from '../../src/bundle/address.ts';
import type { Connection, Facts } from '../../src/bundle/core.ts';
import type { Case, ConnectionChange, Endpoints, Test } from '../../src/diff/types.ts';
import type { TextClass } from '../../src/diff/space/texts.ts';

/** Whether a change is about a connection of a process. */
export function isAbout(change: ConnectionChange, facts: Facts, connection: Connection): boolean {
  const { endpoints, when, unless, direction } = change;
  const holds = when === undefined || casesHold(when, facts, connection, direction);
  if (unless !== undefined && casesHold(unless, facts, connection, direction) === holds)
    throw new Error('what is said with "unless" is not what is said with "when"');
  return holds && endpoints.some((place) => isAt(place, connection));
}

export function casesHold(
  cases: readonly Case[],
  facts: Facts,
  connection: Connection,
  direction: 'out' | 'in',
): boolean {
  return cases.some((tests) => tests.every((test) => holds(test, facts, connection, direction)));
}

function isAt({ names, addresses, ports, localPorts }: Endpoints, connection: Connection): boolean {
  const { address, port } = connection.remote;
  return (
    (names === undefined || names.some((one) => isIn(one, connection.name ?? ''))) &&
    (addresses === undefined ||
      ('only' in addresses
        ? addresses.only.some((prefix) => contains(prefix, address))
        : !addresses.except.some((prefix) => contains(prefix, address)))) &&
    (ports === undefined || ports.some((range) => inRange(range, port))) &&
    (localPorts === undefined || localPorts.some((range) => inRange(range, connection.localPort ?? 0)))
  );
}

function inRange(range: string, port: number): boolean {
  const [low = 0, high = low] = range.split('-').map(Number);
  return low <= port && port <= high;
}

const asBits = new WeakMap<Uint8Array, string>();

function bits(address: Uint8Array): string {
  const before = asBits.get(address);
  if (before !== undefined) return before;
  const text = Array.from(address, (byte) => byte.toString(2).padStart(8, '0')).join('');
  asBits.set(address, text);
  return text;
}

const MAPPED = '0'.repeat(80) + '1'.repeat(16);
const known = new Map<string, string>();

/** An IPv6 prefix holds the mapped form of IPv4 addresses, too: what is printed says which addresses are meant, as numbers. */
function contains(prefix: string, address: Uint8Array): boolean {
  let start = known.get(prefix);
  if (start === undefined) {
    const parsed = parsePrefix(prefix);
    if ('problem' in parsed) throw new Error(prefix);
    start = `${parsed.family === 4 ? MAPPED : ''}${bits(parsed.address).slice(0, parsed.prefixLength)}`;
    known.set(prefix, start);
  }
  return bits(address).startsWith(start);
}

function holds(
  { field, ranges, absent, texts }: Test,
  facts: Facts,
  { time = 0, peer = '' }: Connection,
  direction: 'out' | 'in',
): boolean {
  const within = (value: number | undefined): boolean =>
    value === undefined
      ? absent === true
      : (ranges ?? []).some(([low, high]) => low <= value && value <= high);
  const among = (text: string | undefined): boolean => (texts ?? []).some((one) => isIn(one, text ?? ''));
  const [, domain = '', path = ''] = /^spiffe:\/\/([^/]+)(.*)$/.exec(peer) ?? [];
  switch (field) {
    case 'process:uid':
      return within(facts['process:uid']);
    case 'process:gid':
      return within(facts['process:gid']);
    case 'process:name':
      return among(facts['process:name']);
    case 'process:binary:path':
      return among(facts['process:binary:path']);
    case 'process:cmdline':
      return among(facts['process:cmdline']);
    case 'peer:domain':
      return among(direction === 'in' ? domain : '');
    case 'peer:path':
      return among(direction === 'in' ? path : '');
    case 'time':
      return within(time);
    case 'week-minute':
      return within((Math.floor(time / 60) + 3 * 24 * 60) % (7 * 24 * 60));
  }
}

function isIn({ equal, starts, ends, not = [] }: TextClass, text: string): boolean {
  return (
    (equal === undefined || text === equal) &&
    (starts === undefined || text.startsWith(starts)) &&
    (ends === undefined || text.endsWith(ends)) &&
    !not.some((one) => isIn(one, text))
  );
}
