// SPDX-License-Identifier: Apache-2.0

/** How many parts of a list are written out; the rest is counted, and in the JSON. */
const FEW = 6;

/** A list in words, its end counted when it is long; `more` parts are not in it. */
export function listWords(parts: readonly string[], separator = ', ', more = 0): string {
  const left = Math.max(0, parts.length - FEW) + more;
  const shown = parts.slice(0, FEW).join(separator);
  return left === 0 ? shown : `${shown}${separator}and ${left} more`;
}
