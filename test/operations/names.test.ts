// SPDX-License-Identifier: Apache-2.0
// What is made of the module's list of names. The module is asked in test/kernel.

import { expect, test } from '@jest/globals';
import { createNamesLister } from '../../src/operations/names.ts';
import { encodeAttribute, encodeAttributes } from '../../src/netlink/attributes.ts';
import { COMMANDS } from '../../src/netlink/generated.ts';
import type { Transport } from '../../src/netlink/transport.ts';
import { named } from '../kernel/policies.ts';

const BUNDLE = named({ names: [['api.x'], ['b.x']], ending: '.example.com' });
const FAMILY = 0x1f;

const address = (last: number): Uint8Array =>
  Uint8Array.of(...Array<number>(10).fill(0), 0xff, 0xff, 192, 0, 2, last);

/** Answers as a module in which the generations given are in force one after the other, each for one question of what is in force. */
function moduleWith(generations: bigint[]): Transport & { dumps: number } {
  let generation = generations[0] ?? 0n;
  const transport = {
    dumps: 0,
    async request(request: { readonly family: number }) {
      if (request.family !== FAMILY)
        return [
          Buffer.concat([
            encodeAttribute(1, Uint8Array.of(FAMILY, 0)),
            encodeAttribute(3, Uint8Array.of(1, 0, 0, 0)),
          ]),
        ];
      generation = generations.shift() ?? generation;
      return [
        encodeAttributes('info', {
          moduleVersion: '0.1.0',
          bundleVersion: 4,
          state: 0,
          generation,
          sockets: 0,
          calls: 0,
          ...(generation === 0n ? {} : { digest: new Uint8Array(32).fill(1) }),
        }),
      ];
    },
    async dump(request: { readonly command: number }, each: (part: Uint8Array) => void) {
      if (request.command === COMMANDS.names.number) {
        if (generation === 0n) return;
        const name = Buffer.from('api.x');
        each(encodeAttributes('name', { name, address: address(2), dnsLeft: 5000 }));
        each(encodeAttributes('name', { name, address: address(1), agentLeft: 1000, dnsLeft: 9000 }));
        return;
      }
      transport.dumps++;
      each(encodeAttributes('dump', { generation, size: BUNDLE.byteLength, offset: 0, data: BUNDLE }));
    },
    close: () => {},
  };
  return transport;
}

test('names have their addresses, who said so and for how long, and those without any are named', async () => {
  const transport = moduleWith([3n]);
  const list = createNamesLister(async () => transport);
  const listed = await list();
  expect(listed).toEqual({
    names: [
      { name: 'api.x', address: '192.0.2.1', sources: ['agent', 'dns'], left: 9000 },
      { name: 'api.x', address: '192.0.2.2', sources: ['dns'], left: 5000 },
    ],
    without: ['b.x'],
  });
  expect(await list()).toEqual(listed);
  expect(transport.dumps).toBe(1);
});

test('what is listed while another policy comes into force is listed again', async () => {
  const transport = moduleWith([3n, 4n, 4n]);
  await createNamesLister(async () => transport)();
  expect(transport.dumps).toBe(2);
});

test('without a policy there are none', async () => {
  expect(await createNamesLister(async () => moduleWith([0n]))()).toEqual({ names: [], without: [] });
});
