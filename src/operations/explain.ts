// SPDX-License-Identifier: Apache-2.0
// The policy that is asked: of a directory, or whatever else can be compared.

import { statSync } from 'node:fs';
import { FEATURE_FLAGS, LIMITS } from '../bundle/generated.ts';
import type { OnProgress } from '../compiler/types.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { readSourceFile } from '../diagnostics/source.ts';
import { type ExplainedPolicy, readExplained } from '../explain/model.ts';
import type { FactsOf } from '../explain/process.ts';
import { withClient } from '../netlink/client.ts';
import type { TargetName } from '../targets/target.ts';
import { compileHere } from './compile.ts';
import { openPolicy } from './named-policy.ts';

export interface PolicyToExplain {
  readonly policy: ExplainedPolicy & FactsOf;
  /** Warnings of the compiler. */
  readonly diagnostics: readonly Diagnostic[];
  /** The text of a file that the policy was compiled from, when it is still that. */
  readonly readSource: (file: string) => string | undefined;
}

/**
 * Compiles a directory as it would be applied, or opens a bundle, a record, a revision, or what is in force.
 *
 * @throws PolicyRefused; UserError as `openPolicy` does
 */
export async function openToExplain(
  name: string,
  target: TargetName,
  node: string | undefined,
  onProgress?: OnProgress,
): Promise<PolicyToExplain> {
  if (statSync(name, { throwIfNoEntry: false })?.isDirectory() === true) {
    const { compilation, diagnostics } = await compileHere(name, { node, onProgress });
    return { policy: compilation, diagnostics, readSource: readSourceFile };
  }
  const { bundle, sourceMap, words } = await openPolicy(name, { directory: '.', target, node });
  const policy = readExplained(bundle, sourceMap, `${words} (no source map)`);
  return { policy, diagnostics: [], readSource: () => undefined };
}

/**
 * The names that the kernel knows for an address, when what is in force there is asked about: it decides by them.
 *
 * @param subject what is explained
 * @throws UserError when the kernel cannot be asked
 */
export async function namesInForce(
  subject: string,
  target: TargetName,
  address: Uint8Array,
): Promise<readonly string[] | undefined> {
  if (subject !== 'live' || target !== 'kernel') return undefined;
  return await withClient(async (client) => {
    // A module without the feature has no list of them either.
    if (((await client.info()).features & FEATURE_FLAGS.names) === 0) return undefined;
    const names = (await client.names()).flatMap((held) =>
      Buffer.from(held.address).equals(address) ? [held.name] : [],
    );
    // Those that came and went while they were listed can be more than an address has at once.
    return names.length === 0 ? undefined : names.slice(0, LIMITS.names);
  });
}
