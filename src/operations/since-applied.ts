// SPDX-License-Identifier: Apache-2.0
// The policy compared with what was last applied, from the records in git. No kernel is needed.

import { isRepository, openRepository } from '../records/git.ts';
import type { TargetName } from '../targets/target.ts';
import { projectDirectory } from './project-directory.ts';
import { compileModel } from '../compiler/compile-model.ts';
import { resolveModel } from '../compiler/resolve/resolve.ts';
import type { ShapedDocument } from '../compiler/shape/types.ts';
import type { CompiledModel } from '../compiler/types.ts';
import type { Checked } from '../diagnostics/diagnostic.ts';
import { comparePolicies } from '../diff/compare.ts';
import { findLatest, type LatestRecord } from './named-policy.ts';
import { UserError } from '../errors.ts';
import type { SinceApplied } from '../lint/types.ts';

/** Limits of the comparison: lint runs on every save, so they are lower than those of `riptides diff`. */
export const LINT_LIMITS = {
  /** steps of the comparison: a few seconds */
  steps: 20_000_000,
} as const;

const NOT_COMPARED = 'the policy was not compared with what was last applied';

export interface Compiled {
  readonly directory: string;
  /** Where records are looked for: the first target that has one counts. */
  readonly targets: readonly TargetName[];
  readonly documents: readonly ShapedDocument[];
  /** Of the identities of all nodes. */
  readonly compilation: CompiledModel;
}

/** Undefined when nothing was applied, and when the policy is what was applied. */
export async function compareWithApplied(
  policy: Compiled,
  { node, steps = LINT_LIMITS.steps }: { readonly node?: string | undefined; readonly steps?: number },
): Promise<SinceApplied | undefined> {
  try {
    const record = await findRecord(policy);
    if (record === undefined) return await unreadRepository(policy);
    const words = recordWords(record);
    const compiled = compileFor(node, policy);
    if (compiled.value === undefined) return { problem: uncompiled(words, node, compiled) };
    const compilation = compiled.value;
    // Identical bundles need no comparison.
    if (compilation.digest === record.manifest.digest) return undefined;
    const difference = comparePolicies(await record.open(), compilation, { steps, origins: true });
    return { words, difference, compilation };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // Without git, riptides has not recorded anything here.
    if (error.kind === 'record-missing') return undefined;
    return { problem: notCompared(error) };
  }
}

function notCompared({
  message,
  why,
  fix,
}: UserError): Extract<SinceApplied, { readonly problem: unknown }>['problem'] {
  return { message: NOT_COMPARED, why: why === undefined ? message : `${message}: ${why}`, fix };
}

/** Without a record there is nothing to say, unless there is a repository that git does not read. */
async function unreadRepository({ directory, targets }: Compiled): Promise<SinceApplied | undefined> {
  if (targets.length === 0) return undefined;
  const repository = await openRepository(projectDirectory(directory));
  if (isRepository(repository) || repository.obstacle === 'no-repository') return undefined;
  return { problem: notCompared(repository) };
}

async function findRecord({ directory, targets }: Compiled): Promise<LatestRecord | undefined> {
  for (const target of targets) {
    const record = await findLatest({ directory, target });
    if (record !== undefined) return record;
  }
  return undefined;
}

function recordWords({ id, manifest }: LatestRecord): string {
  const { generation, target, sourceCommit, dirty } = manifest;
  const commit =
    sourceCommit === undefined
      ? ''
      : `, from commit ${sourceCommit.slice(0, 12)}${dirty ? ' and what was changed since' : ''}`;
  return `generation ${generation} of ${target} (record ${id.slice(0, 8)}${commit})`;
}

/** What is applied has the identities of one node. Where none has a scope, those are all. */
function compileFor(node: string | undefined, { documents, compilation }: Compiled): Checked<CompiledModel> {
  const hasScopes = documents.some(
    ({ kind, spec }) => kind === 'WorkloadIdentity' && spec.scope !== undefined,
  );
  if (!hasScopes) return { value: compilation, diagnostics: [] };
  const { value, diagnostics } = resolveModel(documents, { node });
  return value === undefined ? { diagnostics } : compileModel(value);
}

function uncompiled(words: string, node: string | undefined, { diagnostics }: Checked<unknown>) {
  const message = `the policy was not compared with ${words}`;
  if (node === undefined)
    return {
      message,
      why: 'some identities are limited to certain nodes, and the applied bundle has those of one node',
      fix: 'name the node with --node or RIPTIDES_NODE',
    };
  const first = diagnostics.find(({ severity }) => severity === 'error');
  return {
    message,
    why: `for the node ${node} the policy has errors${first === undefined ? '' : `: ${first.message}`}`,
    fix: `riptides plan --node ${node} lists them`,
  };
}
