// SPDX-License-Identifier: Apache-2.0
// Paths in a document to places in its file.

import { type Alias, isAlias, isMap, isScalar, isSeq, type Node } from 'yaml';
import type { DocumentPath, SourceRange } from '../../diagnostics/diagnostic.ts';
import { rangeOf } from './convert.ts';
import type { SourceText } from './lines.ts';
import { alignScalar } from './scalar-offsets.ts';
import type { LoadedDocument } from './types.ts';

interface Found {
  readonly node: unknown;
  /** The key, when the last step was into a map. */
  readonly key: unknown;
  /** Whether every step of the path exists. */
  readonly whole: boolean;
}

/** The look-ups of a document, by walking its nodes; `targets` says what its aliases stand for. */
export function locator(
  root: Node,
  targets: ReadonlyMap<Alias, Node>,
  source: SourceText,
): Pick<LoadedDocument, 'locate' | 'locateKey' | 'locateText'> {
  const find = (path: DocumentPath): Found => walk(root, path, targets);
  return {
    locate: (path) => placeOf(find(path), source),
    locateKey: (path) => {
      const found = find(path);
      return found.whole && found.key !== undefined ? rangeOf(found.key, source) : placeOf(found, source);
    },
    locateText: (path, start, end) => {
      const found = find(path);
      const node = resolveAlias(found.node, targets);
      const whole = placeOf(found, source);
      if (!found.whole || !isScalar(node) || typeof node.value !== 'string' || node.range == null)
        return whole;
      const offsets = alignScalar(source.text.slice(node.range[0], node.range[1]), node.value, node.type);
      const from = offsets?.[start];
      const last = end > start ? offsets?.[end - 1] : from;
      if (from === undefined || last === undefined) return whole;
      return source.range(node.range[0] + from, node.range[0] + (end > start ? last + 1 : last));
    },
  };
}

function walk(root: Node, path: DocumentPath, targets: ReadonlyMap<Alias, Node>): Found {
  let node: unknown = root;
  let key: unknown;
  for (const step of path) {
    const inside = resolveAlias(node, targets);
    if (isMap(inside)) {
      const pair = inside.items.find((p) => isScalar(p.key) && p.key.value === step);
      if (pair === undefined) return { node, key, whole: false };
      key = pair.key;
      node = pair.value ?? pair.key;
    } else if (isSeq(inside) && typeof step === 'number' && step < inside.items.length) {
      key = undefined;
      node = inside.items[step];
    } else {
      return { node, key, whole: false };
    }
  }
  return { node, key, whole: true };
}

function resolveAlias(node: unknown, targets: ReadonlyMap<Alias, Node>): unknown {
  return isAlias(node) ? targets.get(node) : node;
}

/** A parent that stands in for what is missing is shown by its key: the whole of it would say too much. */
function placeOf(found: Found, source: SourceText): SourceRange {
  if (!found.whole && found.key !== undefined && !isScalar(found.node)) return rangeOf(found.key, source);
  return rangeOf(found.node, source);
}
