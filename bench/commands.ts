// SPDX-License-Identifier: Apache-2.0
// What commands cost on a large policy after one change, beside `validate`: `node bench/commands.ts [--json] [--rounds N] [--small]
// [COUNT]`. A generated policy (10,000 documents, a file each) is committed and applied to the embedded target; then the port of one
// service changes. Each round runs every command once, in a process of its own, and so a process that does nothing but compile: its
// time, without its start, is what `validate` stands beside. The ratios are of medians.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { table } from '../src/terminal/paint.ts';
import { median, RIPTIDES, runNode } from './measure.ts';
import { writePolicy } from './policy.ts';

const COMPILE = fileURLToPath(new URL('compile.ts', import.meta.url));
const VALIDATE = 'validate';
const EMBEDDED = ['--target', 'embedded'];
/** Each with how many times as long as `validate` it may take. Exit code 3: `lint` warns of what was gained. */
const COMMANDS = [
  { args: [VALIDATE], goal: 1 },
  { args: ['plan', ...EMBEDDED], goal: 1.2 },
  { args: ['lint', ...EMBEDDED], goal: 1.1, statuses: [0, 3] },
  { args: ['diff', 'HEAD', '.'], goal: 2 },
  { args: ['fmt', '--check'], goal: 1.2 },
] as const;
/** How many times as long as compiling `validate` may take. */
const VALIDATE_GOAL = 1.2;

const { values, positionals } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    small: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const count = Number(positionals[0] ?? (values.small ? 200 : 10_000));
const rounds = Number(values.rounds ?? (values.small ? 1 : 5));

const directory = mkdtempSync(join(tmpdir(), 'riptides-bench-'));
try {
  prepare();
  const compile: number[] = [];
  const times = new Map<string, number[]>(COMMANDS.map(({ args }) => [args.join(' '), []]));
  // The first round brings the files into memory.
  for (let round = 0; round <= rounds; round++) {
    const { coldMs }: { coldMs: number } = JSON.parse(runNode([COMPILE, '--once', directory]).stdout);
    if (round > 0) compile.push(coldMs);
    for (const { args, ...options } of COMMANDS) {
      const { ms } = runNode([RIPTIDES, ...args], { cwd: directory, ...options });
      if (round > 0) times.get(args.join(' '))?.push(ms);
    }
  }
  report(median(compile), times);
} finally {
  rmSync(directory, { recursive: true });
}

/** A policy in force, and a change of it. */
function prepare(): void {
  const files = writePolicy(directory, count, 1);
  const git = (...args: readonly string[]): unknown =>
    execFileSync('git', ['-c', 'user.name=bench', '-c', 'user.email=bench@localhost', ...args], {
      cwd: directory,
    });
  git('init', '--quiet');
  git('add', '.');
  git('commit', '--quiet', '--message', 'A large policy');
  runNode([RIPTIDES, 'apply', '--yes', ...EMBEDDED], { cwd: directory });
  const service = files
    .slice(Math.floor(files.length / 2))
    .find((file) => /^kind: Service$/m.test(read(file)));
  if (service === undefined) throw new Error('no file has a Service');
  writeFileSync(service, read(service).replace(/port: 8080$/m, 'port: 9090'));
}

function read(file: string): string {
  return readFileSync(file, 'utf8');
}

function report(compileMs: number, times: ReadonlyMap<string, readonly number[]>): void {
  const validateMs = median(times.get(VALIDATE) ?? []);
  const results = COMMANDS.map(({ args, goal }) => {
    const ms = median(times.get(args.join(' ')) ?? []);
    return { command: args.join(' '), ms, ratio: ms / validateMs, goal };
  });
  const validate = { compileMs, validateMs, ratio: validateMs / compileMs, goal: VALIDATE_GOAL };
  if (values.json) {
    console.log(JSON.stringify({ schemaVersion: 1, documents: count, validate, results }, null, 2));
    return;
  }
  console.log(
    table(
      [
        [`${count} documents`, 'ms', 'ratio', 'goal', 'beside'],
        [VALIDATE, validateMs.toFixed(0), validate.ratio.toFixed(2), String(VALIDATE_GOAL), 'compiling'],
        ...results
          .slice(1)
          .map(({ command, ms, ratio, goal }) => [
            command,
            ms.toFixed(0),
            ratio.toFixed(2),
            String(goal),
            VALIDATE,
          ]),
      ],
      [1, 2, 3],
    ).join('\n'),
  );
}
