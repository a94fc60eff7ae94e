// SPDX-License-Identifier: Apache-2.0
// The stages in their order; see types.ts.

import { type Checked, type Diagnostic, hasErrors } from '../diagnostics/diagnostic.ts';
import { counted } from '../terminal/counted.ts';
import { createAnalysis } from './analyse/analyse.ts';
import { createModelCompiler } from './compile-model.ts';
import { memoFlatMap } from './incremental.ts';
import { askedContext } from './guard/context.ts';
import { createGuard } from './guard/guard.ts';
import { isProject, severalProjects } from './load/projects.ts';
import { createReader, type LoadedPolicy } from './load/read.ts';
import type { LoadedDocument } from './load/types.ts';
import { createNarrowing } from './resolve/narrow.ts';
import { createResolving } from './resolve/resolve.ts';
import type { ResolveOptions } from './resolve/types.ts';
import { createShaping } from './shape/shape.ts';
import type { Compilation, CompileOptions } from './types.ts';

/** Compiles a policy again and again, and of the later times what has changed alone. It keeps in memory what it did last. */
export interface Compiler {
  /**
   * `compilePolicy`.
   *
   * @param changed files and directories that may have changed since the last call, of which the caller is sure that nothing else
   *   has. Without it, everything is looked at.
   */
  readonly compile: (
    paths: readonly string[],
    options?: CompileOptions,
    changed?: ReadonlySet<string>,
  ) => Promise<Checked<Compilation>>;
}

/**
 * Compiles the policy at the paths given. `value` is there when no diagnostic is an error.
 *
 * @throws InternalError when the core refuses the bundle that was written: a fault of riptides, not of the policy.
 */
export async function compilePolicy(
  paths: readonly string[],
  options: CompileOptions = {},
): Promise<Checked<Compilation>> {
  return createCompiler().compile(paths, options);
}

/** How many files are read between two reports of progress. */
const FILES_PER_REPORT = 100;

/** A compiler that has compiled nothing yet. */
export function createCompiler(): Compiler {
  const reader = createReader();
  const projectsOf = memoFlatMap((document: LoadedDocument) => (isProject(document) ? [document] : []));
  const shape = createShaping();
  const resolve = createResolving();
  const narrow = createNarrowing();
  const guard = createGuard();
  const analyse = createAnalysis();
  const compileModel = createModelCompiler();

  const compileDocuments = (
    { value: documents = [], files }: LoadedPolicy,
    { onProgress, ...options }: CompileOptions,
  ): Checked<Compilation> => {
    onProgress?.(`checking ${counted(documents.length, 'document')}`);
    const shaped = shape(documents);
    if (shaped.value === undefined || hasErrors(shaped.diagnostics))
      return { diagnostics: shaped.diagnostics };
    onProgress?.('resolving references');
    const resolved = resolve(shaped.value, resolveOptions(options));
    // Guardrails are about the documents, so they speak also where references are wrong.
    const diagnostics = [
      ...shaped.diagnostics,
      ...resolved.diagnostics,
      ...guard(shaped.value, options.guard),
    ];
    if (resolved.value === undefined || hasErrors(diagnostics)) return { diagnostics };
    const policy = resolved.value;
    onProgress?.('compiling the tables');
    const { value, diagnostics: limits } = compileModel(narrow(policy, options.node));
    const otherNodes = policy.identities.length - (value?.model.identities.length ?? 0);
    onProgress?.('analysing the policy');
    return {
      // Not copied: its digest is computed when it is asked for.
      ...(value && { value: Object.assign(value, { documents: shaped.value, files, otherNodes }) }),
      // What this node leaves out may be of use on another: the policy is analysed whole.
      diagnostics: [...diagnostics, ...analyse(policy), ...limits],
    };
  };

  return {
    async compile(paths, options = {}, changed) {
      const { onProgress } = options;
      const loaded = reader.read(paths, changed, (count, of) => {
        if (count % FILES_PER_REPORT === 0) onProgress?.(`reading files, ${count} of ${of}`);
      });
      const several = severalProjects(projectsOf(loaded.value ?? []));
      if (several !== undefined) return { diagnostics: [several] };
      if (hasErrors(loaded.diagnostics)) {
        // The documents that could be read are still looked at: a slip in one file must not hide those in others.
        const { diagnostics } = shape(loaded.value ?? []);
        return { diagnostics: [...loaded.diagnostics, ...diagnostics] };
      }
      const context = options.guard ?? (await options.findGuardContext?.(askedContext(loaded.value ?? [])));
      return withEarlier(
        loaded.diagnostics,
        compileDocuments(loaded, { ...options, ...(context && { guard: context }) }),
      );
    },
  };
}

function resolveOptions({ node, scopes }: CompileOptions): ResolveOptions {
  return { ...(node !== undefined && { node }), ...(scopes !== undefined && { scopes }) };
}

function withEarlier<T>(earlier: readonly Diagnostic[], result: Checked<T>): Checked<T> {
  return { ...result, diagnostics: [...earlier, ...result.diagnostics] };
}
