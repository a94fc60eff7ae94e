// SPDX-License-Identifier: Apache-2.0
// Symbolic links in a tree of git, which is not checked out.

import { posix } from 'node:path';
import { isYamlFile } from '../schema/paths.ts';

/** As many as Linux follows in one path. */
const MOST_LINKS = 40;

/** Bytes of a link: PATH_MAX of Linux. */
export const LONGEST_LINK = 4096;

/**
 * What links may lead to, files and directories: as many as the compiler reads of files. Links to directories with links to directories
 * lead to many times as many as there are.
 */
const MOST_REACHED = 200_000;

/** A tree of git with links in it. */
export interface LinkedTree {
  /** All of it but directories. */
  readonly paths: readonly string[];
  /** Where its links lead, by their paths; undefined for what is too long for a path. */
  readonly leads: ReadonlyMap<string, string | undefined>;
  /** The names in each directory. */
  readonly directories: ReadonlyMap<string, ReadonlySet<string>>;
}

export interface FollowOptions {
  /** Where links are searched for: the whole tree unless given. */
  readonly from?: readonly string[] | undefined;
  /** Whether links that lead out of the tree or nowhere are no errors. */
  readonly ignoreBroken?: boolean;
}

export function linkedTree(
  paths: readonly string[],
  leads: ReadonlyMap<string, string | undefined>,
): LinkedTree {
  return { paths, leads, directories: leads.size === 0 ? new Map() : directoriesOf(paths) };
}

/**
 * The files of a tree, with those that links lead to, by the paths that a search of the directories finds them at, in its order; the
 * values are their paths in the tree. What begins with a dot and node_modules are not searched for links, as the compiler does not.
 *
 * @throws Error for a link that leads out of the tree, for one to no file that the compiler would read, and when there are too many
 */
export function followLinks(
  tree: LinkedTree,
  { from = ['.'], ignoreBroken = false }: FollowOptions = {},
): ReadonlyMap<string, string> {
  const { paths, leads, directories } = tree;
  const reached = new Map(paths.filter((path) => !leads.has(path)).map((path) => [path, path]));
  if (leads.size === 0) return reached;
  let followed = 0;
  const follow = (link: string, path: string, open: ReadonlySet<string>): void => {
    const real = ignoreBroken ? resolveOrNone(path, tree) : resolveLinks(path, tree);
    if (real === undefined) {
      if (ignoreBroken || !isYamlFile(link)) return;
      throw new Error(`the symbolic link ${link} leads to no file of that commit`);
    }
    if (real !== link) followed++;
    if (followed > MOST_REACHED)
      throw new Error(`its symbolic links lead to more than ${MOST_REACHED} files and directories`);
    const entries = directories.get(real);
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
  for (const path of from) follow(path, path, new Set());
  return new Map([...reached].sort(([a], [b]) => compareSteps(a.split('/'), b.split('/'))));
}

/** The names in each directory of a tree. */
function directoriesOf(paths: readonly string[]): ReadonlyMap<string, ReadonlySet<string>> {
  const directories = new Map<string, Set<string>>();
  const add = (path: string): void => {
    const directory = posix.dirname(path);
    const names = directories.get(directory);
    names?.add(posix.basename(path));
    if (names !== undefined) return;
    directories.set(directory, new Set([posix.basename(path)]));
    if (directory !== '.') add(directory);
  };
  for (const path of paths) add(path);
  return directories;
}

/**
 * A path without links; undefined when it leads to nothing.
 *
 * @throws Error when it leads out of the tree, to itself, or further than a path can
 */
function resolveLinks(path: string, { leads, directories }: LinkedTree): string | undefined {
  let real = '.';
  let followed = 0;
  const steps = path.split('/');
  for (let step = steps.shift(); step !== undefined; step = steps.shift()) {
    const next = posix.join(real, step);
    if (!leads.has(next)) {
      real = next.replace(/(?<=.)\/$/, '');
      if (real === '..' || real.startsWith('../'))
        throw new Error(`the symbolic link ${path} leads out of the policy`);
      if (steps.length > 0 && !directories.has(real)) return undefined;
      continue;
    }
    const target = leads.get(next);
    followed++;
    if (target === undefined)
      throw new Error(`the symbolic link ${path} leads to a path of more than ${LONGEST_LINK} bytes`);
    if (target.startsWith('/')) throw new Error(`the symbolic link ${path} leads out of the policy`);
    if (followed > MOST_LINKS) throw new Error(`the symbolic link ${path} leads to itself`);
    steps.unshift(...target.split('/'));
  }
  const isThere =
    directories.has(real) || directories.get(posix.dirname(real))?.has(posix.basename(real)) === true;
  return isThere ? real : undefined;
}

/** The same; undefined also for a link that cannot be followed. */
export function resolveOrNone(path: string, tree: LinkedTree): string | undefined {
  try {
    return resolveLinks(path, tree);
  } catch {
    return undefined;
  }
}

function compareSteps(a: readonly string[], b: readonly string[]): number {
  const i = a.findIndex((step, at) => step !== b[at]);
  if (i < 0) return a.length - b.length;
  return (a[i] ?? '') < (b[i] ?? '') ? -1 : 1;
}
