// SPDX-License-Identifier: Apache-2.0
// The text of a scalar back to the characters it was written with. YAML folds lines and resolves escapes; a finding
// about the fifth letter of an expression must still point at that letter.

/**
 * For each UTF-16 code unit of `value`, and for its end, the offset of the character in `raw` that it comes from.
 *
 * @param raw the scalar as written: with its quotes, or with the header of a block scalar
 * @param type as `yaml` names it: PLAIN, QUOTE_SINGLE, QUOTE_DOUBLE, BLOCK_LITERAL or BLOCK_FOLDED
 * @returns undefined when the two cannot be brought together
 */
export function alignScalar(
  raw: string,
  value: string,
  type: string | null | undefined,
): readonly number[] | undefined {
  const quote = type === 'QUOTE_SINGLE' || type === 'QUOTE_DOUBLE';
  const block = type === 'BLOCK_LITERAL' || type === 'BLOCK_FOLDED';
  let at = quote ? 1 : block ? blockStart(raw) : 0;
  const last = quote ? raw.length - 1 : raw.length;
  const offsets: number[] = [];
  let i = 0;
  while (i < value.length) {
    const fold = foldAt(raw, at, last);
    if (fold > 0 && isSpace(value[i])) {
      // A line break and the white space around it stand for whatever white space it has become.
      for (; i < value.length && isSpace(value[i]); i++) offsets.push(at);
      at += fold;
      continue;
    }
    const written =
      type === 'QUOTE_DOUBLE'
        ? escapeAt(raw, at)
        : type === 'QUOTE_SINGLE' && raw.startsWith("''", at)
          ? 2
          : 0;
    if (written > 0) {
      // A character beyond the basic plane is one escape and two code units.
      const units = (value.codePointAt(i) ?? 0) > 0xffff ? 2 : 1;
      for (let n = 0; n < units; n++) offsets.push(at);
      i += units;
      at += written;
      continue;
    }
    if (raw[at] !== value[i] || at >= last) {
      // The final line break of a block scalar may not be in the file.
      if (block && value[i] === '\n' && at >= last) {
        offsets.push(last);
        i++;
        continue;
      }
      return undefined;
    }
    offsets.push(at);
    i++;
    at++;
  }
  offsets.push(Math.min(at, last));
  return offsets;
}

function isSpace(c: string | undefined): boolean {
  return c === ' ' || c === '\n' || c === '\t';
}

/** The offset of the first character of content after the header of a block scalar and its indentation. */
function blockStart(raw: string): number {
  const header = raw.indexOf('\n') + 1;
  return header + (/^[ ]*/.exec(raw.slice(header))?.[0].length ?? 0);
}

/** How long the run of white space with at least one line break is that begins at an offset, or 0. */
function foldAt(raw: string, at: number, last: number): number {
  const run = /[ \t]*\r?\n\s*/y;
  run.lastIndex = at;
  const length = run.exec(raw)?.[0].length ?? 0;
  return Math.min(length, Math.max(0, last - at));
}

function escapeAt(raw: string, at: number): number {
  if (raw[at] !== '\\') return 0;
  const kind = raw[at + 1];
  return kind === 'x' ? 4 : kind === 'u' ? 6 : kind === 'U' ? 10 : 2;
}
