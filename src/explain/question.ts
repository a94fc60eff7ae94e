// SPDX-License-Identifier: Apache-2.0
// A question about one connection, parsed from a command line or a test.

import { parseAddress } from '../bundle/address.ts';
import { quoted } from '../terminal/visible.ts';
import { UserError } from '../errors.ts';
import { hostNameProblem, normaliseHostName } from '../schema/host-name.ts';
import { spiffeIdProblem } from '../schema/spiffe.ts';
import { timeProblem, toSeconds } from '../schema/time.ts';
import { type Destination, parseDestination } from './destination.ts';

/** An address and a port, or a host name and a port: then the address is `::`, where no service can be. */
export interface Endpoint extends Destination {
  readonly port: number;
  readonly name?: string | undefined;
}

/**
 * Reads `10.0.0.1:443`, `[fd00::1]:443` or `api.example.com:443`: a destination as a program passes it to connect(2).
 * @throws UserError usage, when the text is none of them.
 */
export function parseEndpoint(text: string): Endpoint {
  const [host, port] = splitPort(text) ?? [];
  if (host !== undefined && port !== undefined) {
    const destination = parseDestination(host);
    if (destination !== undefined) return { ...destination, port };
    const name = host.toLowerCase().replace(/\.$/, '');
    if (isHostName(name)) return { address: new Uint8Array(16), port, name };
  }
  throw new UserError('usage', {
    message: `${quoted(text)} is not a destination`,
    fix: 'write an address or a host name, and a port from 0 to 65535: 10.0.0.1:443, [fd00::1]:443 or api.example.com:443',
  });
}

/**
 * Reads where a connection comes from: `10.0.0.1:40000` or `[fd00::1]:40000`. It has no name there.
 * @throws UserError usage, when the text is neither of them.
 */
export function parseSource(text: string): Endpoint {
  const [host, port] = splitPort(text) ?? [];
  const address = parseAddress(host ?? '');
  if (address !== undefined && port !== undefined) return { address, port };
  throw new UserError('usage', {
    message: `${quoted(text)} is not the source of a connection`,
    fix: 'write an address, and a port from 0 to 65535: 10.0.0.1:40000 or [fd00::1]:40000',
  });
}

/**
 * A host name, as it is compared.
 * @throws UserError usage, when it is none.
 */
export function parseHost(text: string): string {
  const problem = hostNameProblem(text);
  if (problem === undefined) return normaliseHostName(text);
  const { message, why, fix } = problem;
  throw new UserError('usage', { message, ...(why !== undefined && { why }), fix });
}

/** The host, out of its brackets, and the port. */
function splitPort(text: string): readonly [host: string, port: number] | undefined {
  const [, inBrackets, bare, digits] = /^(?:\[([^\]]*:[^\]]*)\]|([^:[\]%]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = inBrackets ?? bare;
  const port = Number(digits);
  return host !== undefined && port <= 65_535 ? [host, port] : undefined;
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
  const problem = timeProblem(text);
  if (problem === undefined) return toSeconds(text) ?? 0;
  const { message, why, suggestion, fix } = problem;
  throw new UserError('usage', {
    message,
    ...(why !== undefined && { why }),
    fix: typeof suggestion === 'string' ? `did you mean ${suggestion}?` : fix,
  });
}
