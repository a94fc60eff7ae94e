// SPDX-License-Identifier: Apache-2.0
// Symbolic links in a tree of git, which is not checked out.

import { posix } from 'node:path';
import { isYamlFile } from '../schema/paths.ts';

/** As many as Linux follows in one path. */
const MOST_LINKS = 40;

/** Links to directories with links to directories lead to many times as many files as there are. */
const MOST_REACHED = 1_000_000;

/**
 * The files of a tree, with those that links lead to, by the paths that a search of the directories finds them at, in its order; the
 * values are their paths in the tree. What begins with a dot and node_modules are not searched for links, as the compiler does not.
 *
 * @param leads where links lead, by their paths
 * @throws Error for a link that leads out of the tree, and for one to no file that the compiler would read
 */
export function followLinks(
  paths: readonly string[],
  leads: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const reached = new Map(paths.filter((path) => !leads.has(path)).map((path) => [path, path]));
  if (leads.size === 0) return reached;
  const tree = treeOf(paths);
  const follow = (link: string, path: string, open: ReadonlySet<string>): void => {
    const real = resolveLinks(path, leads, tree);
    if (real === undefined) {
      if (!isYamlFile(link)) return;
      throw new Error(`the symbolic link ${link} leads to no file of that commit`);
    }
    const entries = tree.get(real);
    if (reached.size > MOST_REACHED)
      throw new Error(`its symbolic links lead to more than ${MOST_REACHED} files`);
    if (entries === undefined) reached.set(link, real);
    else if (!open.has(real)) search(link, real, entries, new Set([...open, real]));
  };
  const search = (
    shown: string,
    real: string,
    names: ReadonlySet<string>,
    open: ReadonlySet<string>,
  ): void => {
    for (const name of names) {
      if (name.startsWith('.') || name === 'node_modules') continue;
      follow(posix.join(shown, name), posix.join(real, name), open);
    }
  };
  search('', '.', tree.get('.') ?? new Set(), new Set(['.']));
  return new Map([...reached].sort(([a], [b]) => compareSteps(a.split('/'), b.split('/'))));
}

/** The names in each directory of a tree. */
function treeOf(paths: readonly string[]): ReadonlyMap<string, ReadonlySet<string>> {
  const tree = new Map<string, Set<string>>();
  const add = (path: string): void => {
    const directory = posix.dirname(path);
    const names = tree.get(directory);
    names?.add(posix.basename(path));
    if (names !== undefined) return;
    tree.set(directory, new Set([posix.basename(path)]));
    if (directory !== '.') add(directory);
  };
  for (const path of paths) add(path);
  return tree;
}

/** A path without links; undefined when it leads to nothing. @throws Error when it leads out of the tree, or to itself */
function resolveLinks(
  path: string,
  leads: ReadonlyMap<string, string>,
  tree: ReadonlyMap<string, ReadonlySet<string>>,
): string | undefined {
  let real = '.';
  let followed = 0;
  const steps = path.split('/');
  for (let step = steps.shift(); step !== undefined; step = steps.shift()) {
    const next = posix.join(real, step);
    const target = leads.get(next);
    if (target === undefined) {
      real = next.replace(/(?<=.)\/$/, '');
      if (real === '..' || real.startsWith('../'))
        throw new Error(`the symbolic link ${path} leads out of the policy`);
      continue;
    }
    followed++;
    if (target.startsWith('/')) throw new Error(`the symbolic link ${path} leads out of the policy`);
    if (followed > MOST_LINKS) throw new Error(`the symbolic link ${path} leads to itself`);
    steps.unshift(...target.split('/'));
  }
  const isThere = tree.has(real) || tree.get(posix.dirname(real))?.has(posix.basename(real)) === true;
  return isThere ? real : undefined;
}

function compareSteps(a: readonly string[], b: readonly string[]): number {
  const i = a.findIndex((step, at) => step !== b[at]);
  if (i < 0) return a.length - b.length;
  return (a[i] ?? '') < (b[i] ?? '') ? -1 : 1;
}
