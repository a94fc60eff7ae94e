// SPDX-License-Identifier: Apache-2.0
// The fuzzer of what is written in TypeScript: runs each target for some time. docs/decisions/fuzzing.md says what they are.
//
//   node test/fuzz/fuzz.ts [--seconds N] [--seed S] [--hang SECONDS] [TARGET…]
//   node test/fuzz/fuzz.ts TARGET --input FILE
//
// A target is a file of targets/, by its name, or any other by its path. Exit code 1 means that something was found.

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CRASHED, readLast, replayCommand, saveInput, shortName } from './last.ts';

const { values, positionals } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    seed: { type: 'string' },
    input: { type: 'string' },
    hang: { type: 'string', default: '30' },
    build: { type: 'string', default: 'build' },
  },
  allowPositionals: true,
});

const TARGETS = join(import.meta.dirname, 'targets');
/** Megabytes that riptides may take. */
const MEMORY = 512;
const LOOK_EVERY = 500;
/** How many times as long an input may take that only waits. */
const PATIENCE = 10;
/** The unit of times in /proc. */
const TICKS = 100;

const crashes = join(values.build, 'crashes');
const all = readdirSync(TARGETS).map((file) => file.replace(/\.ts$/, ''));
const names = positionals.length === 0 ? all : positionals;
const unknown = names.find((name) => !isPath(name) && !all.includes(name));
if (unknown !== undefined) {
  console.error(`there is no target ${unknown}; there are ${all.join(', ')}`);
  process.exit(2);
}
const seed = values.seed === undefined ? Math.floor(Math.random() * 0x1_0000_0000) : Number(values.seed);
mkdirSync(crashes, { recursive: true });
for (const name of names) if (!(await runOne(name))) process.exitCode = 1;

function isPath(name: string): boolean {
  return name.includes('/');
}

/** Processor time of a process, in seconds; 0 where the system does not say. */
function secondsUsed(pid: number | undefined): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  } catch {
    return 0;
  }
}

/** Runs one target in a process, and watches it. False when something was found. */
async function runOne(name: string): Promise<boolean> {
  const file = isPath(name) ? resolve(name) : join(TARGETS, `${name}.ts`);
  const short = shortName(name);
  const last = join(crashes, `.last-${short}-${process.pid}`);
  const args = [name, file, last, crashes, String(seed), values.seconds];
  // In memory where that can be had.
  const scratch = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'riptides-fuzz-'));
  const worker = join(import.meta.dirname, 'worker.ts');
  const child = spawn(
    process.execPath,
    [
      `--max-old-space-size=${MEMORY}`,
      worker,
      ...args,
      ...(values.input === undefined ? [] : [values.input]),
    ],
    { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, FUZZ_SCRATCH: scratch } },
  );
  let hangs = false;
  const now = (number: number) => ({ number, since: performance.now(), used: secondsUsed(child.pid) });
  let seen = now(-1);
  const watch = setInterval(() => {
    const next = now(readLast(last)?.number ?? -1);
    const most = Number(values.hang);
    // On a busy machine a process may stand still for long, and nothing is wrong.
    const hasWorked = next.used - seen.used > most || next.since - seen.since > most * PATIENCE * 1000;
    if (next.number !== seen.number) seen = next;
    else if (next.number !== -1 && hasWorked) {
      hangs = true;
      child.kill('SIGKILL');
    }
  }, LOOK_EVERY);
  const [code, signal] = await new Promise<readonly [number | null, string | null]>((done) => {
    child.on('exit', (...end) => done(end));
  });
  clearInterval(watch);
  const input = readLast(last)?.input;
  rmSync(last, { force: true });
  rmSync(scratch, { recursive: true, force: true });
  if (code === 0) return true;
  if (code === CRASHED) return false;
  const what = hangs
    ? `an input takes longer than ${values.hang} s`
    : `the process ended with ${signal ?? code}`;
  const path = input === undefined ? undefined : saveInput(crashes, short, seed, input);
  console.log(`${short}: ${what}; seed ${seed}`);
  if (path !== undefined) console.log(`  replay: ${replayCommand(name, path)}`);
  return false;
}
