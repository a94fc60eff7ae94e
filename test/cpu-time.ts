// SPDX-License-Identifier: Apache-2.0

/** CPU time of this process so far, in milliseconds. Limits are on this, so that other work on the machine makes no test fail. */
export function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
