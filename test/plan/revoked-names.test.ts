// SPDX-License-Identifier: Apache-2.0
// What a plan says of connections to host names: the kernel is asked which names their addresses have.

import { expect, test } from '@jest/globals';
import { findRevoked } from '../../src/plan/revoked.ts';
import { kernelTarget } from '../../src/targets/kernel.ts';
import { FEATURE_FLAGS } from '../../src/bundle/generated.ts';
import { encodeAttribute, encodeAttributes } from '../../src/netlink/attributes.ts';
import { COMMANDS } from '../../src/netlink/generated.ts';
import type { Transport } from '../../src/netlink/transport.ts';
import { named } from '../kernel/policies.ts';

const FAMILY = 0x1f;
const address = (last: number): Uint8Array =>
  Uint8Array.of(...Array<number>(10).fill(0), 0xff, 0xff, 192, 0, 2, last);

/** A module that has connections of user 0 to 192.0.2.1 and 192.0.2.2, and one from there; the first address has names. */
function module(features: number): Transport {
  const bare = {
    state: 1,
    localAddress: address(9),
    localPort: 40_000,
    remotePort: 443,
    since: 1n,
    generation: 1n,
    bytesSent: 0n,
    bytesReceived: 0n,
    uid: 0,
  };
  return {
    async request({ family }) {
      if (family !== FAMILY)
        return [
          Buffer.concat([
            encodeAttribute(1, Uint8Array.of(FAMILY, 0)),
            encodeAttribute(3, Uint8Array.of(1, 0, 0, 0)),
          ]),
        ];
      const info = {
        moduleVersion: '0.1.0',
        bundleVersion: 4,
        state: 0,
        generation: 1n,
        sockets: 0,
        calls: 0,
      };
      return [encodeAttributes('info', { ...info, features })];
    },
    async dump({ command }, each) {
      if (command === COMMANDS.names.number) {
        if (features === 0) throw new Error('this module has no names');
        for (const name of ['cdn.x', 'api.x'])
          each(encodeAttributes('name', { name: Buffer.from(name), address: address(1), agentLeft: 1000 }));
        return;
      }
      for (const [pid, direction, remote] of [
        [1, 0, 1],
        [2, 0, 2],
        [3, 1, 1],
      ] as const)
        each(encodeAttributes('connection', { ...bare, direction, pid, remoteAddress: address(remote) }));
    },
    close: () => {},
  };
}

const connections = async (features: number) =>
  (await kernelTarget({ node: 'n', connect: async () => module(features) }).connections?.()) ?? [];

test('a connection to an address whose name is granted is not said to be closed, and others are', async () => {
  const listed = await connections(FEATURE_FLAGS.names);
  expect(listed.map(({ names }) => names)).toEqual([['cdn.x', 'api.x'], undefined, undefined]);
  const pids = (names: readonly (readonly [string])[]) =>
    findRevoked({ bundle: named({ names }) }, listed, 0).connections.map(({ pid }) => pid);
  expect(pids([['api.x']])).toEqual([2]);
  expect(pids([['other.x']])).toEqual([1, 2]);
});

test('a module without names is not asked for them', async () => {
  expect((await connections(0)).map(({ names }) => names)).toEqual([undefined, undefined, undefined]);
});
