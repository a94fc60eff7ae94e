// SPDX-License-Identifier: Apache-2.0
// What compiling costs beyond reading YAML: `node bench/compile.ts [--json] [--rounds N] [COUNT…]`. For each count of generated
// documents it times the `yaml` package alone on the files (text to plain data) and the whole compiler on the same files, in
// turns in one process, and prints the ratio of the medians.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { compilePolicy } from '../src/compiler/compile.ts';
import { generatePolicy } from './policy.ts';

interface Result {
  readonly documents: number;
  readonly files: number;
  readonly bundleBytes: number;
  readonly yamlMs: number;
  readonly compileMs: number;
  /** Time of compiling over time of parsing alone. */
  readonly ratio: number;
}

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean', default: false }, rounds: { type: 'string', default: '5' } },
  allowPositionals: true,
});
const counts = positionals.length > 0 ? positionals.map(Number) : [1_000, 10_000];
const results: Result[] = [];
for (const count of counts) results.push(await measure(count, Number(values.rounds)));
if (values.json) console.log(JSON.stringify({ schemaVersion: 1, results }, null, 2));
else printTable(results);

async function measure(count: number, rounds: number): Promise<Result> {
  const directory = mkdtempSync(join(tmpdir(), 'riptides-bench-'));
  try {
    const files = writePolicy(directory, count);
    const yaml: number[] = [];
    const compile: number[] = [];
    let bundleBytes = 0;
    // The first round warms up both.
    for (let round = 0; round <= rounds; round++) {
      const yamlMs = await timed(() => parseFiles(files));
      const compileMs = await timed(async () => {
        const { value, diagnostics } = await compilePolicy([directory]);
        if (value === undefined) throw new Error(diagnostics[0]?.message ?? 'not compiled');
        bundleBytes = value.bundle.length;
      });
      if (round === 0) continue;
      yaml.push(yamlMs);
      compile.push(compileMs);
    }
    const [yamlMs, compileMs] = [median(yaml), median(compile)];
    return {
      documents: count,
      files: files.length,
      bundleBytes,
      yamlMs,
      compileMs,
      ratio: compileMs / yamlMs,
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** One document a file, in folders of a thousand. */
function writePolicy(directory: string, count: number): readonly string[] {
  generatePolicy(count).forEach((text, i) => {
    const folder = join(directory, String(Math.floor(i / 1000)));
    if (i % 1000 === 0) mkdirSync(folder);
    writeFileSync(i === 0 ? join(directory, 'riptides.yaml') : join(folder, `${i}.yaml`), text);
  });
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => join(directory, file));
}

function parseFiles(files: readonly string[]): void {
  for (const file of files) {
    for (const document of parseAllDocuments(readFileSync(file, 'utf8'))) {
      if ('toJS' in document) document.toJS();
    }
  }
}

async function timed(work: () => void | Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

function median(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function printTable(rows: readonly Result[]): void {
  const columns = ['documents', 'bundle, bytes', 'yaml alone, ms', 'compile, ms', 'ratio'];
  console.log(columns.join('  '));
  for (const { documents, bundleBytes, yamlMs, compileMs, ratio } of rows) {
    const cells = [
      String(documents),
      String(bundleBytes),
      yamlMs.toFixed(0),
      compileMs.toFixed(0),
      ratio.toFixed(2),
    ];
    console.log(cells.map((cell, i) => cell.padStart(columns[i]?.length ?? 0)).join('  '));
  }
}
