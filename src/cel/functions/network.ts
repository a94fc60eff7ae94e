// SPDX-License-Identifier: Apache-2.0
// IP addresses and prefixes, with the names and meanings that they have in Kubernetes.

import type { Environment } from 'cel-js';
import {
  type AddressPrefix,
  formatAddress,
  isMapped,
  mapIPv4,
  maskAddress,
  parseAddress,
} from '../../bundle/address.ts';
import { quoted } from '../../terminal/visible.ts';
import { ownName } from './names.ts';
import { failure } from './text.ts';

const SYNC = { async: false } as const;
const IP = 'net.IP';
const CIDR = 'net.CIDR';
/** Bits before the IPv4 address in an IPv4-mapped one. */
const MAPPED_BITS = 96;

/** An address: 4 or 16 bytes. */
export class Ip {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/** An address with a prefix length; bits after the prefix may be set. */
export class Cidr {
  readonly bytes: Uint8Array;
  readonly length: number;

  constructor(bytes: Uint8Array, length: number) {
    this.bytes = bytes;
    this.length = length;
  }

  /** The network, as the rest of riptides has it. */
  get prefix(): AddressPrefix {
    const address = maskAddress(this.bytes, this.length);
    return { family: this.bytes.length === 4 ? 4 : 6, address, prefixLength: this.length };
  }
}

/** What `ip.isCanonical` is asked of. */
class IpNamespace {}

/**
 * Adds ip(), cidr(), the types net.IP and net.CIDR, and what can be asked of their values. An IPv4-mapped IPv6 address is its IPv4 address;
 * with dots in it, it is none, as the specification has it.
 */
export function registerNetwork(environment: Environment): void {
  const add = (signature: string, handler: (...args: never[]) => unknown): void => {
    environment.registerFunction(signature, handler, SYNC);
  };
  environment.registerType(IP, { ctor: Ip, fields: {} });
  environment.registerType(CIDR, { ctor: Cidr, fields: {} });
  environment.registerType('IpNamespace', { ctor: IpNamespace, fields: {} });
  environment.registerConstant('ip', 'IpNamespace', new IpNamespace());

  add(`ip(string): ${IP}`, (text: string) => new Ip(bytesOf(text)));
  add('isIP(string): bool', (text: string) => typeof parseIp(text) !== 'string');
  add(
    'IpNamespace.isCanonical(string): bool',
    (_: IpNamespace, text: string) => formatAddress(bytesOf(text)) === text,
  );
  add(`${ownName('string')}(${IP}): string`, ipText);
  add(`${IP}.family(): int`, ({ bytes }: Ip) => (bytes.length === 4 ? 4n : 6n));
  for (const [name, test] of TESTS) add(`${IP}.${name}(): bool`, ({ bytes }: Ip) => test(bytes));
  environment.registerOperator(`${IP} == ${IP}`, (a: Ip, b: Ip) => Buffer.compare(a.bytes, b.bytes) === 0);

  add(`cidr(string): ${CIDR}`, prefixOf);
  add('isCIDR(string): bool', (text: string) => typeof parseCidr(text) !== 'string');
  add(`${ownName('string')}(${CIDR}): string`, cidrText);
  add(`${CIDR}.ip(): ${IP}`, ({ bytes }: Cidr) => new Ip(bytes));
  add(`${CIDR}.prefixLength(): int`, ({ length }: Cidr) => BigInt(length));
  add(`${CIDR}.masked(): ${CIDR}`, ({ bytes, length }: Cidr) => new Cidr(maskAddress(bytes, length), length));
  add(`${CIDR}.containsIP(${IP}): bool`, (prefix: Cidr, { bytes }: Ip) => contains(prefix, hostOf(bytes)));
  add(`${CIDR}.containsIP(string): bool`, (prefix: Cidr, text: string) =>
    contains(prefix, hostOf(bytesOf(text))),
  );
  add(`${CIDR}.containsCIDR(${CIDR}): bool`, contains);
  add(`${CIDR}.containsCIDR(string): bool`, (prefix: Cidr, text: string) => contains(prefix, prefixOf(text)));
  environment.registerOperator(
    `${CIDR} == ${CIDR}`,
    (a: Cidr, b: Cidr) => a.length === b.length && Buffer.compare(a.bytes, b.bytes) === 0,
  );
  environment.registerConstant('net', 'map<string, type>', {
    IP: environment.evaluate('type(ip("::"))'),
    CIDR: environment.evaluate('type(cidr("::/0"))'),
  });
}

/** The address as RFC 5952 writes it. */
export function ipText({ bytes }: Ip): string {
  return formatAddress(bytes);
}

/** The prefix with its length, whatever it is. */
export function cidrText({ bytes, length }: Cidr): string {
  return `${formatAddress(bytes)}/${length}`;
}

/** The bytes of an address, or why a text is none. */
function parseIp(text: string): Uint8Array | string {
  const bytes = parseAddress(text);
  if (bytes === undefined) return `${quoted(text)} is not an IP address`;
  if (!isMapped(bytes)) return bytes;
  const host = bytes.slice(12);
  return text.includes(':') && text.includes('.')
    ? `${quoted(text)} is an IPv4-mapped IPv6 address; write ${formatAddress(host)}`
    : host;
}

function bytesOf(text: string): Uint8Array {
  const bytes = parseIp(text);
  if (typeof bytes === 'string') throw failure(bytes);
  return bytes;
}

/** The prefix of a text, or why it is none. */
function parseCidr(text: string): Cidr | string {
  const [host = '', length = '', ...more] = text.split('/');
  const bytes = parseIp(host);
  const problem = `${quoted(text)} is not an IP prefix such as 10.0.0.0/8`;
  if (typeof bytes === 'string') return parseAddress(host) === undefined ? problem : bytes;
  if (!/^(?:0|[1-9]\d{0,2})$/.test(length) || more.length > 0) return problem;
  const bits = Number(length) - (bytes.length === 4 && host.includes(':') ? MAPPED_BITS : 0);
  return bits >= 0 && bits <= bytes.length * 8 ? new Cidr(bytes, bits) : problem;
}

function prefixOf(text: string): Cidr {
  const prefix = parseCidr(text);
  if (typeof prefix === 'string') throw failure(prefix);
  return prefix;
}

function hostOf(bytes: Uint8Array): Cidr {
  return new Cidr(bytes, bytes.length * 8);
}

function contains(outer: Cidr, inner: Cidr): boolean {
  if (outer.bytes.length !== inner.bytes.length || outer.length > inner.length) return false;
  return Buffer.compare(maskAddress(inner.bytes, outer.length), maskAddress(outer.bytes, outer.length)) === 0;
}

/** The special ranges, as IANA has them. */
function inside(bytes: Uint8Array, ...prefixes: readonly string[]): boolean {
  return prefixes.some((text) => contains(prefixOf(text), hostOf(bytes)));
}

const isUnspecified = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);
const isLoopback = (bytes: Uint8Array): boolean => inside(bytes, '127.0.0.0/8', '::1/128');
const isLinkLocal = (bytes: Uint8Array): boolean => inside(bytes, '169.254.0.0/16', 'fe80::/10');
const isMulticast = (bytes: Uint8Array): boolean => inside(bytes, '224.0.0.0/4', 'ff00::/8');

const TESTS: readonly (readonly [string, (bytes: Uint8Array) => boolean])[] = [
  ['isUnspecified', isUnspecified],
  ['isLoopback', isLoopback],
  ['isLinkLocalUnicast', isLinkLocal],
  ['isLinkLocalMulticast', (bytes) => inside(bytes, '224.0.0.0/24') || isLinkLocalMulticast6(bytes)],
  [
    'isGlobalUnicast',
    (bytes) =>
      !isUnspecified(bytes) &&
      !isLoopback(bytes) &&
      !isLinkLocal(bytes) &&
      !isMulticast(bytes) &&
      !inside(bytes, '255.255.255.255/32'),
  ],
];

/** ff?2::/16, whatever the flags. */
function isLinkLocalMulticast6(bytes: Uint8Array): boolean {
  const [first, second = 0] = mapIfShort(bytes);
  return first === 0xff && (second & 0x0f) === 2;
}

function mapIfShort(bytes: Uint8Array): Uint8Array {
  return bytes.length === 4 ? mapIPv4(bytes) : bytes;
}
