// SPDX-License-Identifier: Apache-2.0

import { readFileSync } from 'node:fs';
import { createRequire, Module } from 'node:module';
import { dirname } from 'node:path';
import { Script } from 'node:vm';

/**
 * The code that V8 compiled when riptides was built: the file beside that of the source.
 *
 * @param {string} file
 */
export const codeCache = (file) => `${file}.cache`;

/**
 * Loads a CommonJS file, which is ASCII, as `require` would, and the code of its functions from its code cache. Where there is none, or V8
 * refuses it as it was made by another version or with other flags, V8 compiles each function when it is first called.
 *
 * @param {string} file its path
 * @returns {{ exports: any, script: Script }}
 */
export function load(file) {
  const script = new Script(Module.wrap(readFileSync(file, 'latin1')), {
    filename: file,
    cachedData: readIfThere(codeCache(file)),
  });
  const require = createRequire(file);
  const module = new Module(file);
  module.filename = file;
  // oclif asks for it once more, by its name.
  require.cache[file] = module;
  script.runInThisContext()(module.exports, require, module, file, dirname(file));
  module.loaded = true;
  return { exports: module.exports, script };
}

/** @param {string} file */
function readIfThere(file) {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}
