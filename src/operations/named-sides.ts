// SPDX-License-Identifier: Apache-2.0
// Which two policies are meant by none, one or two names.

import { statSync } from 'node:fs';
import type { TargetName } from '../targets/target.ts';
import { targetsWithRecords } from './targets.ts';
import { type NamedPolicy, type NamingOptions, openLastApplied, openPolicy } from './named-policy.ts';

/**
 * Two names are the two sides. One that is a directory is compared with what was last applied from it; any other one is compared
 * with the current directory, as none is.
 *
 * @throws UserError, PolicyRefused as `openPolicy` does
 */
export async function namedSides(
  a: string | undefined,
  b: string | undefined,
  {
    node,
    target,
    onProgress,
  }: Pick<NamingOptions, 'onProgress'> & {
    /** Absent: the first that has a record. */
    readonly target?: TargetName | undefined;
    readonly node?: string | undefined;
  },
): Promise<{ readonly before: NamedPolicy; readonly after: NamedPolicy }> {
  const targets = targetsWithRecords(target);
  const here: NamingOptions = { directory: '.', target: target ?? 'kernel', node, onProgress };
  if (a !== undefined && b !== undefined)
    return { before: await openPolicy(a, here), after: await openPolicy(b, here) };
  if (a !== undefined && statSync(a, { throwIfNoEntry: false })?.isDirectory() !== true)
    return { before: await openPolicy(a, here), after: await openPolicy('.', here) };
  const directory = a ?? '.';
  return {
    before: await openLastApplied({ ...here, directory }, targets),
    after: await openPolicy(directory, here),
  };
}
