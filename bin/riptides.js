#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0

import { readFileSync, writeSync } from 'node:fs';
import module from 'node:module';
import { release, userInfo } from 'node:os';
import { join } from 'node:path';

const MINIMUM_NODE = 22;

/** Where compiled code is kept for the next start: nowhere that another user could write, as it would be run. */
function cacheDirectory({ XDG_CACHE_HOME, HOME } = process.env) {
  if (process.getuid?.() === 0) return '/var/cache/riptides/code';
  const base = XDG_CACHE_HOME || (HOME && join(HOME, '.cache'));
  return base && join(base, 'riptides', 'code');
}

if (Number.parseInt(process.versions.node, 10) < MINIMUM_NODE) {
  console.error(
    `riptides needs Node ${MINIMUM_NODE} or newer; this is ${process.versions.node}. Run it with npx, which finds the Node that the package brings along, or install a newer Node.`,
  );
  process.exitCode = 2;
} else if (process.argv[2] === '--version' && !/microsoft/i.test(release())) {
  // What asks for versions asks often: oclif would say the same, in five times the time. It knows of Windows' Linux.
  const { name, version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  try {
    writeSync(1, `${name}/${version} ${process.platform}-${process.arch} node-${process.version}\n`);
  } catch (error) {
    if (error.code !== 'EPIPE') {
      console.error(`error RTE1902 standard output cannot be written: ${error.message}`);
      process.exitCode = 2;
    }
  }
} else {
  try {
    userInfo();
  } catch {
    // A user whom /etc/passwd does not have, as in some containers: libraries ask for his home and his shell.
    process.env.HOME ??= '/nonexistent';
    process.env.SHELL ??= '/bin/sh';
  }
  const directory = cacheDirectory();
  if (directory !== undefined) module.enableCompileCache?.(directory);
  const { main } = await import('../dist/cli/main.js');
  await main(process.argv.slice(2), import.meta.url);
}
