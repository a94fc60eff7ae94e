// SPDX-License-Identifier: Apache-2.0
// Loads the modules of the project as often as wanted. Node keeps each module that it has loaded under its URL; here a URL also has
// the number of a generation. What has been loaded for one file anew are the modules that import it, at whatever distance.

import { readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const HARNESS = new URL('./harness.ts', import.meta.url).href;

export class Modules {
  readonly #root: string;
  /** The modules that import a module. */
  readonly #importers = new Map<string, Set<string>>();
  readonly #sources = new Map<string, string>();
  /** The modules of the last generation; undefined is all. */
  #stale: ReadonlySet<string> | undefined;
  #generation = 0;
  /** The last generation of all modules. */
  #base = 0;

  /** Takes over how this process loads what is below `root`. To be called once. */
  constructor(root: string) {
    this.#root = root;
    registerHooks({
      resolve: (specifier, context, next) => {
        if (specifier === '@jest/globals')
          return { url: HARNESS, format: 'module-typescript', shortCircuit: true };
        const resolved = next(specifier, context);
        const [importer] = split(context.parentURL ?? '');
        if (!this.#isOurs(resolved.url) || !this.#isOurs(importer)) return resolved;
        const importers = this.#importers.get(resolved.url) ?? new Set();
        this.#importers.set(resolved.url, importers.add(importer));
        return { ...resolved, url: this.#inGeneration(resolved.url) };
      },
      load: (url, context, next) => {
        const [file, generation] = split(url);
        if (generation === undefined) return next(url, context);
        const source =
          this.#sources.get(file) ?? stripTypeScriptTypes(readFileSync(fileURLToPath(file), 'utf8'));
        this.#sources.set(file, source);
        return { format: 'module', source, shortCircuit: true };
      },
    });
  }

  /** From now on all modules are loaded anew, once. */
  renewAll(): void {
    this.#generation += 1;
    this.#base = this.#generation;
    this.#stale = undefined;
  }

  /** From now on those modules are loaded anew, once, that import the file or are it. */
  renew(file: string): void {
    const stale = new Set([pathToFileURL(file).href]);
    // A set gives also what is added to it meanwhile.
    for (const each of stale) for (const importer of this.#importers.get(each) ?? []) stale.add(importer);
    this.#generation += 1;
    this.#stale = stale;
  }

  /** Whether the file, below the root, is among what was renewed last. */
  isNew(file: string): boolean {
    return this.#isStale(this.#url(file));
  }

  load(file: string): Promise<unknown> {
    return import(this.#inGeneration(this.#url(file)));
  }

  #url(file: string): string {
    return pathToFileURL(join(this.#root, file)).href;
  }

  #inGeneration(url: string): string {
    return `${url}?${this.#isStale(url) ? this.#generation : this.#base}`;
  }

  #isStale(url: string): boolean {
    return this.#stale?.has(url) ?? true;
  }

  #isOurs(url: string): boolean {
    const below = `${pathToFileURL(this.#root).href}/`;
    return url.startsWith(below) && url.endsWith('.ts') && !url.includes('/node_modules/');
  }
}

function split(url: string): readonly [string, string | undefined] {
  const [file = '', generation] = url.split('?');
  return [file, generation];
}
