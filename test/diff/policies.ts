// SPDX-License-Identifier: Apache-2.0
// Models as bundles with places, for tests of the comparison.

import { createHash } from 'node:crypto';
import { emitBundle } from '../../src/compiler/emit/emit.ts';
import { lowerModel } from '../../src/compiler/lower/lower.ts';
import type { Model } from '../../src/compiler/resolve/types.ts';
import type { Compared } from '../../src/diff/sides/side.ts';

/** The bundle of a model, and where its rules are written. */
export function compiled(model: Model): Required<Compared> {
  const { value, diagnostics } = lowerModel(model);
  const bundle = value === undefined ? undefined : emitBundle(value.tables);
  if (value === undefined || !(bundle instanceof Uint8Array))
    throw new Error(diagnostics[0]?.message ?? 'not emitted');
  return {
    bundle,
    sourceMap: {
      schemaVersion: 1,
      bundle: createHash('sha256').update(bundle).digest('hex'),
      rules: value.ruleSources,
      selectors: [],
      identities: model.identities.map(({ source }) => source),
      services: model.services.map(({ source }) => source),
    },
  };
}
