// SPDX-License-Identifier: Apache-2.0
// Runs a target: input after input, each of which follows from the seed and from what became of those before it.

import { type Random, randomFrom } from '../oracle/random.ts';
import { MOST_BYTES, mutate, pick } from './mutate.ts';
import { Broken, type Target, TooSlow } from './target.ts';

export interface EngineOptions {
  readonly seed: number;
  /** Milliseconds. */
  readonly time: number;
  /** Called with each input before it is tried. */
  readonly before: (input: Uint8Array) => void;
  readonly found: (finding: Finding) => void | Promise<void>;
  /** Called now and then. */
  readonly progress: (counts: Counts) => void;
}

export interface Counts {
  readonly runs: number;
  /** Different things that became of inputs. */
  readonly outcomes: number;
  readonly findings: number;
}

export interface Finding {
  readonly kind: string;
  readonly error: unknown;
  readonly input: Uint8Array;
  readonly run: number;
}

/** Inputs that are kept to be changed further. */
const MOST_KEPT = 3000;
const MOST_FINDINGS = 20;
const TRIES_AGAINST_THE_CLOCK = 3;

export async function runTarget(target: Target, options: EngineOptions): Promise<Counts> {
  const { seed, time, before, found, progress } = options;
  const seeds = target.seeds();
  const kept = [...seeds];
  const outcomes = new Set<string>();
  const kinds = new Set<string>();
  const end = performance.now() + time;
  let told = performance.now();
  let runs = 0;
  const counts = (): Counts => ({ runs, outcomes: outcomes.size, findings: kinds.size });
  for (; performance.now() < end && kinds.size < MOST_FINDINGS; runs++) {
    const input = seeds[runs] ?? nextInput(target, seeds, kept, randomFrom(mix(seed, runs)));
    before(input);
    const result = await tryInput(target, input);
    if ('outcome' in result) {
      if (!outcomes.has(result.outcome)) {
        outcomes.add(result.outcome);
        if (kept.length < MOST_KEPT && input.length <= MOST_BYTES) kept.push(input);
      }
    } else if (!kinds.has(result.kind)) {
      kinds.add(result.kind);
      await found({ ...result, input, run: runs });
    }
    if (performance.now() - told > 10_000) {
      told = performance.now();
      progress(counts());
      // Timers and signals have their turn.
      await new Promise(setImmediate);
    }
  }
  return counts();
}

function mix(seed: number, run: number): number {
  return (Math.imul(seed, 0x9e3779b1) ^ Math.imul(run + 1, 0x85ebca6b)) | 0;
}

function nextInput(
  target: Target,
  seeds: readonly Uint8Array[],
  kept: readonly Uint8Array[],
  random: Random,
): Uint8Array {
  const one = (): Uint8Array => {
    if (target.generate !== undefined && (kept.length === 0 || random.once(4)))
      return target.generate(random);
    // Small inputs are tried sooner, and so more often.
    const from = random.once(2) && seeds.length > 0 ? seeds : kept;
    const [a, b] = [pick(random, from), pick(random, from)];
    return a.length < b.length ? a : b;
  };
  let input = one();
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
  const { words, isText, largest } = target;
  const ingredients = { random, words, isText, largest, other: () => text(one()) };
  do {
    const changed = random.once(3) ? undefined : target.change?.(input, random);
    input = changed ?? Buffer.from(mutate(text(input), ingredients), 'latin1');
  } while (random.once(2));
  return new Uint8Array(input);
}

type Result = { readonly outcome: string } | { readonly kind: string; readonly error: unknown };

/** Does with an input what the target says. A deadline counts as missed when it is missed again and again. */
export async function tryInput(target: Target, input: Uint8Array): Promise<Result> {
  for (let tries = 1; ; tries++) {
    try {
      return { outcome: await target.check(input) };
    } catch (error) {
      if (error instanceof TooSlow && tries < TRIES_AGAINST_THE_CLOCK) continue;
      return { kind: kindOf(error), error };
    }
  }
}

/** What tells findings apart: the promise that was broken, or the place in the sources that threw. */
function kindOf(error: unknown): string {
  if (error instanceof Broken) return error.kind;
  if (error instanceof TooSlow) return error.message.replaceAll(/\d+/g, 'n');
  if (!(error instanceof Error)) return `${typeof error} thrown`;
  const place = /\(?([^\s(]*\/(?:src|test)\/[^\s:]+):\d+/.exec(
    error.stack?.split('\n    at ').slice(1).join('\n') ?? '',
  );
  const message = error.message.replaceAll(/["'`][^"'`]*["'`]|\d+/g, '…').slice(0, 80);
  return `${error.name} ${message} ${place?.[1]?.replace(/^.*\/((?:src|test)\/)/, '$1') ?? ''}`;
}

/** A smaller input that breaks the same promise, as far as it is found within the time. */
export async function minimise(
  target: Target,
  { input, kind }: Finding,
  time: number,
  before: (input: Uint8Array) => void,
): Promise<Uint8Array> {
  const end = performance.now() + time;
  let best = input;
  for (let size = Math.ceil(best.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < best.length && performance.now() < end; ) {
      const smaller = new Uint8Array([...best.subarray(0, at), ...best.subarray(at + size)]);
      before(smaller);
      const result = await tryInput(target, smaller);
      if ('kind' in result && result.kind === kind) best = smaller;
      else at += size;
    }
  }
  return best;
}
