// SPDX-License-Identifier: Apache-2.0
// What it costs to start riptides: `node bench/start.ts [--json] [--rounds N] [--small] [COMMAND…]`. Runs the built command line and a bare
// `node -e 0` in turns, and prints the ratio of the means. Needs `npm run build`.

import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { table } from '../src/terminal/paint.ts';
import { mean, RIPTIDES, runNode } from './measure.ts';

interface Result {
  readonly command: string;
  readonly bareMs: number;
  readonly ms: number;
  /** Time of the command over time of a bare node, both started in turns. */
  readonly ratio: number;
}

const SHOP = fileURLToPath(new URL('../policies/examples/shop', import.meta.url));
/** Commands that do next to nothing beyond starting, and a policy of a few documents. */
const COMMANDS = [
  '--version',
  'help',
  'validate --help',
  'completion bash',
  'schema Service',
  'explain RTP1101',
  `validate ${SHOP}`,
];

const { values, positionals } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    small: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const results = (positionals.length > 0 ? positionals : COMMANDS).map((command) =>
  measure(command, Number(values.rounds ?? (values.small ? 1 : 30))),
);
if (values.json) console.log(JSON.stringify({ schemaVersion: 1, results }, null, 2));
else printTable(results);

function measure(command: string, rounds: number): Result {
  const bare: number[] = [];
  const times: number[] = [];
  // The first round brings the files into memory.
  for (let round = 0; round <= rounds; round++) {
    const bareMs = runNode(['-e', '0']).ms;
    const ms = runNode([RIPTIDES, ...command.split(' ')]).ms;
    if (round === 0) continue;
    bare.push(bareMs);
    times.push(ms);
  }
  const [bareMs, ms] = [mean(bare), mean(times)];
  return { command, bareMs, ms, ratio: ms / bareMs };
}

function printTable(rows: readonly Result[]): void {
  const cells = rows.map(({ command, bareMs, ms, ratio }) => [
    command,
    bareMs.toFixed(1),
    ms.toFixed(1),
    ratio.toFixed(2),
  ]);
  console.log(table([['riptides', 'node -e 0, ms', 'ms', 'ratio'], ...cells], [1, 2, 3]).join('\n'));
}
