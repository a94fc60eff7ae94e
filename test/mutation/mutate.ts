// SPDX-License-Identifier: Apache-2.0
// Changes the compiler and the schemas in small ways, and tells which changes no test noticed. docs/decisions/mutation.md says how
// long it takes and how to read it.
//   npm run mutate -- [--sample 0.1] [folder…]
//   npm run mutate -- --again folder

import { spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { type Report, reportSchema, survivors, tally, withSecond } from './report.ts';

const CONFIG = 'test/mutation/stryker.config.js';
const FOLDERS = [
  'src/schema',
  'src/compiler/load',
  'src/compiler/dialect',
  'src/compiler/shape',
  'src/compiler/resolve',
  'src/compiler/guard',
  'src/compiler/analyse',
  'src/conditions',
  'src/compiler/conditions',
  'src/compiler/lower',
  'src/compiler/emit',
  'src/compiler/*.ts',
];

/** What Stryker writes, and what is kept of it for the next time. */
const REPORT = 'build/mutation.json';
const KEPT = 'build/mutation-kept.json';
/** The tests that the second look at survivors leaves out. */
const SLOW_MS = '1000';

const { values, positionals } = parseArgs({
  options: { sample: { type: 'string' }, again: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const sample = z.coerce.number().gt(0).lte(1).optional().parse(values.sample);
const folders = positionals.length === 0 ? FOLDERS : positionals;
const tallies = folders.map((folder) => {
  const report = mutate(folder);
  console.log(survivors(report).join('\n'));
  return tally(folder, report);
});
console.table(tallies);

/** Asks the fast tests, and about what they do not notice also the slow ones. */
function mutate(folder: string): Report {
  const first = values.again
    ? readReport(KEPT)
    : runStryker(folder, sample === undefined ? {} : { MUTATE_SAMPLE: String(sample) });
  writeFileSync(KEPT, JSON.stringify(first));
  const report = withSecond(first, runStryker(folder, { MUTATE_AGAIN: KEPT, MUTATE_SLOW_MS: SLOW_MS }));
  writeFileSync(KEPT, JSON.stringify(report));
  return report;
}

/** Runs Stryker over a folder or a file: each has its own dry run, so that only what is looked at is slowed down. */
function runStryker(folder: string, env: NodeJS.ProcessEnv): Report {
  const isFolder = statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
  const files = isFolder ? `${folder}/**/*.ts` : folder;
  const { status } = spawnSync('stryker', ['run', CONFIG, '--mutate', files], {
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  if (status !== 0) throw new Error(`Stryker ended with ${status} for ${folder}`);
  return readReport(REPORT);
}

function readReport(file: string): Report {
  return reportSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
}
