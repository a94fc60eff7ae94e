// SPDX-License-Identifier: Apache-2.0
// Runs in the guest, with the module loaded: puts many policies in force while this process has connections, and prints as JSON what was
// closed beside what a plan says. Argument: how many times.

import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';

import { endWords } from '../../../src/bundle/words.ts';
import { type Client, openClient } from '../../../src/netlink/client.ts';
import type { KernelConnection } from '../../../src/netlink/connections.ts';
import { findRevoked } from '../../../src/plan/revoked.ts';
import { kernelTarget } from '../../../src/targets/kernel.ts';
import { portsOnly } from '../policies.ts';

const PORTS = Array.from({ length: 20 }, (_, i) => 9000 + i);
const CONNECTIONS = 500;
const SETTLE_MS = 10_000;

const changes = Number(process.argv[2]);
const target = kernelTarget({ node: 'n' });
const client = await openClient();

/** Both ends of a connection. */
interface Pair {
  readonly port: number;
  readonly ends: readonly [Socket, Socket];
}

const servers = await Promise.all(PORTS.map(listen));

async function listen(port: number): Promise<Server> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function open(i: number): Promise<Pair> {
  const port = PORTS[i % PORTS.length] ?? 0;
  const server = servers[i % PORTS.length];
  if (server === undefined) throw new RangeError('there is a server for each port');
  const made = connect(port, '127.0.0.1');
  const [[accepted]] = await Promise.all([once(server, 'connection'), once(made, 'connect')]);
  for (const end of [made, accepted]) end.on('error', () => {}).resume();
  return { port, ends: [made, accepted] };
}

/** The same draws each time: xorshift. */
let state = 1;
function draw(below: number): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % below;
}

async function commit(bundle: Uint8Array): Promise<void> {
  const { generation } = await target.info();
  await target.commit(bundle, { expectedGeneration: generation });
}

/** One end of a connection, as a text. */
function keyOf({
  direction,
  local,
  remote,
}: Pick<KernelConnection, 'direction' | 'local' | 'remote'>): string {
  return `${direction} ${endWords(local)} ${endWords(remote)}`;
}

async function listed(from: Client): Promise<ReadonlySet<string>> {
  return new Set((await from.connections()).map(keyOf));
}

function isOver({ ends }: Pair): boolean {
  return ends.some((end) => end.destroyed || end.closed);
}

await commit(portsOnly(PORTS, PORTS));
const pairs: Pair[] = [];
while (pairs.length < CONNECTIONS) pairs.push(await open(pairs.length));
const wrong: unknown[] = [];
let closed = 0;
let counted = 0;
for (let change = 0; change < changes && wrong.length < 5; change++) {
  const out = PORTS.filter(() => draw(4) > 0);
  const inward = PORTS.filter(() => draw(5) > 0);
  const bundle = portsOnly(out, inward);
  const before = await client.connections();
  const { revoked: revokedBefore } = (await client.info()).counters;
  const planned = findRevoked({ bundle }, before, Math.floor(Date.now() / 1000));
  await commit(bundle);

  const lost = (port: number): boolean => !out.includes(port) || !inward.includes(port);
  const expected = pairs.filter(({ port }) => lost(port));
  const deadline = Date.now() + SETTLE_MS;
  while (!expected.every(isOver) && Date.now() < deadline) await setTimeout(5);
  const over = pairs.filter(isOver);
  const after = await listed(client);
  const gone = before.filter((one) => !after.has(keyOf(one)));
  // What was planned is closed; what else is gone is the other end of one.
  const said = new Set(
    planned.connections.map(({ direction, local, remote }) => `${direction} ${local} ${remote}`),
  );
  const mirror = ({ direction, local, remote }: KernelConnection): string =>
    keyOf({ direction: direction === 'connect' ? 'accept' : 'connect', local: remote, remote: local });
  const unsaid = gone.filter((one) => !said.has(keyOf(one)) && !said.has(mirror(one)));
  const kept = [...said].filter((key) => after.has(key));
  const now = (await client.info()).counters.revoked - revokedBefore;
  // An end that the other one has reset before its turn is not counted.
  const ends = expected.length;
  if (
    over.length !== ends ||
    over.some(({ port }) => !lost(port)) ||
    unsaid.length > 0 ||
    kept.length > 0 ||
    planned.of !== before.length ||
    now < ends ||
    now > planned.count
  )
    wrong.push({ change, over: over.length, ends, unsaid: unsaid.length, kept, planned: planned.count, now });
  closed += ends;
  counted += now;

  await commit(portsOnly(PORTS, PORTS));
  for (const [i, pair] of pairs.entries()) {
    if (!isOver(pair)) continue;
    for (const end of pair.ends) end.destroy();
    pairs[i] = await open(i);
  }
}
console.log(JSON.stringify({ wrong, closed: closed > changes, counted: counted >= closed }));
process.exit();
