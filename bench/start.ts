// SPDX-License-Identifier: Apache-2.0
// What it costs to start riptides: `node bench/start.ts [--json] [--rounds N] [COMMAND…]`. Runs the built command line and a bare
// `node -e 0` in turns, and prints the ratio of the medians. Needs `npm run build`.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { table } from '../src/terminal/paint.ts';

interface Result {
  readonly command: string;
  readonly bareMs: number;
  readonly ms: number;
  /** Time of the command over time of a bare node, both started in turns. */
  readonly ratio: number;
}

const BIN = fileURLToPath(new URL('../bin/riptides.js', import.meta.url));
/** Commands that do next to nothing beyond starting. */
const COMMANDS = [
  '--version',
  'help',
  'validate --help',
  'completion bash',
  'schema Service',
  'explain RTP1101',
];

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean', default: false }, rounds: { type: 'string', default: '15' } },
  allowPositionals: true,
});
const results = (positionals.length > 0 ? positionals : COMMANDS).map((command) =>
  measure(command, Number(values.rounds)),
);
if (values.json) console.log(JSON.stringify({ schemaVersion: 1, results }, null, 2));
else printTable(results);

function measure(command: string, rounds: number): Result {
  const bare: number[] = [];
  const times: number[] = [];
  // The first round brings the files into memory.
  for (let round = 0; round <= rounds; round++) {
    const bareMs = start(['-e', '0']);
    const ms = start([BIN, ...command.split(' ')]);
    if (round === 0) continue;
    bare.push(bareMs);
    times.push(ms);
  }
  const [bareMs, ms] = [median(bare), median(times)];
  return { command, bareMs, ms, ratio: ms / bareMs };
}

function start(args: readonly string[]): number {
  const began = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${String(status)}: ${stderr}`);
  return performance.now() - began;
}

function median(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function printTable(rows: readonly Result[]): void {
  const cells = rows.map(({ command, bareMs, ms, ratio }) => [
    command,
    bareMs.toFixed(1),
    ms.toFixed(1),
    ratio.toFixed(2),
  ]);
  console.log(table([['riptides', 'node -e 0, ms', 'ms', 'ratio'], ...cells], [1, 2, 3]));
}
