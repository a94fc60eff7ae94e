// SPDX-License-Identifier: Apache-2.0

/** CPU time of this process so far, in milliseconds. Limits are on this, so that other work on the machine makes no test fail. */
export function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/**
 * How many times the CPU time of a run grows when its input becomes four times as large: 4 where it is in proportion, 16 where each part
 * is looked at with each other. The best of three runs counts, as garbage collection comes when it likes.
 */
export function growth(size: number, prepare: (size: number) => () => unknown): number {
  const time = (count: number): number => {
    const run = prepare(count);
    const times = [0, 1, 2].map(() => {
      const start = cpuTime();
      run();
      return cpuTime() - start;
    });
    return Math.min(...times);
  };
  time(size);
  // What takes less than a millisecond is not told from nothing.
  return time(4 * size) / Math.max(1, time(size));
}
