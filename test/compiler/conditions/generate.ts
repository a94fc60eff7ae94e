// SPDX-License-Identifier: Apache-2.0
// Random conditions in CEL, of every form that can be lowered, and random connections. Both take their values from the same
// few, so that comparisons are often true.

import { parseAddress } from '../../../src/bundle/address.ts';
import type { Situation } from '../../oracle/condition.ts';
import type { Random } from '../../oracle/random.ts';

export type Place = 'egress' | 'inbound';

type Items<T> = readonly [T, ...T[]];

const IDS: Items<number> = [0, 1, 33, 1000, 1001, 65534, 4294967294, 4294967295];
const PORTS: Items<number> = [1, 22, 80, 443, 444, 3600, 8080, 65535];
const TEXTS = {
  'process.name': ['', 'curl', 'curl7', 'node', 'ñode', 'n'],
  'process.binary.path': ['', '/usr/bin/curl', '/usr/bin/node', '/opt/shop/bin/web', '/usr'],
  'process.cmdline': ['', 'curl -s https://a.example', 'node server.js --prod', 'node server.js', '😀 x'],
  'destination.name': ['', 'api.example.com', 'db.example.com', 'example.com', 'com'],
  'peer.spiffeID': [
    '',
    'spiffe://example.org/shop/web',
    'spiffe://example.org/shop',
    'spiffe://example.org',
    'spiffe://other.example/x',
  ],
  'peer.trustDomain': ['', 'example.org', 'other.example'],
  'peer.path': ['', '/shop', '/shop/web', '/x'],
} as const satisfies Readonly<Record<string, Items<string>>>;
const ADDRESSES: Items<string> = [
  '10.0.0.1',
  '10.0.0.2',
  '10.1.2.3',
  '192.168.1.1',
  '0.0.0.0',
  '255.255.255.255',
  '::1',
  '2001:db8::1',
  '2001:db8:0:1::5',
  'fe80::1',
];
const PREFIXES: Items<string> = [
  '10.0.0.0/8',
  '10.0.0.0/30',
  '10.0.0.2/31',
  '0.0.0.0/0',
  '192.168.0.0/16',
  '128.0.0.0/1',
  '::/0',
  '::/64',
  '2001:db8::/32',
  '2001:db8::/64',
  'fe80::/10',
  '::1/128',
];
/** Thursday morning, a Sunday and the days around, the end of a year, and the ends of time. */
const TIMES: Items<number> = [
  0, 1_700_000_000, 1_699_747_199, 1_699_747_200, 1_699_833_600, 1_735_689_599, 1_735_689_600, 4_294_967_295,
];
const ZONES: Items<string> = ['', '"UTC"', '"+02:00"', '"-05:30"', '"+14:00"', '"-00:30"', '"03:45"'];
const ORDERS: Items<string> = ['==', '!=', '<', '<=', '>', '>='];
const EQUALS: Items<string> = ['==', '!='];

/** A connection as conditions see it. */
export function randomSituation(random: Random, where: Place): Situation {
  const address = (): Uint8Array => parseAddress(random.pick(ADDRESSES)) ?? new Uint8Array(16);
  const isEgress = where === 'egress';
  const time = random.once(3)
    ? random.below(0x1_0000_0000)
    : Math.min(0xffff_ffff, Math.max(0, random.pick(TIMES) + random.below(121) - 60));
  return {
    processName: random.pick(TEXTS['process.name']),
    processBinaryPath: random.pick(TEXTS['process.binary.path']),
    processUid: near(random, random.pick(IDS), 0xffff_ffff),
    processGid: random.pick(IDS),
    processCmdline: random.pick(TEXTS['process.cmdline']),
    destinationIp: isEgress ? address() : new Uint8Array(16),
    destinationPort: near(random, random.pick(PORTS), 65535),
    destinationName: isEgress ? random.pick(TEXTS['destination.name']) : '',
    sourceIp: isEgress ? new Uint8Array(16) : address(),
    sourcePort: isEgress ? 0 : near(random, random.pick(PORTS), 65535),
    peer: isEgress ? '' : random.pick(TEXTS['peer.spiffeID']),
    time,
  };
}

function near(random: Random, value: number, most: number): number {
  return random.once(2) ? value : Math.min(most, Math.max(0, value + random.below(3) - 1));
}

/** A condition in CEL that can be lowered. */
export function randomCondition(random: Random, where: Place, depth = 3): string {
  const inner = (): string => randomCondition(random, where, depth - 1);
  if (depth === 0) return randomTest(random, where);
  switch (random.below(10)) {
    case 0:
      return `(${inner()} && ${inner()})`;
    case 1:
      return `(${inner()} || ${inner()})`;
    case 2:
      return `(${inner()} && ${inner()} || ${inner()})`;
    case 3:
      return `!(${inner()})`;
    case 4:
      return `(${inner()} ? ${inner()} : ${inner()})`;
    case 5:
      return `((${inner()}) ${random.pick(EQUALS)} (${inner()}))`;
    case 6:
      return randomLoop(random, where, inner);
    default:
      return randomTest(random, where);
  }
}

let loops = 0;

function randomLoop(random: Random, where: Place, inner: () => string): string {
  const macro = random.pick(['all', 'exists', 'exists_one']);
  const name = `v${(loops = (loops + 1) % 1000)}`;
  const field = random.pick(numberFields(where));
  switch (random.below(4)) {
    case 0:
      // Not those near the ends of int: what is computed from them overflows.
      return `[${random.some(field.values).join(', ')}].${macro}(${name}, ${field.name} ${random.pick(ORDERS)} ${random.pick([name, `${name} + 1`, `${name} * 2 - ${name}`])})`;
    case 1: {
      const { field: text, values } = textField(random, where);
      const list = `[${random.some(values).map(quote).join(', ')}]`;
      // What nothing begins with is refused: an "r" alone begins no path, and no SPIFFE ID.
      const longer = `${name} + (${name} == "" ? "" : "r")`;
      return `${list}.${macro}(${name}, ${text}.startsWith(${random.pick([name, longer])}) || ${inner()})`;
    }
    case 2: {
      const address = addressOf(where);
      const list = `[${random.some(PREFIXES).map(quote).join(', ')}]`;
      return `${list}.${macro}(${name}, cidr(${name}).containsIP(${address}))`;
    }
    default:
      return `${numberList(random, [1, 2, 3])}.${macro}(${name}, ${name} < 3 ? ${inner()} : ${inner()})`;
  }
}

function randomTest(random: Random, where: Place): string {
  switch (random.below(14)) {
    case 0:
      return random.pick(['true', 'false', '1 + 1 == 2', '"a" in ["b"]', '!true || 2 > 3']);
    case 1:
    case 2:
    case 3: {
      const { name, values } = random.pick(numberFields(where));
      const constant = numberText(random, random.pick(values));
      const order = random.pick(ORDERS);
      return random.once(4) ? `${constant} ${order} ${name}` : `${name} ${order} ${constant}`;
    }
    case 4: {
      const { name, values } = random.pick(numberFields(where));
      return `${name} in ${numberList(random, values)}`;
    }
    case 5:
    case 6:
    case 7:
      return textTest(random, where);
    case 8:
    case 9:
    case 10:
      return addressTest(random, where);
    case 11:
      return `${random.once(3) ? 'int(time)' : 'time'} ${timeComparison(random)}`.replace(
        /^int\(time\) .*/,
        `int(time) ${random.pick(ORDERS)} ${random.pick(TIMES)}`,
      );
    default:
      return clockTest(random);
  }
}

function timeComparison(random: Random): string {
  const seconds = random.pick(TIMES) + random.below(3) - 1;
  const date = new Date(seconds * 1000).toISOString().slice(0, 19);
  const fraction = random.pick(['', '.000', '.5', '.999999999', '.000000001']);
  const text = `timestamp("${date}${fraction}Z")`;
  const later = random.once(3) ? `${text} + duration("${random.pick(['1h', '90s', '-1ms', '24h'])}")` : text;
  return random.once(4) ? `in [${later}, ${text}]` : `${random.pick(ORDERS)} ${later}`;
}

const CLOCKS: Items<readonly [string, number]> = [
  ['getHours', 24],
  ['getMinutes', 60],
  ['getDayOfWeek', 7],
];

function clockTest(random: Random): string {
  const [part, most] = random.pick(CLOCKS);
  const call = `time.${part}(${random.pick(ZONES)})`;
  const value = (): number => random.below(most + 2) - 1;
  if (random.once(3)) return `${call} in [${value()}, ${value()}, ${value()}]`;
  return `${call} ${random.pick(ORDERS)} ${value()}`;
}

function textTest(random: Random, where: Place): string {
  const { field, values } = textField(random, where);
  const value = random.pick(values);
  switch (random.below(6)) {
    case 0:
      return `${field} in [${random.some(values).map(quote).join(', ')}]`;
    case 1:
      return `${field}.startsWith(${quote(cut(random, value, 'start'))})`;
    case 2:
      return `${field}.endsWith(${quote(cut(random, value, 'end'))})`;
    case 3:
      return `${random.pick([`size(${field})`, `${field}.size()`])} ${random.pick(['== 0', '!= 0', '> 0', '>= 1', '< 1', '<= 0', '>= 0', '> -1'])}`;
    case 4: {
      const characters = Array.from(value);
      const middle = random.below(characters.length + 1);
      const [a, b] = [characters.slice(0, middle).join(''), characters.slice(middle).join('')];
      return `${quote(a)} + ${quote(b)} ${random.pick(EQUALS)} ${field}`;
    }
    default:
      return `${field} ${random.pick(EQUALS)} ${quote(value)}`;
  }
}

function addressTest(random: Random, where: Place): string {
  const field = addressOf(where);
  switch (random.below(5)) {
    case 0:
      return `${field} ${random.pick(EQUALS)} ${quote(random.pick(ADDRESSES))}`;
    case 1:
      return `${field} in [${random.some(ADDRESSES).map(quote).join(', ')}]`;
    case 2:
      return `ip(${field}) ${random.pick(EQUALS)} ip(${quote(random.pick(ADDRESSES))})`;
    case 3:
      return `cidr(${quote(random.pick(PREFIXES))}).containsIP(ip(${field}))`;
    default:
      return `cidr(${quote(random.pick(PREFIXES))}).containsIP(${field})`;
  }
}

function addressOf(where: Place): string {
  return where === 'egress' ? 'destination.ip' : 'source.ip';
}

interface Numbers {
  readonly name: string;
  readonly values: Items<number>;
}

function numberFields(where: Place): Items<Numbers> {
  const own: Items<Numbers> = [
    { name: 'process.uid', values: IDS },
    { name: 'process.gid', values: IDS },
    { name: 'destination.port', values: PORTS },
  ];
  return where === 'egress' ? own : [...own, { name: 'source.port', values: PORTS }];
}

function textField(random: Random, where: Place): { readonly field: string; readonly values: Items<string> } {
  const own = ['process.name', 'process.binary.path', 'process.cmdline'] as const;
  const ofEgress: Items<keyof typeof TEXTS> = [...own, 'destination.name'];
  const ofInbound: Items<keyof typeof TEXTS> = [...own, 'peer.spiffeID', 'peer.trustDomain', 'peer.path'];
  const field = random.pick(where === 'egress' ? ofEgress : ofInbound);
  return { field, values: TEXTS[field] };
}

function numberText(random: Random, value: number): string {
  switch (random.below(9)) {
    case 0:
      return `0x${value.toString(16)}`;
    case 1:
      return `${value} + ${random.below(2)}`;
    case 2:
      return `(${value * 3} / 3 - ${random.below(2)})`;
    case 3:
      return `-${random.below(3)}`;
    case 4:
      return random.pick(['5000000000', '9223372036854775807', '-9223372036854775808', '4294967296']);
    default:
      return String(value);
  }
}

function numberList(random: Random, values: Items<number>): string {
  const list = (): string =>
    `[${random
      .some(values)
      .map((value) => numberText(random, value))
      .join(', ')}]`;
  return random.once(4) ? `(${list()} + ${list()})` : list();
}

function cut(random: Random, text: string, keep: 'start' | 'end'): string {
  const characters = Array.from(text);
  const length = random.below(characters.length + 1);
  return (keep === 'start' ? characters.slice(0, length) : characters.slice(characters.length - length)).join(
    '',
  );
}

function quote(text: string): string {
  return JSON.stringify(text);
}
