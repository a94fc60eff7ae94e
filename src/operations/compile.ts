// SPDX-License-Identifier: Apache-2.0
// Compiling the policy of a directory, as what is to be applied.

import { compilePolicy } from '../compiler/compile.ts';
import type { Compilation, CompileOptions } from '../compiler/types.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { TargetName } from '../targets/target.ts';
import { findGuardContext } from './guard-context.ts';
import { PolicyRefused } from './refused.ts';

export interface Compiled {
  readonly compilation: Compilation;
  /** Warnings. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Compiles the policy of a directory. Guardrails compare with what was last applied to the target, if one is given.
 * @throws PolicyRefused when it has errors
 */
export async function compileHere(
  directory: string,
  options: CompileOptions,
  target?: TargetName,
): Promise<Compiled> {
  const { value, diagnostics } = await compilePolicy([directory], {
    findGuardContext: (asked) => findGuardContext(directory, asked, target),
    ...options,
  });
  if (value === undefined) throw new PolicyRefused(diagnostics);
  return { compilation: value, diagnostics };
}
