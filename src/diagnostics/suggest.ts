// SPDX-License-Identifier: Apache-2.0
// "Did you mean": the nearest of the names that exist.

/**
 * The candidate that is most likely meant by `written`: the same but for case, at most two edits away (a letter
 * added, dropped, changed, or two neighbours exchanged; one edit for names of up to four letters), or the shortest
 * that begins with it (from three letters on). Ties go to the first in order of code units.
 *
 * @returns undefined when nothing is near, or when `written` itself is a candidate.
 */
export function suggestName(written: string, candidates: Iterable<string>): string | undefined {
  const wanted = written.toLowerCase();
  const most = wanted.length <= 4 ? 1 : 2;
  let best: { readonly name: string; readonly cost: number } | undefined;
  for (const name of candidates) {
    if (name === written) return undefined;
    const cost = costOf(wanted, name.toLowerCase(), most);
    if (cost === undefined) continue;
    if (best === undefined || cost < best.cost || (cost === best.cost && name < best.name))
      best = { name, cost };
  }
  return best?.name;
}

/** Lower is nearer; edits come before prefixes. */
function costOf(written: string, name: string, most: number): number | undefined {
  if (Math.abs(written.length - name.length) <= most) {
    const edits = editDistance(written, name);
    if (edits <= most && isSlip(edits, written, name)) return edits;
  }
  if (written.length >= 3 && name.startsWith(written)) return most + name.length - written.length;
  return undefined;
}

/** Every letter changed is not a slip, and of two letters not even one: they may be exchanged. */
function isSlip(edits: number, written: string, name: string): boolean {
  if (written.length > 2 || written.length !== name.length)
    return edits < Math.max(written.length, name.length);
  return written === name || written === name.charAt(1) + name.charAt(0);
}

/** Optimal string alignment distance: insertions, deletions, substitutions, exchanges of neighbours. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, at(beforeLast, j - 2) + 1);
      }
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}
