// SPDX-License-Identifier: Apache-2.0
// What formatting changes, as a unified diff. Formatting changes little, and where it changes much nobody reads the diff: the search for the
// shortest one is bounded, and beyond the bound the whole text is replaced.

import { formatPatch, OMIT_HEADERS, type StructuredPatchHunk, structuredPatch } from 'diff';

/** Lines removed and added beyond which no shortest diff is searched for. */
const MOST_EDITS = 500;

/** Unchanged lines around a change. */
const CONTEXT = 3;

/** A text, and the same one as it is to be shown, line by line. */
export interface DiffSide {
  readonly text: string;
  readonly shown: string;
}

/** The unified diff from one text to another, with a line break at its end; empty when they are the same. */
export function unifiedDiff(file: string, before: DiffSide, after: DiffSide): string {
  if (before.text === after.text) return '';
  const patch = structuredPatch(file, file, before.text, after.text, undefined, undefined, {
    context: CONTEXT,
    maxEditLength: MOST_EDITS,
  });
  const old = before.shown.split('\n');
  const fresh = after.shown.split('\n');
  const hunks = patch?.hunks ?? [replaceAll(before.text, after.text)];
  const shown = {
    oldFileName: file,
    newFileName: file,
    hunks: hunks.map((hunk) => showHunk(hunk, old, fresh)),
  };
  return `--- ${file}\n+++ ${file} (formatted)\n${formatPatch({ ...shown, oldHeader: '', newHeader: '' }, OMIT_HEADERS)}`;
}

/** All lines of one text removed, and all of another added. */
function replaceAll(before: string, after: string): StructuredPatchHunk {
  const [removed, added] = [signedLines('-', before), signedLines('+', after)];
  const count = (lines: readonly string[]): number => lines.filter((line) => !line.startsWith('\\')).length;
  return {
    oldStart: 1,
    oldLines: count(removed),
    newStart: 1,
    newLines: count(added),
    lines: [...removed, ...added],
  };
}

function signedLines(sign: '-' | '+', text: string): readonly string[] {
  const lines = text.split('\n');
  const last = lines.pop() ?? '';
  const whole = lines.map((line) => sign + line);
  return last === '' ? whole : [...whole, sign + last, '\\ No newline at end of file'];
}

/** A hunk with the lines that are to be shown. */
function showHunk(
  hunk: StructuredPatchHunk,
  old: readonly string[],
  fresh: readonly string[],
): StructuredPatchHunk {
  let [before, after] = [hunk.oldStart - 1, hunk.newStart - 1];
  const lines = hunk.lines.map((line) => {
    const sign = line.charAt(0);
    if (sign === '\\') return line;
    const left = sign === '+' ? undefined : old[before++];
    const right = sign === '-' ? undefined : fresh[after++];
    return `${sign}${right ?? left ?? ''}`;
  });
  return { ...hunk, lines };
}
