// SPDX-License-Identifier: Apache-2.0

/** A number of things, in words that agree with it: `1 identity`, `2 identities`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
