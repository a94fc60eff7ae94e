// SPDX-License-Identifier: Apache-2.0

import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { createRequire, Module } from 'node:module';
import { dirname } from 'node:path';
import { Script } from 'node:vm';

/**
 * Loads a CommonJS file as `require` would, with the code cache beside it: what V8 compiled when riptides was built. Without one, or where V8
 * refuses it as it was made by another version or with other flags, each function is compiled when it is first called. V8 compares
 * the length of the source only; so the first line of the file, which the build makes of its contents, stands before the cache, too.
 *
 * @param {string} path of a file that is ASCII
 */
export function load(path) {
  // As oclif asks for it once more.
  const file = realpathSync(path);
  const source = readFileSync(file, 'latin1');
  const build = source.slice(0, source.indexOf('\n') + 1);
  const script = new Script(Module.wrap(source), { filename: file, cachedData: readCodeCache(file, build) });
  const require = createRequire(file);
  const module = new Module(file);
  module.filename = file;
  require.cache[file] = module;
  script.runInThisContext()(module.exports, require, module, file, dirname(file));
  module.loaded = true;
  return {
    exports: module.exports,
    /** Whether V8 refused the code cache; undefined where there is none. */
    isRefused: script.cachedDataRejected,
    /** Keeps what V8 has compiled until now. */
    writeCodeCache: () =>
      writeFileSync(codeCache(file), Buffer.concat([Buffer.from(build), script.createCachedData()])),
  };
}

/** @param {string} file */
function codeCache(file) {
  return `${file}.cache`;
}

/**
 * @param {string} file
 * @param {string} build
 */
function readCodeCache(file, build) {
  try {
    const bytes = readFileSync(codeCache(file));
    return bytes.toString('latin1', 0, build.length) === build ? bytes.subarray(build.length) : undefined;
  } catch {
    return undefined;
  }
}
