// SPDX-License-Identifier: Apache-2.0
// What a target of the fuzzer is: where its inputs come from, and what is promised of each of them.

import type { Random } from '../oracle/random.ts';

export interface Target {
  /** Inputs to begin with: files of the repository. */
  readonly seeds: () => readonly Uint8Array[];
  /** Bytes of an input that something is repeated in, at most; 64 KiB where each line can be a document that is compiled. */
  readonly largest: number;
  /** Words of the format, which chance would hardly hit upon. */
  readonly words: readonly string[];
  /** Whether inputs are texts in lines; else they are binary, with numbers in little-endian order. */
  readonly isText: boolean;
  /** An input made from nothing. */
  readonly generate?: (random: Random) => Uint8Array;
  /** A change as one who knows the format would make it; none where the input is not of it. */
  readonly change?: (input: Uint8Array, random: Random) => Uint8Array | undefined;
  /**
   * Does with an input what riptides would. Gives what became of it in a few words: an input with which something new happens is
   * changed further.
   *
   * @throws anything, when a promise is broken
   */
  readonly check: (input: Uint8Array) => string | Promise<string>;
}

/** What `largest` can be. */
export const LARGE = 64 * 1024;
export const HUGE = 256 * 1024;

/** A promise that was broken. `kind` has no values of the input in it: each kind is reported once. */
export class Broken extends Error {
  readonly kind: string;

  constructor(kind: string, details = '') {
    super(details === '' ? kind : `${kind}: ${details}`);
    this.name = 'Broken';
    this.kind = kind;
  }
}

/** Milliseconds that riptides may take for one input, whatever is in it. */
export const DEADLINE = 2000;

/** Riptides took too long. On a busy machine that can be by chance, so it counts only when it happens again. */
export class TooSlow extends Error {
  constructor(what: string, took: number) {
    super(`${what} took ${Math.round(took)} ms; ${DEADLINE} are promised`);
    this.name = 'TooSlow';
  }
}

/** Does a part of the work that riptides itself would do, within the deadline. What the oracle does beside it is not measured. */
export function timed<T>(what: string, work: () => T): T {
  const checkTime = startTime(what);
  const result = work();
  checkTime();
  return result;
}

/** The same of work that waits. */
export async function timedAsync<T>(what: string, work: () => Promise<T>): Promise<T> {
  const checkTime = startTime(what);
  const result = await work();
  checkTime();
  return result;
}

/** Time that the process was kept waiting by others does not count. */
function startTime(what: string): () => void {
  const start = performance.now();
  const used = process.cpuUsage();
  return () => {
    const took = performance.now() - start;
    if (took <= DEADLINE) return;
    const { user, system } = process.cpuUsage(used);
    const worked = Math.min(took, (user + system) / 1000);
    if (worked > DEADLINE) throw new TooSlow(what, worked);
  };
}
