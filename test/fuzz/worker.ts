// SPDX-License-Identifier: Apache-2.0
// One target in a process of its own. Before an input is tried it is written to a file: whatever happens to the process then, a
// hang, a crash or too little memory, the input is there. fuzz.ts watches.
//
//   node test/fuzz/worker.ts NAME TARGET LAST CRASHES SEED SECONDS [INPUT]

import { openSync, readFileSync, writeSync } from 'node:fs';
import { inspect } from 'node:util';
import { minimise, runTarget, tryInput, type Counts, type Finding } from './engine.ts';
import { CRASHED, encodeLast, replayCommand, saveInput, shortName } from './last.ts';
import type { Target } from './target.ts';

const MINIMISE = 10_000;

const [given = '', file = '', last = '', crashes = '', seedText = '1', seconds = '1', inputFile] =
  process.argv.slice(2);
const name = shortName(given);
const seed = Number(seedText);
const { target }: { readonly target: Target } = await import(file);
const descriptor = openSync(last, 'w');
let tried = 0;

function before(input: Uint8Array): void {
  writeSync(descriptor, encodeLast(++tried, input), undefined, undefined, 0);
}

const start = performance.now();
const told = ({ runs, outcomes, findings }: Counts): string => {
  const rate = Math.round(runs / ((performance.now() - start) / 1000));
  const memory = Math.round(process.resourceUsage().maxRSS / 1024);
  return `${name.padEnd(10)} ${String(runs).padStart(9)} runs ${String(rate).padStart(7)}/s ${String(outcomes).padStart(6)} outcomes ${String(memory).padStart(5)} MB  seed ${seed}  ${findings === 0 ? 'no finding' : `findings: ${findings}`}`;
};

async function found(finding: Finding): Promise<void> {
  const smaller = await minimise(target, finding, MINIMISE, before);
  const path = saveInput(crashes, name, seed, smaller);
  const result = await tryInput(target, smaller);
  console.log(
    [
      `${name}: ${finding.kind}`,
      inspect('error' in result ? result.error : finding.error).slice(0, 4000),
      `  run ${finding.run} of seed ${seed}: ${finding.input.length} bytes, made smaller to ${smaller.length}`,
      `  replay: ${replayCommand(given, path)}`,
    ].join('\n'),
  );
}

if (inputFile === undefined) {
  const time = Number(seconds) * 1000;
  const counts = await runTarget(target, {
    seed,
    time,
    before,
    found,
    progress: (now) => console.log(told(now)),
  });
  console.log(told(counts));
  process.exitCode = counts.findings === 0 ? 0 : CRASHED;
} else {
  const input = new Uint8Array(readFileSync(inputFile));
  before(input);
  const result = await tryInput(target, input);
  console.log('error' in result ? inspect(result.error) : `nothing is wrong with it: ${result.outcome}`);
  process.exitCode = 'error' in result ? CRASHED : 0;
}
