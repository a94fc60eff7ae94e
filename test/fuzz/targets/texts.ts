// SPDX-License-Identifier: Apache-2.0
// The parsers of single texts: addresses, names, times. Each is held against another that reads the same, against its own inverse, or
// against what it promises; and what a message suggests must be right.

import { isIP, SocketAddress } from 'node:net';
import type { z } from 'zod';
import { formatAddress, formatPrefix, parseAddress, parsePrefix } from '../../../src/bundle/address.ts';
import { parseDuration } from '../../../src/cli/duration.ts';
import { maskLine, maskSecrets } from '../../../src/terminal/secrets.ts';
import { quoted } from '../../../src/terminal/visible.ts';
import { isUserError } from '../../../src/errors.ts';
import { parseEndpoint, parseTime } from '../../../src/explain/question.ts';
import { problemOf } from '../../../src/schema/check.ts';
import { duration } from '../../../src/schema/duration.ts';
import { hostName, normaliseHostName } from '../../../src/schema/host-name.ts';
import { documentName, labelValue, trustDomain, workloadId } from '../../../src/schema/names.ts';
import { isInside } from '../../../src/schema/paths.ts';
import { port } from '../../../src/schema/port.ts';
import { spiffeIdPattern } from '../../../src/schema/spiffe.ts';
import { moment } from '../../../src/schema/time.ts';
import { identityWorkloadId } from '../../../src/schema/workload-id.ts';
import { SECRET } from '../findings.ts';
import { toBytes, toText } from '../corpus.ts';
import { Broken, HUGE, type Target, timed } from '../target.ts';

const SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  documentName, duration: duration(), hostName, identityWorkloadId, labelValue, moment, port, spiffeIdPattern, trustDomain,
  workloadId,
}; // prettier-ignore

export const target: Target = {
  seeds: () =>
    [
      '10.0.0.1', '255.255.255.255', '::', '::1', 'fd00::1', '2001:db8:0:1::5', '::ffff:10.0.0.1', '64:ff9b::1.2.3.4',
      '10.0.0.0/8', 'fd00::/64', '::ffff:10.0.0.0/104', '1:2:3:4:5:6:7:8', 'fe80::1%eth0', '10.0.0.1:443', '[fd00::1]:443',
      'api.example.com:443', 'api.example.com', 'xn--bcher-kva.example', 'bücher.example', '*.example.com', 'shop/web',
      'shop/users/[process:uid]', 'spiffe://shop.example/web', 'spiffe://{{.TrustDomain}}/shop/*', 'shop.example',
      '2026-03-01T08:00:00Z', '2026-02-29T09:00:00+01:00', '2024-02-29T23:59:59.5-05:30', '1969-12-31T23:59:59Z', '3600s',
      '5m', '24h', '500ms', '443', '8000-8099', '99-1', '../x', 'a/../b', `token: ${SECRET}`, 'https://a:b@c.example/',
      'AKIAIOSFODNN7EXAMPLE', 'password=hunter2',
    ].map(toBytes), // prettier-ignore
  largest: HUGE,
  isText: true,
  words: [
    '.', ':', '::', '/', '-', '%', '[', ']', '*', '_', '{{.TrustDomain}}', 'spiffe://', 'SPIFFE://', 'xn--', '0', '00', '255',
    '256', '65535', '65536', 'ffff', 'T', 'Z', '+14:00', '-00:00', '23:59:60', '24:00:00', '02-30', '9999', '0000', 's', 'ms',
    'm', 'h', 'd', 'process:uid', 'label', 'ß', 'İ', 'ſ', 'K', '\u00ad', '\u200d', '١', SECRET, 'token', '"', "'", '://', '@',
  ], // prettier-ignore
  check: (bytes) => {
    const text = toText(bytes);
    return [
      timed('addresses', () => checkAddress(text)),
      checkPrefix(text),
      checkTimes(text),
      ...Object.entries(SCHEMAS).map(([name, schema]) => timed(name, () => checkSchema(name, schema, text))),
      timed('secrets', () => checkMasks(text)),
      attempt(() => `${parseEndpoint(text).name !== undefined}`),
      attempt(() => String(parseDuration(text) > 0)),
      String(isInside(text)),
    ].join();
  },
};

function attempt(work: () => string): string {
  try {
    return work();
  } catch (error) {
    if (!isUserError(error)) throw error;
    return error.kind;
  }
}

/** Addresses are those of Node, without zones; written and read again they are the same, and written as the URL standard has them. */
function checkAddress(text: string): string {
  const address = parseAddress(text);
  const family = text.includes('%') ? 0 : isIP(text);
  if ((address !== undefined) !== (family !== 0)) throw new Broken('Node sees the address otherwise', text);
  if (address === undefined) return 'no address';
  const written = formatAddress(address);
  if (Buffer.compare(parseAddress(written) ?? new Uint8Array(), address) !== 0)
    throw new Broken('a written address is another one', `${text} ${written}`);
  const node = new SocketAddress({ address: text, family: family === 4 ? 'ipv4' : 'ipv6' }).address;
  const theirs = node.replace(/^::ffff:(?=\d+\.)/, '');
  // Node writes the last groups of some other addresses with dots, as the system does.
  if (!/:.*\./.test(theirs) && theirs !== written)
    throw new Broken('Node writes the address otherwise', `${written} ${theirs}`);
  return `${family}`;
}

function checkPrefix(text: string): string {
  const prefix = parsePrefix(text);
  if ('problem' in prefix) {
    if (prefix.network !== undefined && 'problem' in parsePrefix(prefix.network))
      throw new Broken('the suggested network is none', `${text} ${prefix.network}`);
    return prefix.problem;
  }
  const again = parsePrefix(formatPrefix(prefix));
  if ('problem' in again || formatPrefix(again) !== formatPrefix(prefix))
    throw new Broken('a written prefix is another one', text);
  return `${prefix.family}`;
}

/** Moments are what JavaScript says they are, where it and the schema both read them. */
function checkTimes(text: string): string {
  const parsed = moment.safeParse(text);
  const asked = attempt(() => String(parseTime(text)));
  if (!parsed.success) return /^\d+$/.test(asked) ? 'asked only' : 'no time';
  if (parsed.data !== Date.parse(text.toUpperCase()) / 1000)
    throw new Broken('JavaScript reads the moment otherwise', `${text} ${parsed.data}`);
  if (asked !== String(parsed.data))
    throw new Broken('a moment is two times', `${text} ${parsed.data} ${asked}`);
  return 'time';
}

/** What is wrong is said; what is suggested is right. */
function checkSchema(name: string, schema: z.ZodType, text: string): string {
  const parsed = schema.safeParse(text);
  if (parsed.success) {
    const isName = typeof parsed.data === 'string' && parsed.data === text;
    if (name === 'hostName' && !hostName.safeParse(normaliseHostName(text)).success)
      throw new Broken('a host name is none once it is in lower case', text);
    return isName ? name : `${name} as data`;
  }
  for (const issue of parsed.error.issues) {
    const problem = 'params' in issue ? problemOf(issue.params) : undefined;
    if (problem === undefined) throw new Broken(`${name}: an issue without words`, JSON.stringify(issue));
    const suggestion = typeof problem.suggestion === 'function' ? problem.suggestion() : problem.suggestion;
    // Of a part of the text the suggestion is for that part alone.
    if (suggestion !== undefined && problem.letters === undefined && !schema.safeParse(suggestion).success)
      throw new Broken(`${name}: the suggestion is not right either`, `${text} ${suggestion}`);
    const { start, end } = problem.letters ?? { start: 0, end: text.length };
    if (!(start >= 0 && start <= end && end <= text.length))
      throw new Broken(`${name}: letters outside of the text`, text);
  }
  return 'refused';
}

/** What hides secrets leaves a text as long as it was, and hides them. */
function checkMasks(text: string): string {
  const [masked, line] = [maskSecrets(text), maskLine(text)];
  if (masked.length !== text.length || line.length !== text.length)
    throw new Broken('a masked text has another length', text);
  const shown = quoted(text);
  // oxlint-disable-next-line no-control-regex -- these are what must not be there
  if (/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u202a-\u202e]/.test(shown) || shown.length > 700)
    throw new Broken('a quoted text is not safe', JSON.stringify(shown));
  return masked === text ? 'plain' : 'masked';
}
