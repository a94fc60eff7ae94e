// SPDX-License-Identifier: Apache-2.0
// What compiling costs beside reading YAML: `node bench/compile.ts [--json] [--rounds N] [--per-file N] [COUNT…]`. For each count
// of generated documents it times in turns, in one process, the `yaml` package alone on the files (text to plain data) and the
// whole compiler on the same files, and prints the ratio of the medians. Then one file changes, again and again, and a reader
// that knows the others reads the policy: once told which file it is, once not. The peak of memory is that of another process,
// which does nothing but compile once.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { table } from '../src/cli/terminal.ts';
import { compilePolicy } from '../src/compiler/compile.ts';
import { createReader } from '../src/compiler/load/read.ts';
import { generatePolicy } from './policy.ts';

interface Result {
  readonly documents: number;
  readonly files: number;
  readonly bundleBytes: number;
  readonly yamlMs: number;
  readonly compileMs: number;
  /** Time of compiling over time of parsing alone. */
  readonly ratio: number;
  /** Time of reading again after one file changed, over time of compiling: when the file is named, and when all are looked at. */
  readonly rereadNamed: number;
  readonly rereadAll: number;
  /** Megabytes of a process that compiles once. */
  readonly peakMb: number;
}

/** After so long a file that was written counts as settled: see src/compiler/load/files.ts. */
const SETTLED_MS = 2_100;

const { values, positionals } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    'per-file': { type: 'string', default: '1' },
    /** For the process whose memory is measured. */
    once: { type: 'string' },
  },
  allowPositionals: true,
});

if (values.once === undefined) {
  const counts = positionals.length > 0 ? positionals.map(Number) : [1_000, 10_000];
  const results: Result[] = [];
  for (const count of counts)
    results.push(await measure(count, Number(values['per-file']), Number(values.rounds)));
  if (values.json) console.log(JSON.stringify({ schemaVersion: 2, results }, null, 2));
  else printTable(results);
} else {
  await compile(values.once);
  console.log(process.resourceUsage().maxRSS);
}

async function measure(count: number, perFile: number, rounds: number): Promise<Result> {
  const directory = mkdtempSync(join(tmpdir(), 'riptides-bench-'));
  try {
    const files = writePolicy(directory, count, perFile);
    const yaml: number[] = [];
    const whole: number[] = [];
    let bundleBytes = 0;
    // The first round warms up both.
    for (let round = 0; round <= rounds; round++) {
      const yamlMs = await timed(() => parseFiles(files));
      const compileMs = await timed(async () => {
        bundleBytes = await compile(directory);
      });
      if (round === 0) continue;
      yaml.push(yamlMs);
      whole.push(compileMs);
    }
    const [yamlMs, compileMs] = [median(yaml), median(whole)];
    const reread = await measureReading(directory, files[files.length - 1] ?? '', rounds);
    return {
      documents: count,
      files: files.length,
      bundleBytes,
      yamlMs,
      compileMs,
      ratio: compileMs / yamlMs,
      rereadNamed: reread.named / compileMs,
      rereadAll: reread.all / compileMs,
      peakMb: peakOf(directory),
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Documents in files, these in folders of a thousand; the first one is the project's own. */
function writePolicy(directory: string, count: number, perFile: number): readonly string[] {
  const documents = generatePolicy(count);
  writeFileSync(join(directory, 'riptides.yaml'), documents[0] ?? '');
  for (let i = 1, file = 0; i < documents.length; i += perFile, file++) {
    const folder = join(directory, String(Math.floor(file / 1000)));
    if (file % 1000 === 0) mkdirSync(folder);
    writeFileSync(join(folder, `${file}.yaml`), documents.slice(i, i + perFile).join('---\n'));
  }
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

async function compile(directory: string): Promise<number> {
  const { value, diagnostics } = await compilePolicy([directory]);
  if (value === undefined) throw new Error(diagnostics[0]?.message ?? 'not compiled');
  return value.bundle.length;
}

async function measureReading(
  directory: string,
  file: string,
  rounds: number,
): Promise<{ readonly named: number; readonly all: number }> {
  await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
  const reader = createReader();
  reader.read([directory]);
  const text = readFileSync(file, 'utf8');
  const change = async (read: () => unknown): Promise<number> => {
    const times: number[] = [];
    for (let round = 0; round <= rounds; round++) {
      writeFileSync(file, `${text}# ${performance.now()}\n`);
      const time = await timed(read);
      if (round > 0) times.push(time);
    }
    return median(times);
  };
  const named = await change(() => reader.read([directory], new Set([file])));
  return { named, all: await change(() => reader.read([directory])) };
}

function peakOf(directory: string): number {
  const { stdout, status } = spawnSync(
    process.execPath,
    [fileURLToPath(import.meta.url), '--once', directory],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error('the process whose memory is measured has failed');
  return Number(stdout) / 1024;
}

async function timed(work: () => unknown): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

function median(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function printTable(rows: readonly Result[]): void {
  const percent = (ratio: number): string => `${(ratio * 100).toFixed(2)} %`;
  const columns = [
    'documents',
    'files',
    'bundle, bytes',
    'yaml alone, ms',
    'compile, ms',
    'compile/yaml',
    'reread, named',
    'reread, all',
    'peak, MB',
  ];
  const lines = rows.map((row) => [
    String(row.documents),
    String(row.files),
    String(row.bundleBytes),
    row.yamlMs.toFixed(0),
    row.compileMs.toFixed(0),
    row.ratio.toFixed(2),
    percent(row.rereadNamed),
    percent(row.rereadAll),
    row.peakMb.toFixed(0),
  ]);
  console.log(table([columns, ...lines], [...columns.keys()]));
}
