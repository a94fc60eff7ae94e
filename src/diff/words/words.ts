// SPDX-License-Identifier: Apache-2.0
// Endpoints, conditions and examples in words.

import { momentWords, weekWords } from '../../bundle/times.ts';
import type { ActionName } from '../../bundle/view.ts';
import { visible } from '../../terminal/visible.ts';
import type { TextClass } from '../space/texts.ts';
import type {
  Case,
  ConnectionChange,
  ConnectionOutcome,
  Example,
  ExampleVerdict,
  Endpoints,
  Reach,
  Test,
} from '../types.ts';

/** How many parts of a list are written out; the rest is counted, and in the JSON. */
const FEW = 6;

/** A list in words, its end counted when it is long. */
export function listWords(parts: readonly string[], separator = ', ', more = 0): string {
  const left = Math.max(0, parts.length - FEW) + more;
  const shown = parts.slice(0, FEW).join(separator);
  return left === 0 ? shown : `${shown}${separator}and ${left} more`;
}

/** Where connections go to or come from: services first, then what is in none of them. */
export function endpointsWords({ services, unnamedEndpoints, allBut, direction }: Reach): string {
  if (allBut !== undefined) return `anywhere but ${listWords(allBut.map(visible))}`;
  return listWords([
    ...services.map(visible),
    ...unnamedEndpoints.map((one) => endpointWords(one, direction)),
  ]);
}

function endpointWords({ names, addresses, ports, localPorts }: Endpoints, direction: 'out' | 'in'): string {
  const where =
    addresses === undefined
      ? direction === 'in'
        ? 'anyone'
        : names === undefined
          ? 'anywhere'
          : ''
      : addressWords(addresses);
  const host = names === undefined ? '' : classesWords('host name', names, true);
  return [
    [host, where].filter((part) => part !== '').join(' at '),
    portWords(direction === 'in' ? 'from port' : 'port', ports),
    portWords('at local port', localPorts),
  ]
    .filter((part) => part !== '')
    .join(' ');
}

const IPV4 = '0.0.0.0/0';

function addressWords(addresses: NonNullable<Endpoints['addresses']>): string {
  const [list, isExcept] = 'only' in addresses ? [addresses.only, false] : [addresses.except, true];
  if (list.length === 1 && list[0] === IPV4) return isExcept ? 'all of IPv6' : 'all of IPv4';
  const shown = listWords(list.map((prefix) => (prefix === IPV4 ? 'IPv4' : prefix)));
  return isExcept ? `anywhere but ${shown}` : shown;
}

function portWords(what: string, ports: readonly string[] | undefined): string {
  if (ports === undefined) return '';
  const isOne = ports.length === 1 && ports[0]?.includes('-') === false;
  return `${what}${isOne ? '' : 's'} ${listWords(ports)}`;
}

/** When a change is: empty when always. */
export function whenWords({ when, unless }: Pick<ConnectionChange, 'when' | 'unless'>): string {
  const cases = unless ?? when;
  if (cases === undefined) return '';
  return `${unless === undefined ? 'when' : 'unless'} ${listWords(cases.map(caseWords), ', or ')}`;
}

function caseWords(tests: Case): string {
  const peer = tests.filter(({ field }) => field === 'peer:domain' || field === 'peer:path');
  const rest = tests.filter((test) => !peer.includes(test)).map(testWords);
  return [...(peer.length === 0 ? [] : [`the peer is ${peerWords(peer)}`]), ...rest].join(' and ');
}

function testWords({ field, ranges = [], absent, texts }: Test): string {
  if (texts !== undefined) return classesWords(field, texts, false);
  switch (field) {
    case 'time':
      return listWords(ranges.map(momentWords), ' or ');
    case 'week-minute':
      return `${listWords(weekWords(ranges))} UTC`;
    default: {
      const values = ranges.map(([low, high]) => (low === high ? String(low) : `${low}-${high}`));
      return `${field}=${listWords([...values, ...(absent === true ? ['unknown'] : [])])}`;
    }
  }
}

/** `process:name=web`, `process:binary:path starts with "/opt/"`. */
function classesWords(field: string, classes: readonly TextClass[], isHost: boolean): string {
  const equal = classes.flatMap(({ equal: text }) => (text === undefined ? [] : [text]));
  if (equal.length === classes.length)
    return isHost
      ? listWords(equal.map((text) => (text === '' ? 'no host name' : visible(text))))
      : `${field}=${listWords(equal.map((text) => (text === '' ? 'unknown' : visible(text))))}`;
  return listWords(
    classes.map((one) => classWords(field, one)),
    ' or ',
  );
}

function classWords(field: string, { equal, starts, ends, not }: TextClass): string {
  const parts = [
    ...(equal === undefined ? [] : [`is "${visible(equal)}"`]),
    ...(starts === undefined ? [] : [`starts with "${visible(starts)}"`]),
    ...(ends === undefined ? [] : [`ends with "${visible(ends)}"`]),
  ];
  const but =
    not === undefined
      ? ''
      : parts.length === 0
        ? `not (${listWords(
            not.map((one) => classWords('', one).trim()),
            ' or ',
          )})`
        : ` but not (${listWords(
            not.map((one) => classWords('', one).trim()),
            ' or ',
          )})`;
  const words = `${parts.join(' and ')}${but}`;
  return words === '' ? `any ${field}` : `${field} ${words}`;
}

/** Peers by their SPIFFE IDs, with a star for any end. */
export function peersWords(peers: ConnectionOutcome['peers']): string {
  if (peers === undefined) return 'any';
  if (peers.length === 0) return 'none';
  return listWords(peers.map(peerWords), ' or ');
}

function peerWords(tests: Case): string {
  const domain = tests.find(({ field }) => field === 'peer:domain')?.texts;
  const path = tests.find(({ field }) => field === 'peer:path')?.texts;
  const [only] = domain?.length === 1 ? domain : [];
  if (only?.equal === '') return 'unknown';
  if (only?.equal === undefined) return `one with ${tests.map(testWords).join(' and ')}`;
  const host = visible(only.equal);
  const paths = (path ?? [{ starts: '' }]).map((one) => {
    const end = pathWords(one);
    return end === undefined ? undefined : `spiffe://${host}${end}`;
  });
  return paths.includes(undefined)
    ? `one with ${tests.map(testWords).join(' and ')}`
    : listWords(paths.map(String), ' or ');
}

/** A path of a peer, with a star for any end; undefined when that does not say it. A path begins with a slash, unless it is empty. */
function pathWords({ equal, starts, ends, not }: TextClass): string | undefined {
  if (equal !== undefined) return visible(equal);
  const [only, another] = not ?? [];
  if (starts === undefined && ends === undefined && only?.equal === '' && another === undefined) return '/*';
  return ends !== undefined || not !== undefined ? undefined : `${visible(starts ?? '')}*`;
}

export const ACTION_WORDS: Readonly<Record<ActionName, string>> = {
  allow: 'allowed',
  audit: 'audited',
  deny: 'refused',
};

/** What changes of an outcome: `refused -> allowed, TLS mutual`. */
export function outcomeWords(before: ConnectionOutcome, after: ConnectionOutcome): string {
  const [a, b] = [ACTION_WORDS[before.action], ACTION_WORDS[after.action]];
  const parts = [a === b ? `${a} as before` : `${a} -> ${b}`];
  const isOnBoth = before.action !== 'deny' && after.action !== 'deny';
  const tell = (what: string, was: string, is: string, usual: string): void => {
    if (isOnBoth && was !== is) parts.push(`${what} ${was} -> ${is}`);
    else if (!isOnBoth && after.action !== 'deny' && is !== usual) parts.push(`${what} ${is}`);
  };
  tell('TLS', before.tls, after.tls, 'none');
  tell('interception', onOff(before.intercept), onOff(after.intercept), 'off');
  tell('peers', peersWords(before.peers), peersWords(after.peers), 'any');
  tell('shown as', before.presents ?? 'itself', after.presents ?? 'itself', 'itself');
  return parts.join(', ');
}

function onOff(value: boolean): string {
  return value ? 'on' : 'off';
}

/** `process:name=curl to 10.0.0.1:443: refused by riptides.yaml:9:5, then allowed by web.yaml:14:7`. */
export function exampleWords(example: Example, showTime: boolean): string {
  const { facts, labels, direction, remote, name, localPort, peer, time, before, after } = example;
  const process = [
    ...Object.entries(facts).map(([fact, value]) => `${fact}=${valueWords(value)}`),
    ...labels.map(valueWords),
  ];
  const where =
    direction === 'out'
      ? `to ${name === undefined ? '' : `${visible(name)} at `}${remote}`
      : `from ${remote}${peer === undefined ? '' : ` as ${visible(peer)}`}${localPort === undefined ? '' : ` at port ${localPort}`}`;
  return [
    process.length === 0 ? 'a process of which nothing is known' : process.join(' '),
    `${where}${showTime ? ` at ${time.replace('.000Z', 'Z')}` : ''}:`,
    `${verdictWords(before)}, then ${verdictWords(after)}`,
  ].join(' ');
}

function valueWords(value: string | number): string {
  return typeof value === 'number' || /^[^\s,"]+$/.test(value)
    ? visible(String(value))
    : JSON.stringify(visible(value));
}

function verdictWords({ action, service, rule, source }: ExampleVerdict): string {
  if (source === undefined && rule === undefined) return 'not governed';
  const by = service === undefined ? '' : ` to ${visible(service)}`;
  return `${ACTION_WORDS[action]}${by} by ${source === undefined ? `rule ${rule}` : visible(source)}`;
}
