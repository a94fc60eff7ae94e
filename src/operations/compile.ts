// SPDX-License-Identifier: Apache-2.0
// Compiling for a command: its findings in words, in JSON, or as the end of the command.

import type { TargetName } from '../targets/target.ts';
import { compilePolicy } from '../compiler/compile.ts';
import type { Compilation, CompileOptions } from '../compiler/types.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { diagnosticsToJson, renderDiagnostics } from '../diagnostics/render.ts';
import { readSourceFile } from '../diagnostics/source.ts';
import { findGuardContext } from './guard-context.ts';
import { PolicyRefused } from './refused.ts';
import { wantsColour } from '../terminal/paint.ts';

/**
 * Compiles the policy of a directory. Guardrails compare with what was last applied to the target, if one is given.
 * @throws PolicyRefused when a finding is an error.
 */
export async function compileOrRefuse(
  directory: string,
  options: CompileOptions,
  target?: TargetName,
): Promise<{ readonly compilation: Compilation; readonly diagnostics: readonly Diagnostic[] }> {
  const checked = await compilePolicy([directory], {
    findGuardContext: (asked) => findGuardContext(directory, asked, target),
    ...options,
  });
  if (checked.value === undefined) throw new PolicyRefused(checked.diagnostics);
  return { compilation: checked.value, diagnostics: checked.diagnostics };
}

/** Prints findings with the lines they are about to standard error. */
export function printFindings(diagnostics: readonly Diagnostic[]): void {
  process.stderr.write(
    renderDiagnostics(diagnostics, { colour: wantsColour(process.stderr), readSource: readSourceFile }),
  );
}

/** Findings as every command's --json shows them. */
export const findingsJson = diagnosticsToJson;
