// SPDX-License-Identifier: Apache-2.0
// Loads the modules of the project as often as wanted. Node keeps each module that it has loaded under its URL; here a URL also has
// the number of a generation, and what a module of one generation imports is of the same.

import { readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const HARNESS = new URL('./harness.ts', import.meta.url).href;

/** Gives a function that imports a file below `root` in a generation of its own. To be called once in a process. */
export function prepareModules(root: string): (file: string, generation: number) => Promise<unknown> {
  const below = `${pathToFileURL(root).href}/`;
  const isOurs = (url: string): boolean =>
    url.startsWith(below) && url.endsWith('.ts') && !url.includes('/node_modules/') && url !== HARNESS;
  const sources = new Map<string, string>();

  registerHooks({
    resolve(specifier, context, nextResolve) {
      if (specifier === '@jest/globals') return { url: HARNESS, format: 'module-typescript', shortCircuit: true };
      const resolved = nextResolve(specifier, context);
      const generation = context.parentURL === undefined ? '' : new URL(context.parentURL).search;
      return isOurs(resolved.url) ? { ...resolved, url: `${resolved.url}${generation}` } : resolved;
    },
    load(url, context, nextLoad) {
      const { href, search } = stripSearch(url);
      if (search === '' || !isOurs(href)) return nextLoad(url, context);
      const source = sources.get(href) ?? stripTypeScriptTypes(readFileSync(fileURLToPath(href), 'utf8'));
      sources.set(href, source);
      return { format: 'module', source, shortCircuit: true };
    },
  });
  return (file, generation) => import(`${pathToFileURL(join(root, file)).href}?generation=${generation}`);
}

function stripSearch(url: string): { href: string; search: string } {
  const [href = '', search = ''] = url.split('?');
  return { href, search };
}
