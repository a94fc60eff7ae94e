// SPDX-License-Identifier: Apache-2.0
// Order and length of texts as the bundle sees them: by their UTF-8 bytes, not by JavaScript's UTF-16 units.

const SURROGATE = 0xd800;
const AFTER_SURROGATES = 0xe000;

/** Negative, zero or positive as the UTF-8 bytes of `a` come before, equal or come after those of `b`. Both must be well formed. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    // Only units from the surrogates on are out of order: a pair stands for a code point beyond all single units.
    if (x !== y) return x < SURROGATE || y < SURROGATE ? x - y : rank(x) - rank(y);
  }
  return a.length - b.length;
}

function rank(unit: number): number {
  return unit >= AFTER_SURROGATES ? unit - AFTER_SURROGATES : unit + AFTER_SURROGATES;
}

/** Negative, zero or positive: lists compared item by item; the start of a longer list comes before it. */
export function compareLists<T>(a: readonly T[], b: readonly T[], compare: (x: T, y: T) => number): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a[i];
    const y = b[i];
    if (x === undefined || y === undefined) break;
    const order = compare(x, y);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Bytes of the text in UTF-8. */
export function textLength(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}
