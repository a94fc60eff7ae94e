#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0

const MINIMUM_NODE = 22;

if (Number.parseInt(process.versions.node, 10) < MINIMUM_NODE) {
  console.error(
    `riptides needs Node ${MINIMUM_NODE} or newer; this is ${process.versions.node}. Run it with npx, which finds the Node that the package brings along, or install a newer Node.`,
  );
  process.exitCode = 2;
} else {
  const { main } = await import('../dist/cli/main.js');
  await main(process.argv.slice(2), import.meta.url);
}
