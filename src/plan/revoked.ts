// SPDX-License-Identifier: Apache-2.0
// Which connections that are up would be closed: the module decides each again by the bundle that comes into force, and so does this.

import { NONE } from '../bundle/generated.ts';
import { openBundle } from '../bundle/core.ts';
import { endWords } from '../bundle/words.ts';
import { isSourceMap } from '../bundle/source-map.ts';
import type { SourceRange } from '../diagnostics/diagnostic.ts';
import type { Direction, KernelConnection } from '../netlink/connections.ts';

/** Connections that are listed; the rest is counted. */
export const MOST_REVOKED = 1000;

/** What applying a bundle does to the connections of a host. */
export interface Revoked {
  /** Connections that would be closed. */
  readonly count: number;
  /** Connections in all. */
  readonly of: number;
  /** The first MOST_REVOKED of those that would be closed, the oldest first. */
  readonly connections: readonly RevokedConnection[];
}

/** A connection that would be closed. */
export interface RevokedConnection {
  readonly direction: Direction;
  readonly pid: number;
  /** Of the process. */
  readonly name?: string | undefined;
  /** This end: `10.0.0.1:40000`. */
  readonly local: string;
  readonly remote: string;
  /** The rule that denies it; its position is absent when the bundle came without a source map. */
  readonly rule?: { readonly id: number; readonly source?: SourceRange | undefined } | undefined;
}

/**
 * Decides connections by a bundle, as the module would.
 *
 * @param now seconds since 1970
 * @throws UserError `bundle-refused`, `bundle-version`
 */
export function findRevoked(
  { bundle, sourceMap }: { readonly bundle: Uint8Array; readonly sourceMap?: unknown },
  connections: readonly KernelConnection[],
  now: number,
): Revoked {
  const core = openBundle(bundle);
  const rules = isSourceMap(sourceMap) ? sourceMap.rules : [];
  const denied = connections
    .toSorted((a, b) => a.since - b.since || a.pid - b.pid)
    .flatMap(({ direction, pid, facts, local, remote, names }): readonly RevokedConnection[] => {
      const verdict =
        direction === 'connect'
          ? core.decideConnect(facts, { remote, names, time: now })
          : core.decideAccept(facts, { remote, localPort: local.port, time: now });
      if (verdict.action !== 'deny' || verdict.keeps) return [];
      const { rule } = verdict;
      return [
        {
          direction,
          pid,
          name: facts['process:name'],
          local: endWords(local),
          remote: endWords(remote),
          rule: rule === NONE ? undefined : { id: rule, source: rules[rule] },
        },
      ];
    });
  return { count: denied.length, of: connections.length, connections: denied.slice(0, MOST_REVOKED) };
}
