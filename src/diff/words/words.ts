// SPDX-License-Identifier: Apache-2.0
// Endpoints, conditions and examples in words.

import { valueWords } from '../../bundle/words.ts';
import type { ActionName } from '../../bundle/view.ts';
import { fieldName, numberWords, TEXT_TESTS } from '../../conditions/words.ts';
import { listWords } from '../../terminal/list.ts';
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

/** Where connections go to or come from: services first, then what is in none of them. */
export function endpointsWords({ services, unnamedEndpoints, allBut, direction }: Reach): string {
  if (allBut !== undefined) return `anywhere but ${listWords(allBut)}`;
  return listWords([...services, ...unnamedEndpoints.map((one) => endpointWords(one, direction))]);
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
  const host = names === undefined ? '' : hostWords(names);
  return [
    [host, where].filter((part) => part !== '').join(' at '),
    portWords(direction === 'in' ? 'from port' : 'port', ports),
    portWords('at local port', localPorts),
  ]
    .filter((part) => part !== '')
    .join(' ');
}

/** `a.example, no host name`; anything but single names as a test of the name. */
function hostWords(classes: readonly TextClass[]): string {
  const equal = classes.flatMap(({ equal: text }) => (text === undefined ? [] : [text]));
  if (equal.length < classes.length) return classesWords('host name', classes, 'none');
  return listWords(equal.map((text) => (text === '' ? 'no host name' : text)));
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
  const ids = peerIds(peer);
  const own = ids === undefined ? peer.map(testWords) : [`the peer is ${ids}`];
  return [...(peer.length === 0 ? [] : own), ...rest].join(' and ');
}

const NUMBERS = {
  'process:uid': 'processUid',
  'process:gid': 'processGid',
  time: 'time',
  'week-minute': 'weekMinute',
} as const;
const TEXTS = {
  'process:name': 'processName',
  'process:binary:path': 'processBinaryPath',
  'process:cmdline': 'processCmdline',
  'peer:domain': 'peerDomain',
  'peer:path': 'peerPath',
} as const;

function testWords({ field, ranges = [], absent, texts = [] }: Test): string {
  switch (field) {
    case 'process:uid':
    case 'process:gid':
    case 'time':
    case 'week-minute':
      return numberWords(NUMBERS[field], ranges, absent);
    default:
      return classesWords(fieldName(TEXTS[field]), texts, 'unknown');
  }
}

/** `process.name is "web"`, `process.binary.path begins with "/opt/"`. */
function classesWords(name: string, classes: readonly TextClass[], none: string): string {
  const equal = classes.flatMap(({ equal: text }) => (text === undefined ? [] : [text]));
  if (equal.length === classes.length)
    return `${name} is ${listWords(
      equal.map((text) => (text === '' ? none : quoted(text))),
      ' or ',
    )}`;
  return listWords(
    classes.map((one) => classWords(name, one)),
    ' or ',
  );
}

function classWords(name: string, { not, ...tests }: TextClass): string {
  const parts = (['equal', 'starts', 'ends'] as const).flatMap((test) => {
    const text = tests[test];
    return text === undefined ? [] : [`${TEXT_TESTS[test]} ${quoted(text)}`];
  });
  const others = (not ?? []).map((one) => classWords('', one).trim());
  const but =
    not === undefined ? [] : [`${parts.length === 0 ? '' : 'but '}not (${listWords(others, ' or ')})`];
  const words = [...(parts.length === 0 ? [] : [parts.join(' and ')]), ...but].join(' ');
  return words === '' ? `any ${name}` : `${name} ${words}`;
}

function quoted(text: string): string {
  return `"${text}"`;
}

/** Peers by their SPIFFE IDs, with a star for any end. */
export function peersWords(peers: ConnectionOutcome['peers']): string {
  if (peers === undefined) return 'any';
  if (peers.length === 0) return 'none';
  return listWords(
    peers.map((tests) => peerIds(tests) ?? `those where ${tests.map(testWords).join(' and ')}`),
    ' or ',
  );
}

/** SPIFFE IDs of a trust domain; undefined when they do not express the tests. */
function peerIds(tests: Case): string | undefined {
  const domain = tests.find(({ field }) => field === 'peer:domain')?.texts;
  const path = tests.find(({ field }) => field === 'peer:path')?.texts;
  const [only] = domain?.length === 1 ? domain : [];
  if (only?.equal === '') return 'unknown';
  if (only?.equal === undefined) return undefined;
  const host = only.equal;
  const paths = (path ?? [{ starts: '' }]).map(pathWords);
  return paths.includes(undefined)
    ? undefined
    : listWords(
        paths.map((end) => `spiffe://${host}${end}`),
        ' or ',
      );
}

/** A path of a peer, with a star for any end; undefined when that does not say it. A path begins with a slash, unless it is empty. */
function pathWords({ equal, starts, ends, not }: TextClass): string | undefined {
  if (equal !== undefined) return equal;
  const [only, another] = not ?? [];
  if (starts === undefined && ends === undefined && only?.equal === '' && another === undefined) return '/*';
  return ends !== undefined || not !== undefined ? undefined : `${starts ?? ''}*`;
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
  tell('presents', before.presents ?? 'itself', after.presents ?? 'itself', 'itself');
  return parts.join(', ');
}

function onOff(value: boolean): string {
  return value ? 'on' : 'off';
}

/** `process:name=curl to 10.0.0.1:443: refused by riptides.yaml:9:5, then allowed by web.yaml:14:7`. */
export function exampleWords(example: Example, showTime: boolean): string {
  const { facts, labels, direction, protocol, remote, name, localPort, peer, time, before, after } = example;
  const process = [
    ...Object.entries(facts).map(([fact, value]) => `${fact}=${valueWords(value)}`),
    ...labels.map(valueWords),
  ];
  const where =
    direction === 'out'
      ? `to ${name === undefined ? '' : `${name} at `}${remote}${protocolWords(protocol)}`
      : `from ${remote}${peer === undefined ? '' : ` as ${peer}`}${localPort === undefined ? '' : ` at port ${localPort}`}`;
  return [
    process.length === 0 ? 'a process with no known facts' : process.join(' '),
    `${where}${showTime ? ` at ${time.replace('.000Z', 'Z')}` : ''}:`,
    `${verdictWords(before)}, then ${verdictWords(after)}`,
  ].join(' ');
}

/** The protocol that something is about alone: ` by UDP`. */
export function protocolWords(protocol: 'tcp' | 'udp' | undefined): string {
  return protocol === undefined ? '' : ` by ${protocol.toUpperCase()}`;
}

function verdictWords({ action, service, rule, source }: ExampleVerdict): string {
  if (source === undefined && rule === undefined) return 'not governed';
  const by = service === undefined ? '' : ` to ${service}`;
  return `${ACTION_WORDS[action]}${by} by ${source === undefined ? `rule ${rule}` : source}`;
}
