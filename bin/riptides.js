#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0

import { readFileSync, writeSync } from 'node:fs';
import { release, userInfo } from 'node:os';
import { fileURLToPath } from 'node:url';
import { load } from './load.js';

const MINIMUM_NODE = 22;

if (Number.parseInt(process.versions.node, 10) < MINIMUM_NODE) {
  console.error(
    `riptides needs Node ${MINIMUM_NODE} or newer; this is ${process.versions.node}. Run it with npx, which finds the Node that the package brings along, or install a newer Node.`,
  );
  process.exitCode = 2;
} else if (process.argv[2] === '--version' && !/microsoft/i.test(release())) {
  // What asks for versions asks often: oclif would say the same, in three times the time. It knows of Windows' Linux.
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
  const { main } = load(fileURLToPath(new URL('../dist/riptides.cjs', import.meta.url))).exports;
  await main(process.argv.slice(2), import.meta.url);
}
