// SPDX-License-Identifier: Apache-2.0
// The text of a scalar back to the characters it was written with. YAML folds lines and resolves escapes; a diagnostic
// about the fifth letter of an expression must still point at that letter.

/**
 * For each UTF-16 code unit of `value`, and for its end, the offset of the character in `raw` that it comes from.
 *
 * @param raw the scalar as written: with its quotes, or with the header of a block scalar
 * @returns undefined when the two cannot be brought together
 */
export function alignScalar(raw: string, value: string): readonly number[] | undefined {
  // Plain text can begin with none of these.
  const sign = raw.charAt(0);
  const quote = sign === "'" || sign === '"';
  const block = sign === '|' || sign === '>';
  let at = quote ? 1 : block ? blockStart(raw) : 0;
  const last = quote ? raw.length - 1 : raw.length;
  const offsets: number[] = [];
  let i = 0;
  // White space before the first letter of a block may be content or indentation; nobody points at it.
  if (block) for (; i < value.length && isSpace(value[i]); i++) offsets.push(at);
  while (i < value.length) {
    if (sign === '"') at += continuationAt(raw, at);
    const fold = foldAt(raw, at, last);
    if (fold > 0 && isSpace(value[i])) {
      // A line break and the white space around it stand for whatever white space it has become.
      for (; i < value.length && isSpace(value[i]); i++) offsets.push(at);
      at += fold;
      continue;
    }
    const written = sign === '"' ? escapeAt(raw, at) : sign === "'" && raw.startsWith("''", at) ? 2 : 0;
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

/** The offset of the first character of a scalar's text: after the header of a block scalar, with its quotes where it has some. */
export function textStart(raw: string): number {
  const start = /^[|>]/.test(raw) ? blockStart(raw) : 0;
  return start < raw.length ? start : 0;
}

/** The offset of the first letter after the header of a block scalar. */
function blockStart(raw: string): number {
  const header = raw.indexOf('\n') + 1;
  return header + (/^\s*/.exec(raw.slice(header))?.[0].length ?? 0);
}

/** How long a line break is that a backslash takes out of a double-quoted text, with the white space after it, or 0. */
function continuationAt(raw: string, at: number): number {
  const run = /\\\r?\n[ \t]*/y;
  run.lastIndex = at;
  return run.exec(raw)?.[0].length ?? 0;
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
