// SPDX-License-Identifier: Apache-2.0
// At which ports a condition can hold. With it, a rule is seen to grant nothing of a service that has none of them.

import type { Condition } from './types.ts';
import { commonToAll, joinRanges, MOST_NUMBERS, otherRanges, type Ranges } from './ranges.ts';

const MOST = MOST_NUMBERS.destinationPort;
const ALL: Ranges = [{ low: 0, high: MOST }];

/** The ports of the destination at which the condition may hold: at no other one it does. Undefined: it leaves none out. */
export function portsOf(condition: Condition): Ranges | undefined {
  const { may } = boundsOf(condition);
  const [first] = may;
  return first?.low === 0 && first.high === MOST ? undefined : may;
}

/** Ports at which a condition may hold, and those at which it does whatever else is so. */
interface Bounds {
  readonly may: Ranges;
  readonly must: Ranges;
}

function boundsOf(condition: Condition): Bounds {
  switch (condition.kind) {
    case 'constant':
      return condition.value ? { may: ALL, must: ALL } : { may: [], must: [] };
    case 'number': {
      if (condition.field !== 'destinationPort') return { may: ALL, must: [] };
      const ports = [{ low: condition.low, high: condition.high }];
      return { may: ports, must: ports };
    }
    case 'text':
    case 'address':
      return { may: ALL, must: [] };
    case 'not': {
      const { may, must } = boundsOf(condition.of);
      return { may: otherRanges(must, MOST), must: otherRanges(may, MOST) };
    }
    case 'all': {
      const parts = condition.of.map(boundsOf);
      return {
        may: commonToAll(
          parts.map(({ may }) => may),
          MOST,
        ),
        must: commonToAll(
          parts.map(({ must }) => must),
          MOST,
        ),
      };
    }
    case 'any': {
      const parts = condition.of.map(boundsOf);
      const unite = (which: keyof Bounds): Ranges =>
        joinRanges(
          parts.flatMap((part) => part[which]),
          MOST,
        );
      return { may: unite('may'), must: unite('must') };
    }
  }
}
