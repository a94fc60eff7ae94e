// SPDX-License-Identifier: Apache-2.0
// When names are asked for, and what the kernel is told. Time passes when the test says so; a real resolver is in lookup.test.ts.

import { expect, test } from '@jest/globals';
import { parseAddress, formatAddress, mapIPv4 } from '../../../src/bundle/address.ts';
import { CONCURRENCY, followNames, type NameFollower, TIMES } from '../../../src/agent/names/follow.ts';
import type { Answer } from '../../../src/agent/names/lookup.ts';
import { UserError } from '../../../src/errors.ts';

const NONE: Answer = { kind: 'none' };
const FAILED: Answer = { kind: 'failed', code: 'ETIMEOUT' };

function bytes(text: string): Uint8Array {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(text);
  return address.length === 4 ? mapIPv4(address) : address;
}

const four = (ttl: number, ...addresses: readonly string[]): Answer => ({
  kind: 'addresses',
  addresses: addresses.map((text) => ({ address: bytes(text), ttl })),
});

/** A follower in a world where time stands still until `pass` moves it. */
function world(answer: (name: string, at: number) => readonly [Answer, Answer]) {
  let now = 0;
  const timers = new Map<number, { at: number; run: () => void }>();
  let number = 0;
  const pushes: { at: number; name: string; said: Readonly<Record<string, number>> }[] = [];
  const asked: { at: number; name: string }[] = [];
  const ending = new AbortController();
  const state = { refuse: undefined as Error | undefined, running: 0, most: 0 };
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 50; i++) await Promise.resolve();
  };
  const follower: NameFollower = followNames({
    async lookup(name) {
      asked.push({ at: now / 1000, name });
      state.most = Math.max(state.most, ++state.running);
      await Promise.resolve();
      state.running--;
      return answer(name, now / 1000);
    },
    async push(name, addresses) {
      if (state.refuse !== undefined) throw state.refuse;
      const said = Object.fromEntries(
        addresses.map(({ address, seconds }) => [formatAddress(address), seconds]),
      );
      pushes.push({ at: now / 1000, name, said });
    },
    signal: ending.signal,
    clock: {
      now: () => now,
      after(ms, run) {
        const own = number++;
        timers.set(own, { at: now + ms, run });
        return () => timers.delete(own);
      },
    },
    random: () => 0.5,
  });
  return {
    follower,
    pushes,
    asked,
    state,
    timers,
    end: () => ending.abort(),
    settle,
    async pass(seconds: number): Promise<void> {
      const until = now + seconds * 1000;
      await settle();
      for (;;) {
        const [first] = [...timers].sort(([, a], [, b]) => a.at - b.at);
        if (first === undefined || first[1].at > until) break;
        timers.delete(first[0]);
        now = Math.max(now, first[1].at);
        first[1].run();
        await settle();
      }
      now = until;
    },
  };
}

test('a name is asked for before its time to live ends, and pushed only when the kernel would forget it', async () => {
  const it = world(() => [four(60, '192.0.2.1'), NONE]);
  it.follower.follow(['a.x']);
  await it.pass(0);
  expect(it.pushes).toEqual([{ at: 0, name: 'a.x', said: { '192.0.2.1': 60 + TIMES.grace } }]);
  await it.pass(1000);
  const pauses = it.asked.slice(1).map(({ at }, i) => at - (it.asked[i]?.at ?? 0));
  expect(Math.max(...pauses)).toBeLessThan(60);
  expect(Math.min(...pauses)).toBeGreaterThan(40);
  expect(it.pushes.length).toBeLessThan(it.asked.length / 2);
  // What the kernel was told never ran out.
  for (const [i, { at, said }] of it.pushes.slice(0, -1).entries())
    expect(it.pushes[i + 1]?.at).toBeLessThan(at + (said['192.0.2.1'] ?? 0));
});

test('an address that comes is pushed at once, and one that went stays for the grace', async () => {
  const it = world((_, at) => [four(10, at < 30 ? '192.0.2.1' : '192.0.2.2'), NONE]);
  it.follower.follow(['a.x']);
  await it.pass(45);
  const change = it.pushes.at(-1);
  expect(Object.keys(change?.said ?? {})).toEqual(['192.0.2.1', '192.0.2.2']);
  expect(change?.said['192.0.2.1']).toBeLessThan(10 + TIMES.grace);
  await it.pass(TIMES.grace + 200);
  expect(Object.keys(it.pushes.at(-1)?.said ?? {})).toEqual(['192.0.2.2']);
  expect(it.follower.status()[0]?.addresses.map(formatAddress)).toEqual(['192.0.2.2']);
});

test('a time to live of zero is asked for no more often than the shortest pause, and held for the grace', async () => {
  const it = world(() => [four(0, '192.0.2.1'), NONE]);
  it.follower.follow(['a.x']);
  await it.pass(100);
  expect(it.asked.length).toBeLessThanOrEqual(100 / (TIMES.shortest * 0.75) + 1);
  expect(it.pushes[0]?.said['192.0.2.1']).toBe(TIMES.grace);
});

test('while resolvers fail, addresses stay, for no longer than was said, and it backs off', async () => {
  const it = world((_, at) => (at < 1 ? [four(60, '192.0.2.1'), NONE] : [FAILED, FAILED]));
  it.follower.follow(['a.x']);
  await it.pass(TIMES.stale - 100);
  const told = it.pushes.map(({ at, said }) => at + (said['192.0.2.1'] ?? 0));
  expect(Math.max(...told)).toBeGreaterThan(TIMES.stale - 100);
  expect(it.follower.status()[0]).toMatchObject({ trouble: 'DNS: ETIMEOUT' });
  await it.pass(2 * TIMES.stale);
  const ends = it.pushes.map(({ at, said }) => at + (said['192.0.2.1'] ?? 0));
  expect(Math.max(...ends)).toBeLessThanOrEqual(60 + TIMES.stale + 1);
  expect(it.follower.status()[0]?.addresses).toEqual([]);
  const last = it.asked.slice(-3).map(({ at }) => at);
  expect((last[2] ?? 0) - (last[1] ?? 0)).toBeGreaterThan(TIMES.backoff * 0.7);
});

test('a family that fails alone keeps its addresses, and the other one is as the answer says', async () => {
  const six = four(60, 'fd00::1');
  const it = world((_, at) => (at < 1 ? [four(60, '192.0.2.1'), six] : [NONE, FAILED]));
  it.follower.follow(['a.x']);
  await it.pass(60 + TIMES.grace + 100);
  expect(it.follower.status()[0]?.addresses.map(formatAddress)).toEqual(['fd00::1']);
});

test('a push that is refused is made again', async () => {
  const it = world(() => [four(60, '192.0.2.1'), NONE]);
  it.state.refuse = new UserError('generation-moved', { message: 'another policy', fix: 'again' });
  it.follower.follow(['a.x']);
  await it.pass(20);
  expect(it.follower.status()[0]).toMatchObject({ addresses: [], trouble: 'another policy' });
  it.state.refuse = undefined;
  await it.pass(30);
  expect(it.pushes).toHaveLength(1);
  expect(it.follower.status()[0]).toMatchObject({ trouble: undefined });
});

test('what is followed anew is pushed anew without being asked for, and what is not any more is left alone', async () => {
  const it = world(() => [four(60, '192.0.2.1'), NONE]);
  it.follower.follow(['a.x', 'b.x']);
  await it.pass(1);
  const before = it.asked.length;
  it.follower.follow(['b.x', 'c.x']);
  await it.pass(1);
  expect(it.pushes.slice(2).map(({ name }) => name)).toEqual(['b.x', 'c.x']);
  expect(it.asked.slice(before).map(({ name }) => name)).toEqual(['c.x']);
  await it.pass(500);
  expect(it.asked.slice(before).some(({ name }) => name === 'a.x')).toBe(false);
  it.end();
  expect(it.timers.size).toBe(0);
  const after = it.asked.length;
  await it.pass(5000);
  expect(it.asked).toHaveLength(after);
});

test('10,000 names are asked for, so many at once as may be', async () => {
  const it = world(() => [four(3600, '192.0.2.1'), NONE]);
  it.follower.follow(Array.from({ length: 10_000 }, (_, i) => `n${i}.x`));
  while (it.pushes.length < 10_000) await it.settle();
  expect(it.asked).toHaveLength(10_000);
  expect(it.state.most).toBe(CONCURRENCY);
});

test('of 10,000 addresses the same ones are told each time, and what no peer has is none of them', async () => {
  const all = Array.from({ length: 10_000 }, (_, i) => `10.9.${i >> 8}.${i & 255}`);
  const it = world((_, at) => [
    four(60, ...(at < 1 ? all : all.toReversed()), '127.0.0.1', '0.0.0.0', '224.0.0.1', '255.255.255.255'),
    four(60, '::', '::1', 'ff02::1'),
  ]);
  it.follower.follow(['a.x']);
  await it.pass(500);
  expect(it.pushes.length).toBeGreaterThan(1);
  for (const { said } of it.pushes) expect(Object.keys(said).sort()).toEqual(all.slice(0, 256).sort());
  expect(it.follower.status()[0]?.leftOut).toBe(10_000 - 256);
});
