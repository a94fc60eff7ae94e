// SPDX-License-Identifier: Apache-2.0
// What is made of the module's list of connections. The module is asked in test/kernel.

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createLister } from '../../src/operations/connections.ts';
import { encodeAttribute, encodeAttributes, type Values } from '../../src/netlink/attributes.ts';
import { COMMANDS } from '../../src/netlink/generated.ts';
import type { Transport } from '../../src/netlink/transport.ts';
import { compileSmall } from '../apply/policies.ts';

const policy = compileSmall({
  identities: { 'app/web': { selectors: [{ 'process:name': 'web' }], egress: [['db']] } },
  services: { db: ['10.0.0.1:5432'] },
});

const address = (...last: readonly number[]): Uint8Array =>
  Uint8Array.of(...Array<number>(10).fill(0), 0xff, 0xff, ...last);

const connection = (pid: number, generation: bigint): Values<'connection'> => ({
  direction: 0,
  state: 1,
  localAddress: address(10, 9, 9, 9),
  localPort: 40_000,
  remoteAddress: address(10, 0, 0, 1),
  remotePort: 5432,
  since: BigInt(1_700_000_000 - pid),
  generation,
  bytesSent: 1n,
  bytesReceived: 2n,
  pid,
  comm: 'web',
  action: 1,
  rule: 3,
  identity: 0,
  service: 0,
});

const FAMILY = 0x1f;
/** Its number and its version. */
const FAMILY_REPLY = Buffer.concat([
  encodeAttribute(1, Uint8Array.of(FAMILY, 0)),
  encodeAttribute(3, Uint8Array.of(1, 0, 0, 0)),
]);

/** Answers as a module in which the generations given are in force one after the other, each for one question of what is in force. */
function moduleWith(generations: bigint[]): Transport & { dumps: number } {
  let generation = generations[0] ?? 0n;
  const transport = {
    dumps: 0,
    async request(request: { readonly command: number; readonly family: number }) {
      if (request.family !== FAMILY) return [FAMILY_REPLY];
      generation = generations.shift() ?? generation;
      return [
        encodeAttributes('info', {
          moduleVersion: '0.1.0',
          bundleVersion: 4,
          state: 0,
          generation,
          sockets: 2,
          calls: 0,
          ...(generation === 0n ? {} : { digest: Buffer.from(policy.digest, 'hex') }),
        }),
      ];
    },
    async dump(request: { readonly command: number }, each: (part: Uint8Array) => void) {
      if (request.command === COMMANDS.connections.number) {
        for (const pid of [1, 2]) each(encodeAttributes('connection', connection(pid, generation)));
        return;
      }
      transport.dumps++;
      const { bundle } = policy;
      each(encodeAttributes('dump', { generation, size: bundle.byteLength, offset: 0, data: bundle }));
    },
    close: () => {},
  };
  return transport;
}

test('connections have the names of the policy in force, the oldest first, and it is fetched once', async () => {
  const transport = moduleWith([3n]);
  const list = createLister(mkdtempSync(join(tmpdir(), 'riptides-connections-')), async () => transport);
  const listed = await list();
  expect(listed).toMatchObject([
    { process: { pid: 2, name: 'web' }, identity: 'app/web', service: 'db', rule: { id: 3 } },
    { process: { pid: 1 }, local: '10.9.9.9:40000', remote: '10.0.0.1:5432', action: 'allow', generation: 3 },
  ]);
  expect(await list()).toEqual(listed);
  expect(transport.dumps).toBe(1);
});

test('what is listed while another policy comes into force is listed again', async () => {
  const list = createLister(mkdtempSync(join(tmpdir(), 'riptides-connections-')), async () =>
    moduleWith([3n, 4n, 4n]),
  );
  expect((await list()).map(({ generation }) => generation)).toEqual([4, 4]);
});

test('without a policy they have no names', async () => {
  const list = createLister(mkdtempSync(join(tmpdir(), 'riptides-connections-')), async () =>
    moduleWith([0n]),
  );
  const [first] = await list();
  expect(first).toMatchObject({ identity: undefined, service: undefined });
});

test('a directory that is not there is an error', async () => {
  const list = createLister('/nonexistent/policy', async () => moduleWith([3n]));
  await expect(list()).rejects.toMatchObject({ kind: 'usage' });
});
