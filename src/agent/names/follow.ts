// SPDX-License-Identifier: Apache-2.0
// Keeps the kernel told of the addresses of names: asks again before they run out, and pushes what has changed. A process has addresses
// from other answers than these, so one that is not in the latest answer is held for a while.

import { setTimeout as setTimer, clearTimeout as clearTimer } from 'node:timers';
import { formatAddress } from '../../bundle/address.ts';
import { NAME_ADDRESSES_MAX, NAME_TTL_MAX } from '../../netlink/generated.ts';
import type { SaidAddress } from '../../netlink/names.ts';
import type { Answer, Lookup } from './lookup.ts';

/** Seconds; docs/names.md tells them. */
export const TIMES = {
  /** An address is held this long after its time to live. */
  grace: 300,
  /** And this long while no resolver answers. */
  stale: 3600,
  /** A name is not asked for more often. */
  shortest: 5,
  /** Nor less often. */
  longest: 3600,
  /** A name without addresses is asked for again after this. */
  none: 60,
  /** After failures: doubled each time, from the shortest to this. */
  backoff: 300,
} as const;

/** Names that are asked for at the same time. */
export const CONCURRENCY = 32;

export interface Clock {
  /** Milliseconds that never go back. */
  readonly now: () => number;
  /** Calls back once, after some milliseconds, unless it is cancelled before by the function that this returns. */
  readonly after: (ms: number, run: () => void) => () => void;
}

export interface FollowOptions {
  readonly lookup: Lookup;
  /** Tells the kernel all addresses of a name: `setName` of a client. */
  readonly push: (name: string, addresses: readonly SaidAddress[]) => Promise<void>;
  /** Ends it. */
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  /** From 0 to below 1. */
  readonly random?: () => number;
}

/** What is known of a name. */
export interface FollowedName {
  readonly name: string;
  /** Addresses that the kernel was told. */
  readonly addresses: readonly Uint8Array[];
  /** Addresses of the latest answer that were left out, since a name can have only so many. */
  readonly leftOut: number;
  /** Why the latest question or push failed; absent when it did not. */
  readonly trouble?: string | undefined;
}

export interface NameFollower {
  /**
   * Follows these names from now on, and no others. To be called whenever a policy has come into force, also with the same names: the
   * kernel may have forgotten their addresses meanwhile, so they are pushed again.
   */
  follow(names: readonly string[]): void;
  /** What is known of each name, in the order in which they were given. */
  status(): readonly FollowedName[];
}

/** An address, and until when; milliseconds of the clock. */
interface Held {
  readonly address: Uint8Array;
  /** When it was last in an answer, and its time to live then. */
  readonly seen: number;
  readonly ttl: number;
  /** Until when it is to be held. */
  until: number;
  /** Until when the kernel was told to hold it; 0: it was not. */
  told: number;
}

interface Name {
  readonly name: string;
  /** By the address in words: one map for each family, as one may fail alone. */
  readonly held: readonly [Map<string, Held>, Map<string, Held>];
  /** When it is asked for next. */
  next: number;
  failures: number;
  /** Pushes that failed, one after the other. */
  refusals: number;
  leftOut: number;
  trouble: string | undefined;
  cancel: (() => void) | undefined;
  /** Whether it waits for its turn, or has it. */
  busy: boolean;
}

const SYSTEM_CLOCK: Clock = {
  now: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimer(run, ms);
    return () => clearTimer(timer);
  },
};

/** Begins to follow names, none at first. */
export function followNames({
  lookup,
  push,
  signal,
  clock = SYSTEM_CLOCK,
  random = Math.random,
}: FollowOptions): NameFollower {
  let names = new Map<string, Name>();
  const waiting: Name[] = [];
  let running = 0;
  /** Of the list: what was pushed under another one may be forgotten. */
  let turnOfList = 0;

  const isFollowed = (name: Name): boolean => !signal.aborted && names.get(name.name) === name;

  function turn(name: Name): void {
    name.cancel?.();
    name.cancel = undefined;
    if (name.busy || !isFollowed(name)) return;
    name.busy = true;
    waiting.push(name);
    start();
  }

  function start(): void {
    while (running < CONCURRENCY) {
      const name = waiting.shift();
      if (name === undefined) return;
      running++;
      const began = turnOfList;
      void run(name).finally(() => {
        running--;
        name.busy = false;
        const wait = began === turnOfList ? Math.max(0, name.next - clock.now()) : 0;
        if (isFollowed(name)) name.cancel = clock.after(wait, () => turn(name));
        start();
      });
    }
  }

  async function run(name: Name): Promise<void> {
    if (!isFollowed(name)) return;
    if (clock.now() >= name.next) await ask(name);
    if (isFollowed(name)) await tell(name);
  }

  async function ask(name: Name): Promise<void> {
    const answers = await lookup(name.name);
    const now = clock.now();
    const failed = answers.find((answer) => answer.kind === 'failed');
    name.failures = failed === undefined ? 0 : name.failures + 1;
    name.trouble = failed?.kind === 'failed' ? `DNS: ${failed.code}` : undefined;
    for (const [i, answer] of answers.entries()) {
      const held = name.held[i === 0 ? 0 : 1];
      take(held, answer, now);
    }
    name.leftOut = leaveOut(name.held);
    name.next = now + pause(name, answers) * 1000;
  }

  /** Seconds until it is asked for again. Each name draws its own, so that they do not all come at once. */
  function pause({ failures: asked, refusals }: Name, answers: readonly Answer[]): number {
    const failures = Math.max(asked, refusals);
    const jitter = 0.75 + 0.2 * random();
    if (failures > 0) return Math.min(TIMES.backoff, TIMES.shortest * 2 ** (failures - 1)) * jitter;
    const ttls = answers.flatMap((answer) =>
      answer.kind === 'addresses' ? answer.addresses.map(({ ttl }) => ttl) : [],
    );
    const least = ttls.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    const seconds = ttls.length === 0 ? TIMES.none : Math.min(Math.max(least, TIMES.shortest), TIMES.longest);
    return seconds * jitter;
  }

  /** Pushes what the kernel does not know, or what would run out there before this looks again. */
  async function tell(name: Name): Promise<void> {
    const now = clock.now();
    const began = turnOfList;
    const all = heldAt(name, now);
    const isDue = all.some(
      ({ until, told }) => until > told && (told === 0 || told < name.next + (TIMES.grace * 1000) / 2),
    );
    if (!isDue) return;
    const said = all.map((held) => ({
      held,
      seconds: Math.min(NAME_TTL_MAX, Math.max(1, Math.ceil((held.until - now) / 1000))),
    }));
    try {
      await push(
        name.name,
        said.map(({ held, seconds }) => ({ address: held.address, seconds })),
      );
      name.refusals = 0;
      if (began === turnOfList) for (const { held } of said) held.told = held.until;
    } catch (error) {
      name.refusals++;
      name.trouble = error instanceof Error ? error.message : String(error);
      // It is asked for again then, and pushed again.
      name.next = clock.now() + pause(name, []) * 1000;
    }
  }

  signal.addEventListener(
    'abort',
    () => {
      for (const { cancel } of names.values()) cancel?.();
      waiting.length = 0;
    },
    { once: true },
  );

  return {
    follow(list) {
      const known = names;
      turnOfList++;
      names = new Map(list.map((name) => [name, known.get(name) ?? newName(name)]));
      for (const [text, name] of known) if (!names.has(text)) name.cancel?.();
      for (const name of names.values()) {
        for (const held of name.held) for (const one of held.values()) one.told = 0;
        turn(name);
      }
    },
    status: () =>
      [...names.values()].map((name) => ({
        name: name.name,
        addresses: heldAt(name, clock.now()).flatMap(({ address, told }) => (told > 0 ? [address] : [])),
        leftOut: name.leftOut,
        trouble: name.trouble,
      })),
  };
}

function newName(name: string): Name {
  return {
    name,
    held: [new Map(), new Map()],
    next: 0,
    failures: 0,
    refusals: 0,
    leftOut: 0,
    trouble: undefined,
    cancel: undefined,
    busy: false,
  };
}

/** Addresses whose time has not ended. */
function heldAt({ held }: Name, now: number): readonly Held[] {
  return held.flatMap((of) => [...of.values()].filter(({ until }) => until > now));
}

/** What an answer says of the addresses of one family. */
function take(held: Map<string, Held>, answer: Answer, now: number): void {
  if (answer.kind === 'addresses')
    for (const { address, ttl } of answer.addresses) {
      if (!canBePeer(address)) continue;
      const text = formatAddress(address);
      held.set(text, {
        address,
        seen: now,
        ttl,
        until: now + (ttl + TIMES.grace) * 1000,
        told: held.get(text)?.told ?? 0,
      });
    }
  for (const [text, one] of held) {
    // Nobody says that it has gone, so it stays, but not for ever.
    if (answer.kind === 'failed')
      one.until = Math.max(
        one.until,
        Math.min(now + TIMES.grace * 1000, one.seen + (one.ttl + TIMES.stale) * 1000),
      );
    if (one.until <= now) held.delete(text);
  }
}

/** Drops what is too much for one name: first what was seen longest ago, and of the rest always the same. Gives how many of the latest. */
function leaveOut(held: Name['held']): number {
  const all = held.flatMap((of) => [...of].map(([text, one]) => ({ of, text, one })));
  if (all.length <= NAME_ADDRESSES_MAX) return 0;
  const latest = Math.max(...all.map(({ one }) => one.seen));
  all.sort(
    (a, b) =>
      b.one.seen - a.one.seen ||
      Number(b.one.told > 0) - Number(a.one.told > 0) ||
      Buffer.compare(a.one.address, b.one.address),
  );
  const dropped = all.slice(NAME_ADDRESSES_MAX);
  for (const { of, text } of dropped) of.delete(text);
  return dropped.filter(({ one }) => one.seen === latest).length;
}

/**
 * Whether an address is one of another host. What is only this host's own is not taken from DNS, here as in the kernel; the kernel refuses
 * the others as a whole push.
 */
function canBePeer(address: Uint8Array): boolean {
  const isMapped = address.every((byte, i) => i >= 12 || byte === (i < 10 ? 0 : 0xff));
  if (isMapped) {
    const first = address[12] ?? 0;
    const isBroadcast = address.subarray(12).every((byte) => byte === 0xff);
    return first !== 0 && first !== 127 && (first < 224 || first >= 240) && !isBroadcast;
  }
  const isLow = address.every((byte, i) => byte === 0 || (i === 15 && byte === 1));
  return !isLow && address[0] !== 0xff;
}
