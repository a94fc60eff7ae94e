// SPDX-License-Identifier: Apache-2.0
// A question about one connection, from the words of a command line or a test.

import { parseAddress } from '../bundle/address.ts';
import type { Connection, Destination, Facts } from '../bundle/core.ts';
import { quoted } from '../terminal/visible.ts';
import { UserError } from '../errors.ts';
import { spiffeIdProblem } from '../schema/spiffe.ts';

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
  const endpoint = readEndpoint(text);
  if (endpoint !== undefined) return endpoint;
  throw new UserError('usage', {
    message: `${quoted(text)} is not a destination`,
    fix: 'write an address or a host name, and a port from 1 to 65535: 10.0.0.1:443, [fd00::1]:443 or api.example.com:443',
  });
}

/**
 * Reads where a connection comes from: `10.0.0.1:40000` or `[fd00::1]:40000`. It has no name there.
 * @throws UserError usage, when the text is neither of them.
 */
export function parseSource(text: string): Destination {
  const endpoint = readEndpoint(text);
  if (endpoint !== undefined && endpoint.name === undefined) return endpoint;
  throw new UserError('usage', {
    message: `${quoted(text)} is not where a connection comes from`,
    fix: 'write an address, and a port from 1 to 65535: 10.0.0.1:40000 or [fd00::1]:40000',
  });
}

function readEndpoint(text: string): Endpoint | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2] ?? '';
  const port = Number(match?.[3]);
  if (!(port >= 1 && port <= 65_535)) return undefined;
  const address = parseAddress(host);
  if (address !== undefined) return { address, port };
  const name = host.toLowerCase().replace(/\.$/, '');
  return match?.[1] === undefined && isHostName(name)
    ? { address: new Uint8Array(16), port, name }
    : undefined;
}

/**
 * The SPIFFE ID that a peer proves.
 * @throws UserError usage, when no peer can prove it.
 */
export function parsePeer(text: string): string {
  const problem = spiffeIdProblem(text);
  if (problem === undefined) return text;
  throw new UserError('usage', { message: problem.message, fix: problem.fix });
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
  if (Number.isFinite(seconds)) {
    throw new UserError('usage', {
      message: `${quoted(text)} is out of range`,
      why: 'the kernel counts seconds since 1970 in 32 bits',
      fix: 'write a time from 1970-01-01T00:00:00Z to 2106-02-07T06:28:15Z',
    });
  }
  throw new UserError('usage', {
    message: `${quoted(text)} is not a time`,
    fix: 'write a date, a time and a zone as RFC 3339 has them: 2026-12-24T18:00:00Z',
  });
}
