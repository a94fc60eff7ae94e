// SPDX-License-Identifier: Apache-2.0
// The stages in their order; see types.ts.

import { type Checked, type Diagnostic, hasErrors } from '../diagnostics/diagnostic.ts';
import { analyseModel } from './analyse/analyse.ts';
import { compileModel } from './compile-model.ts';
import { askedContext } from './guard/context.ts';
import { guardDocuments } from './guard/guard.ts';
import { readPolicy } from './load/read.ts';
import type { LoadedDocument } from './load/types.ts';
import { resolveModel } from './resolve/resolve.ts';
import { shapeDocuments } from './shape/shape.ts';
import type { Compilation, CompileOptions } from './types.ts';

/**
 * Compiles the policy at the paths given. `value` is there when no finding is an error.
 *
 * @throws InternalError when the core refuses the bundle that was written: a fault of riptides, not of the policy.
 */
export async function compilePolicy(
  paths: readonly string[],
  options: CompileOptions = {},
): Promise<Checked<Compilation>> {
  const loaded = readPolicy(paths);
  if (hasErrors(loaded.diagnostics)) {
    // The documents that could be read are still looked at: a slip in one file must not hide those in others.
    const { diagnostics } = shapeDocuments(loaded.value ?? []);
    return { diagnostics: [...loaded.diagnostics, ...diagnostics] };
  }
  const documents = loaded.value ?? [];
  const guard = options.guard ?? (await options.findGuardContext?.(askedContext(documents)));
  return withEarlier(
    loaded.diagnostics,
    compileDocuments(documents, { ...options, ...(guard && { guard }) }),
  );
}

/** Compiles documents that were loaded; else like `compilePolicy`. */
export function compileDocuments(
  documents: readonly LoadedDocument[],
  options: CompileOptions = {},
): Checked<Compilation> {
  const shaped = shapeDocuments(documents);
  if (shaped.value === undefined || hasErrors(shaped.diagnostics)) return { diagnostics: shaped.diagnostics };
  const resolved = resolveModel(shaped.value, options);
  // Guardrails are about the documents, so they speak also where references are wrong.
  const diagnostics = [
    ...shaped.diagnostics,
    ...resolved.diagnostics,
    ...guardDocuments(shaped.value, options.guard),
  ];
  if (resolved.value === undefined || hasErrors(diagnostics)) return { diagnostics };
  return withEarlier([...diagnostics, ...analyseModel(resolved.value)], compileModel(resolved.value));
}

function withEarlier<T>(earlier: readonly Diagnostic[], result: Checked<T>): Checked<T> {
  return { ...result, diagnostics: [...earlier, ...result.diagnostics] };
}
