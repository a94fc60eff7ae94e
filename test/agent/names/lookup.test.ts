// SPDX-License-Identifier: Apache-2.0
// What a real resolver answers, whose answers change.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Answer, createLookup, resolversOfHost } from '../../../src/agent/names/lookup.ts';
import { formatAddress } from '../../../src/bundle/address.ts';

/** Whether the resolver is there. Says so where it is not: what was not tested must not look tested. */
function hasDnsmasq(): boolean {
  const found = spawnSync('dnsmasq', ['--version']).status === 0;
  if (!found)
    process.stderr.write('dnsmasq is missing, and tests with it are skipped: run scripts/setup.sh vm\n');
  return found;
}

const words = (answer: Answer): unknown =>
  answer.kind === 'addresses'
    ? answer.addresses.map(({ address, ttl }) => `${formatAddress(address)} ${ttl}`).sort()
    : answer.kind === 'none'
      ? 'none'
      : answer.code;

(hasDnsmasq() ? describe : describe.skip)('a lookup', () => {
  const folder = mkdtempSync(join(tmpdir(), 'riptides-dns-'));
  const hosts = join(folder, 'hosts');
  const ending = new AbortController();
  let dnsmasq: ChildProcess;
  let port = 0;

  beforeAll(async () => {
    const probe = createSocket('udp4').bind(0, '127.0.0.1');
    await once(probe, 'listening');
    port = probe.address().port;
    probe.close();
    writeFileSync(hosts, '192.0.2.1 api.x\n192.0.2.2 api.x\nfd00::1 api.x\n192.0.2.3 four.x\n');
    dnsmasq = spawn(
      'dnsmasq',
      [
        '--keep-in-foreground',
        '--conf-file=/dev/null',
        '--no-resolv',
        '--no-hosts',
        `--addn-hosts=${hosts}`,
      ].concat(
        [`--port=${port}`, '--listen-address=127.0.0.1', '--bind-interfaces', '--local-ttl=7', '--pid-file='],
        [`--user=${process.getuid?.() === 0 ? 'root' : ''}`, '--cname=alias.x,api.x', '--local=/x/'],
      ),
      { stdio: 'ignore' },
    );
    for (;;) {
      const [v4] = await createLookup({ servers: [`127.0.0.1:${port}`], signal: ending.signal })('api.x');
      if (v4.kind === 'addresses') break;
      await setTimeout(50);
    }
  });

  afterAll(() => {
    ending.abort();
    dnsmasq.kill();
    rmSync(folder, { recursive: true });
  });

  const ask = async (name: string): Promise<readonly unknown[]> =>
    (await createLookup({ servers: [`127.0.0.1:${port}`], signal: ending.signal })(name)).map(words);

  test('gives the addresses of both families with their times to live, and through aliases', async () => {
    expect(await ask('api.x')).toEqual([['192.0.2.1 7', '192.0.2.2 7'], ['fd00::1 7']]);
    expect(await ask('alias.x')).toEqual([['192.0.2.1 7', '192.0.2.2 7'], ['fd00::1 7']]);
    expect(await ask('four.x')).toEqual([['192.0.2.3 7'], 'none']);
  });

  test('gives what has changed', async () => {
    writeFileSync(hosts, '192.0.2.9 api.x\n');
    dnsmasq.kill('SIGHUP');
    await setTimeout(300);
    expect(await ask('api.x')).toEqual([['192.0.2.9 7'], 'none']);
  });

  test('tells a name that is not there from a resolver that does not answer', async () => {
    expect(await ask('nowhere.x')).toEqual(['none', 'none']);
    const silent = createLookup({ servers: ['127.0.0.1:1'], signal: ending.signal });
    expect((await silent('api.x')).map(words)).toEqual(['ECONNREFUSED', 'ECONNREFUSED']);
  });

  test('ends at the signal', async () => {
    const mute = createSocket('udp4').bind(0, '127.0.0.1');
    await once(mute, 'listening');
    const own = new AbortController();
    const asked = createLookup({ servers: [`127.0.0.1:${mute.address().port}`], signal: own.signal })(
      'api.x',
    );
    own.abort();
    expect((await asked).map(words)).toEqual(['ECANCELLED', 'ECANCELLED']);
    mute.close();
  });
});

test('resolvers of the host are addresses of 16 bytes, no more than wanted', () => {
  for (const address of resolversOfHost(2)) expect(address).toHaveLength(16);
  expect(resolversOfHost(0)).toEqual([]);
});
