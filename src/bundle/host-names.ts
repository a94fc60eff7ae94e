// SPDX-License-Identifier: Apache-2.0
// The host names that a bundle looks at and that can be looked up: those of services, and those that conditions compare with as a whole.

import { compareText } from './text.ts';
import type { BundleView } from './view.ts';

/** In ascending order, each once. What a condition says of the beginning or the end of a name is no name. */
export function hostNamesOf({ services, conditions }: BundleView): readonly string[] {
  const ofServices = services.flatMap(({ names }) => names.map(({ name }) => name));
  const ofConditions = conditions.flatMap((program) =>
    program.flatMap(({ field, test, operand }) =>
      field === 'destinationName' && test === 'equal' && operand !== '' ? [operand] : [],
    ),
  );
  return [...new Set([...ofServices, ...ofConditions])].sort(compareText);
}
