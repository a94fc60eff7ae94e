// SPDX-License-Identifier: Apache-2.0
// Paths in a document to positions in its file.

import type { DocumentPath, SourceRange } from '../../diagnostics/diagnostic.ts';
import type { SourceText } from './lines.ts';
import {
  childPosition,
  followPosition,
  indexChildren,
  keyStretch,
  type Positions,
  type Stretch,
  valuesBelow,
  valueStretch,
} from './positions.ts';
import { alignScalar, textStart } from './scalar-offsets.ts';
import type { LoadedDocument } from './types.ts';

interface FoundEntry {
  readonly entry: number;
  /** Whether every step of the path exists. */
  readonly whole: boolean;
}

/** The look-ups of a document, whose own entry is `root`. */
export function locator(
  value: unknown,
  positions: Positions,
  root: number,
  source: SourceText,
): Pick<LoadedDocument, 'locate' | 'locateKey' | 'locateText'> {
  const childOf = childFinder(positions);
  const find = (path: DocumentPath): FoundEntry => walk(positions, root, path, childOf);
  const locate = (path: DocumentPath): SourceRange => rangeOf(find(path), positions, source);
  return {
    locate,
    locateKey: (path) => {
      const found = find(path);
      const key = found.whole ? keyStretch(positions, found.entry) : undefined;
      return key === undefined ? rangeOf(found, positions, source) : source.range(key.start, key.end);
    },
    locateText: (path, start, end) => {
      const found = find(path);
      const text = path.reduce<unknown>(stepInto, value);
      if (!found.whole || typeof text !== 'string') return locate(path);
      const written = valueStretch(positions, followPosition(positions, found.entry));
      const offsets = alignScalar(source.text.slice(written.start, written.end), text);
      const from = offsets?.[start];
      const last = end > start ? offsets?.[end - 1] : from;
      if (from === undefined || last === undefined) return locate(path);
      return source.range(written.start + from, written.start + (end > start ? last + 1 : last));
    },
  };
}

type ChildFinder = (entry: number, step: string | number) => number | undefined;

/** Look-ups below one entry before its children are indexed: a list of 100,000 diagnostics must not be walked 100,000 times. */
const LOOKUPS_BEFORE_INDEX = 16;
/** Values below an entry that are walked without more ado. Nearly all maps and lists have fewer. */
const FEW_VALUES = 256;

function childFinder(positions: Positions): ChildFinder {
  let lookups: Map<number, number> | undefined;
  let indices: Map<number, ReadonlyMap<string | number, number>> | undefined;
  return (entry, step) => {
    if (valuesBelow(positions, entry) <= FEW_VALUES) return childPosition(positions, entry, step);
    const index = indices?.get(entry);
    if (index !== undefined) return index.get(step);
    lookups ??= new Map();
    const count = (lookups.get(entry) ?? 0) + 1;
    lookups.set(entry, count);
    if (count > LOOKUPS_BEFORE_INDEX) {
      indices ??= new Map();
      indices.set(entry, indexChildren(positions, entry));
    }
    return childPosition(positions, entry, step);
  };
}

function walk(positions: Positions, root: number, path: DocumentPath, childOf: ChildFinder): FoundEntry {
  let entry = root;
  for (const step of path) {
    const child = childOf(followPosition(positions, entry), step);
    if (child === undefined) return { entry, whole: false };
    entry = child;
  }
  return { entry, whole: true };
}

function stepInto(value: unknown, step: string | number): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.getOwnPropertyDescriptor(value, step)?.value;
}

/** A parent that stands in for what is missing is shown by its key: the whole of it would say too much. */
function rangeOf({ entry, whole }: FoundEntry, positions: Positions, source: SourceText): SourceRange {
  const key = whole ? undefined : keyStretch(positions, entry);
  return key === undefined
    ? trimmed(valueStretch(positions, entry), source)
    : source.range(key.start, key.end);
}

/** A map or list ends with its last letter, not with the empty lines that follow. */
export function trimmed({ start, end }: Stretch, source: SourceText): SourceRange {
  let last = end;
  while (last > start && /\s/.test(source.text[last - 1] ?? '')) last--;
  return source.range(start + textStart(source.text.slice(start, last)), last);
}
