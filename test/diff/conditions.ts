// SPDX-License-Identifier: Apache-2.0
// Random conditions over what the small world has of everything.

import { mapIPv4, parseAddress } from '../../src/bundle/address.ts';
import type { Condition, NumberField, TextField } from '../../src/conditions/types.ts';
import type { Random } from '../oracle/random.ts';

/** What the random choices are made with, and of what. */
export interface ConditionWorld {
  readonly random: Random;
  readonly times: boolean;
}

export const HOUR = 3600;
/** Midnight at its beginning. */
export const WEDNESDAY = Date.UTC(2026, 0, 7) / 1000;

export function addressOf(text: string): Uint8Array {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(text);
  return address.length === 4 ? mapIPv4(address) : address;
}

const TESTED = ['uid', 'name', 'cmdline', 'port', 'ip', 'host', 'time', 'week', 'day', 'peer'] as const;

export function randomCondition(world: ConditionWorld, direction: 'out' | 'in', depth: number): Condition {
  const { random } = world;
  if (depth > 0 && random.once(2)) {
    const of = Array.from({ length: 1 + random.below(2) }, () =>
      randomCondition(world, direction, depth - 1),
    );
    const kind = random.pick<'all' | 'any' | 'not'>(['all', 'any', 'not']);
    return kind === 'not' && of[0] !== undefined
      ? { kind, of: of[0] }
      : { kind: kind === 'not' ? 'all' : kind, of };
  }
  const fact = random.pick(TESTED);
  switch (fact) {
    case 'uid':
      return number(
        'processUid',
        random.pick([
          [0, 1],
          [2, 2],
          [2, 4294967295],
        ]),
      );
    case 'name':
      return text('processName', random.pick(['equal', 'starts', 'ends']), random.pick(['a', 'b', 'ab']));
    case 'cmdline':
      return text(
        'processCmdline',
        random.pick(['equal', 'starts', 'ends']),
        random.pick(['n', 'n x', 'x', 'od']),
      );
    case 'port':
      return number(
        'destinationPort',
        random.pick([
          [0, 79],
          [80, 443],
          [444, 65535],
        ]),
      );
    case 'time':
      return world.times
        ? number(
            'time',
            random.pick([
              [0, WEDNESDAY],
              [WEDNESDAY + HOUR, 4294967295],
            ]),
          )
        : text('processName', 'equal', '');
    case 'week':
      return number(
        'weekMinute',
        random.pick([
          [0, 7199],
          [7200, 10079],
        ]),
      );
    case 'day':
      return number(
        'dayMinute',
        random.pick([
          [540, 1019],
          [0, 539],
        ]),
      );
    case 'ip':
      return {
        kind: 'address',
        field: direction === 'out' ? 'destinationIp' : 'sourceIp',
        ...random.pick([
          { address: addressOf('10.0.0.0'), prefixLength: 127 },
          { address: addressOf('0.0.0.0'), prefixLength: 96 },
          { address: new Uint8Array(16), prefixLength: 0 },
          { address: addressOf('fd00::'), prefixLength: 16 },
        ]),
      };
    case 'host':
      return direction === 'out'
        ? text('destinationName', random.pick(['equal', 'ends']), random.pick(['a.example', '.example']))
        : number(
            'sourcePort',
            random.pick([
              [0, 79],
              [80, 443],
            ]),
          );
    case 'peer':
      return direction === 'in' ? peerCondition(world) : text('processBinaryPath', 'starts', '/bin/');
  }
}

export function peerCondition({ random }: Pick<ConditionWorld, 'random'>): Condition {
  return random.pick([
    text('peerId', 'equal', 'spiffe://test.example/a'),
    text('peerId', 'starts', 'spiffe://test.example/a/'),
    text('peerId', 'starts', 'spiffe://o'),
    text('peerId', 'starts', 'spi'),
    text('peerId', 'ends', 'example/a'),
    text('peerId', 'ends', '/a'),
    text('peerId', 'ends', '.example'),
    text('peerDomain', 'equal', 'other.example'),
    text('peerPath', 'starts', '/a'),
    text('peerPath', 'equal', ''),
    { kind: 'not', of: text('peerId', 'equal', '') },
  ]);
}

function number(field: NumberField, [low = 0, high = 0]: readonly number[]): Condition {
  return { kind: 'number', field, low, high };
}

function text(field: TextField, test: 'equal' | 'starts' | 'ends', value: string): Condition {
  return { kind: 'text', field, test, text: value };
}
