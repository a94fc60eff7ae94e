// SPDX-License-Identifier: Apache-2.0
// Changes the compiler and the schemas in small ways, and tells which changes no test noticed. docs/decisions/mutation.md says how
// long it takes and how to read it.
//   npm run mutate -- [--sample 0.1] [folder…]

import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
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

const { values, positionals } = parseArgs({
  options: { sample: { type: 'string', default: '1' } },
  allowPositionals: true,
});
const sample = z.coerce.number().gt(0).lte(1).parse(values.sample);
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
    env: { ...process.env, MUTATE_SAMPLE: String(sample) },
  });
  if (status !== 0) throw new Error(`Stryker ended with ${status} for ${folder}`);
  return reportSchema.parse(JSON.parse(readFileSync('build/mutation.json', 'utf8')));
}
