// SPDX-License-Identifier: Apache-2.0
// The access that a policy gains, by the position that grants it.

import type { ShapedDocument } from '../../compiler/shape/types.ts';
import type { CompiledModel } from '../../compiler/types.ts';
import { InternalError } from '../../errors.ts';
import type { CredentialGain, IdentityDifference, PolicyDifference } from '../types.ts';
import { type FindPosition, type Position, startFindingPositions } from './positions.ts';
import {
  arrivalClause,
  changeClause,
  type Clause,
  credentialClause,
  sentence,
  shownBy,
  workloadIdOf,
} from './words.ts';

/** What one position grants. */
export interface Widening {
  readonly position: Position;
  readonly message: string;
  /** A connection that shows it; a credential has none. */
  readonly example: string | undefined;
}

/** The gains of a difference, one for each position, in the order of the difference. */
export function listWidenings(
  difference: PolicyDifference,
  compilation: CompiledModel,
  documents: readonly ShapedDocument[],
): readonly Widening[] {
  const find = startFindingPositions(documents, compilation);
  const gains = [
    ...difference.identities.flatMap((one) => gainsOf(one, find)),
    ...(difference.credentials ?? []).map((gain) => credentialGain(gain, compilation)),
  ];
  const byPosition = Map.groupBy(gains, ({ position: { range } }) =>
    JSON.stringify([range.file, range.start.line, range.start.column]),
  );
  return [...byPosition.values()].flatMap((all) => {
    const [first] = all;
    if (first === undefined) return [];
    const message = sentence(all.map(({ clause }) => clause));
    return [{ position: first.position, message, example: first.example }];
  });
}

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
