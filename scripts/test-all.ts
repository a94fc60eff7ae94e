// SPDX-License-Identifier: Apache-2.0
//
// `make test-all`: everything that must hold, with what is too long for `make test`. Each step runs, whatever became of the others; a
// table at the end says what held. A day's work for a small machine, so a step can be asked for by its name:
//
//   node scripts/test-all.ts [STEP...]
//
// What was not asked for is in the table, too, as not run. Output goes to build/test-all/<step>.log as well.

import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { styleText } from 'node:util';
import { OTHER_KERNELS } from '../test/vm/kernels.ts';

interface Step {
  readonly name: string;
  readonly what: string;
  /** For the shell, in the checkout. */
  readonly command: string;
}

interface Outcome {
  readonly result: 'held' | 'FAILED' | 'NOT RUN';
  readonly seconds: number;
}

const FUZZ_SECONDS = 600;
const PAIRS = 1_000_000;
const LOADS = 100;
const root = fileURLToPath(new URL('..', import.meta.url));
const logs = join(root, 'build/test-all');

const STEPS: readonly Step[] = [
  { name: 'test', what: 'what make test runs', command: 'make test' },
  ...OTHER_KERNELS.flatMap((series) => [
    {
      name: `kernel-${series}`,
      what: `the kernel suite on ${series}`,
      command: `make test-kernel KERNELS=${series}`,
    },
    {
      name: `demo-${series}`,
      what: `the demo on ${series}`,
      command: `scripts/setup.sh vm kernel ${series} && make demo KERNEL=${series}`,
    },
  ]),
  {
    name: 'debug',
    what: 'the kernel suite under KASAN, lockdep and kmemleak, with every failure that can be injected',
    command: 'make test-debug',
  },
  {
    name: 'loads',
    what: `${LOADS} loads of the module on each kernel, under traffic and with drains at the same time`,
    command: `RIPTIDES_LOADS=${LOADS} npm test -- --runInBand test/kernel/lifecycle test/kernel/drain -t 'while it loads|times in a row'`,
  },
  {
    name: 'long',
    what: 'the tests of the kernel that take too long for make test',
    command: 'RIPTIDES_LONG=1 npm test -- --runInBand test/kernel/refused test/kernel/revocation',
  },
  {
    name: 'pairs',
    what: `${PAIRS.toLocaleString('en')} decisions of the core beside its oracle`,
    command: `RIPTIDES_PAIRS=${PAIRS} npm test -- test/oracle test/compiler/conditions/agreement`,
  },
  {
    name: 'fuzz',
    what: `each fuzz target for ${FUZZ_SECONDS / 60} minutes`,
    command: `make fuzz FUZZ_SECONDS=${FUZZ_SECONDS}`,
  },
];

async function run({ name, command }: Step): Promise<Outcome> {
  const began = performance.now();
  console.log(styleText('bold', `\n=== ${name}: ${command}`));
  const log = createWriteStream(join(logs, `${name}.log`));
  const child = spawn('bash', ['-c', command], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const [from, to] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ] as const) {
    from.pipe(to, { end: false });
    from.pipe(log, { end: false });
  }
  const { promise, resolve } = Promise.withResolvers<boolean>();
  child.on('error', () => resolve(false));
  child.on('close', (code) => resolve(code === 0));
  const held = await promise;
  log.end();
  return { result: held ? 'held' : 'FAILED', seconds: (performance.now() - began) / 1000 };
}

function table(rows: readonly (readonly [Step, Outcome])[]): string {
  const width = Math.max(...rows.map(([{ name }]) => name.length));
  return rows
    .map(([{ name, what }, { result, seconds }]) => {
      const time =
        result === 'NOT RUN' ? '' : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
      const colour = result === 'held' ? 'green' : result === 'FAILED' ? 'red' : 'yellow';
      return `${name.padEnd(width)}  ${styleText(colour, result.padEnd(7))}  ${time.padStart(12)}  ${what}`;
    })
    .join('\n');
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !STEPS.some((step) => step.name === name));
if (unknown.length > 0) {
  console.error(
    `there is no step called ${unknown.join(', ')}; there are ${STEPS.map(({ name }) => name).join(', ')}`,
  );
  process.exit(2);
}

mkdirSync(logs, { recursive: true });
const rows: (readonly [Step, Outcome])[] = [];
for (const step of STEPS) {
  const asked = wanted.length === 0 || wanted.includes(step.name);
  rows.push([step, asked ? await run(step) : { result: 'NOT RUN', seconds: 0 }]);
}
console.log(`\n${table(rows)}\n`);

const count = (result: Outcome['result']): number =>
  rows.filter(([, outcome]) => outcome.result === result).length;
if (count('NOT RUN') > 0)
  console.log(styleText('yellow', `${count('NOT RUN')} of ${rows.length} steps were NOT RUN.`));
if (count('FAILED') > 0) {
  console.log(
    styleText('red', `${count('FAILED')} of ${rows.length} steps FAILED: ${logs} has their output.`),
  );
  process.exitCode = 1;
} else console.log(`${count('held')} of ${rows.length} steps held.`);
