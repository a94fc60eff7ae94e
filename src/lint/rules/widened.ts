// SPDX-License-Identifier: Apache-2.0

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { CompiledModel } from '../../compiler/types.ts';
import type { CredentialGain, IdentityDifference } from '../../diff/types.ts';
import { InternalError } from '../../errors.ts';
import type { LintRule } from '../types.ts';
import { type FindPosition, type Position, startFindingPositions } from '../../diff/widening/positions.ts';
import {
  arrivalClause,
  changeClause,
  type Clause,
  credentialClause,
  sentence,
  shownBy,
  workloadIdOf,
} from '../../diff/widening/words.ts';

/** Access that the policy gives, and the one that was last applied did not. */
export const widened: LintRule = {
  code: 'RTP1711',
  compares: true,
  check: ({ documents, sinceApplied }) => {
    if (sinceApplied === undefined || 'problem' in sinceApplied) return [];
    const { difference, compilation, words } = sinceApplied;
    const find = startFindingPositions(documents, compilation);
    const gains = [
      ...difference.identities.flatMap((one) => gainsOf(one, find)),
      ...(difference.credentials ?? []).map((gain) => credentialGain(gain, compilation)),
    ];
    // What one position gives to many is one finding.
    const byPosition = Map.groupBy(gains, ({ position: { range } }) =>
      JSON.stringify([range.file, range.start.line, range.start.column]),
    );
    return [...byPosition.values()].flatMap((all): readonly Diagnostic[] => {
      const [first] = all;
      if (first === undefined) return [];
      return [
        {
          code: 'RTP1711',
          severity: 'warning',
          ...first.position,
          message: sentence(all.map(({ clause }) => clause)),
          why: `it was not so in ${words}${first.example === undefined ? '' : `; for example ${first.example}`}`,
          fix: 'apply it if it is meant, and later changes are compared with it; take it back here if it is not',
        },
      ];
    });
  },
};

interface Gain {
  readonly position: Position;
  readonly clause: Clause;
  /** A credential has none: it is no connection. */
  readonly example?: string;
}

function credentialGain(gain: CredentialGain, { model }: CompiledModel): Gain {
  const binding = model.bindings[gain.binding];
  if (binding === undefined) throw new InternalError('a binding that gives something is not in the model');
  return { position: { range: binding.source }, clause: credentialClause(gain) };
}

function gainsOf(one: IdentityDifference, find: FindPosition): readonly Gain[] {
  const workloadId = one.after === undefined ? undefined : workloadIdOf(one.after);
  const gains = one.changes.flatMap((change) =>
    (change.origins ?? []).map((origin) => ({
      origin,
      position: find(origin, workloadId, change.peer?.peer),
      clause: changeClause(one, change, origin),
      example: shownBy(origin, change),
    })),
  );
  // That processes have the identity is said where nothing else is said of the selector, and once for both directions.
  const told = new Set(gains.map(({ origin }) => (origin.of === 'selector' ? origin.selector : undefined)));
  for (const origin of one.arrivals ?? []) {
    if (origin.of !== 'selector' || told.has(origin.selector)) continue;
    told.add(origin.selector);
    gains.push({
      origin,
      position: find(origin, workloadId, undefined),
      clause: arrivalClause(one),
      example: shownBy(origin, undefined),
    });
  }
  return gains;
}
