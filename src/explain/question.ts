// SPDX-License-Identifier: Apache-2.0
// A question about one connection, from the words of a command line or a test.

import { parseAddress } from '../bundle/address.ts';
import type { Connection, Facts } from '../bundle/core.ts';
import { UserError } from '../errors.ts';

/** A connection that a process opens (`output`) or accepts (`input`). */
export interface Question {
  readonly direction: 'output' | 'input';
  readonly facts: Facts;
  readonly connection: Connection;
}

/** An address and a port, or a host name and a port: then the address is `::`, where no service can be. */
export interface Endpoint {
  readonly address: Uint8Array;
  readonly port: number;
  readonly name?: string;
}

/**
 * Reads `10.0.0.1:443`, `[fd00::1]:443` or `api.example.com:443`.
 * @throws UserError usage, when the text is none of them.
 */
export function parseEndpoint(text: string): Endpoint {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2] ?? '';
  const port = Number(match?.[3]);
  const address = parseAddress(host);
  const name = host.toLowerCase().replace(/\.$/, '');
  if (port >= 1 && port <= 65_535) {
    if (address !== undefined) return { address, port };
    if (match?.[1] === undefined && isHostName(name)) return { address: new Uint8Array(16), port, name };
  }
  throw new UserError('usage', {
    message: `"${text}" is not a destination`,
    fix: 'write an address or a host name, and a port from 1 to 65535: 10.0.0.1:443, [fd00::1]:443 or api.example.com:443',
  });
}

/** Not a number in its last label, which only addresses have. */
function isHostName(text: string): boolean {
  return /^[a-z0-9_]([-a-z0-9_]*)(\.[a-z0-9_][-a-z0-9_]*)*$/.test(text) && !/(^|\.)[0-9]+$/.test(text);
}

/**
 * Seconds since 1970 of an RFC 3339 time; now, when there is none.
 * @throws UserError usage, when the text is no time that the kernel can have.
 */
export function parseTime(text: string | undefined): number {
  if (text === undefined) return Math.floor(Date.now() / 1000);
  const isWhole = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/i.test(text);
  const seconds = isWhole ? Math.floor(Date.parse(text) / 1000) : Number.NaN;
  if (seconds >= 0 && seconds <= 0xffff_ffff) return seconds;
  throw new UserError('usage', {
    message: `"${text}" is not a time`,
    fix: 'write a date, a time and a zone as RFC 3339 has them: 2026-12-24T18:00:00Z',
  });
}
