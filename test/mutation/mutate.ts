// SPDX-License-Identifier: Apache-2.0
// Changes the compiler and the schemas in small ways, and tells which changes no test noticed. docs/decisions/mutation.md says how
// long it takes and how to read it.
//   npm run mutate -- [--sample 0.1] [folder…]
//   npm run mutate -- --again folder

import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { type Report, reportSchema, survivors, tally } from './report.ts';

const CONFIG = 'test/mutation/stryker.config.js';
const FOLDERS = [
  'src/schema',
  'src/compiler/load',
  'src/compiler/dialect',
  'src/compiler/shape',
  'src/compiler/resolve',
  'src/compiler/guard',
  'src/compiler/analyse',
  'src/compiler/conditions',
  'src/compiler/lower',
  'src/compiler/emit',
  'src/compiler/*.ts',
];

const REPORT = 'build/mutation.json';
const LAST_REPORT = 'build/mutation-before.json';

const { values, positionals } = parseArgs({
  options: { sample: { type: 'string' }, again: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const sample = z.coerce.number().gt(0).lte(1).optional().parse(values.sample);
if (values.again) copyFileSync(REPORT, LAST_REPORT);
const folders = positionals.length === 0 ? FOLDERS : positionals;
const tallies = folders.map((folder) => {
  const report = mutate(folder);
  console.log(survivors(report).join('\n'));
  return tally(folder, report);
});
console.table(tallies);

/** Runs Stryker over a folder or a file: each has its own dry run, so that only what is looked at is slowed down. */
function mutate(folder: string): Report {
  const isFolder = statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
  const files = isFolder ? `${folder}/**/*.ts` : folder;
  const { status } = spawnSync('stryker', ['run', CONFIG, '--mutate', files], {
    stdio: 'inherit',
    env: {
      ...process.env,
      ...(sample !== undefined && { MUTATE_SAMPLE: String(sample) }),
      ...(values.again && { MUTATE_AGAIN: LAST_REPORT }),
    },
  });
  if (status !== 0) throw new Error(`Stryker ended with ${status} for ${folder}`);
  return reportSchema.parse(JSON.parse(readFileSync(REPORT, 'utf8')));
}
