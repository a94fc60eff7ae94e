// SPDX-License-Identifier: Apache-2.0
// What compiling costs beside reading YAML: `node bench/compile.ts [--json] [--rounds N] [--per-file N] [--small] [COUNT…]`. For each count
// of generated documents it times in turns, in one process, the `yaml` package alone on the files (text to plain data) and the
// whole compiler on the same files, and prints the ratio of the medians; fewer rounds of many documents. Then it changes one
// file, again and again and in several ways, and lets a compiler that knows the others compile the policy, to the verified bundle:
// as `--watch` does. Those medians stand beside the time of another process that does nothing but compile once, which also
// tells the peak of memory.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { table } from '../src/terminal/paint.ts';
import { compilePolicy, createCompiler } from '../src/compiler/compile.ts';
import { median, runNode, timed } from './measure.ts';
import { writePolicy } from './policy.ts';

interface Result {
  readonly documents: number;
  readonly files: number;
  readonly bundleBytes: number;
  readonly yamlMs: number;
  readonly compileMs: number;
  /** Time of compiling over time of parsing alone. */
  readonly ratio: number;
  /** Time of a process that compiles once, without its start. */
  readonly coldMs: number;
  /** Time of compiling again after a change of one file over that, for each kind of change. */
  readonly again: Readonly<Record<keyof typeof CHANGES, number>>;
  /** Megabytes of a process that compiles once. */
  readonly peakMb: number;
}

/** Changes of a file, each with a number that has not been used. */
const CHANGES = {
  comment: { of: 'identity', to: (text: string, i: number) => `${text}# ${i}\n` },
  selector: {
    of: 'identity',
    to: (text: string, i: number) => text.replace(/process:uid: \d+/, `process:uid: ${70_000 + i}`),
  },
  rule: {
    of: 'identity',
    to: (text: string, i: number) => `${text}    - selectors:\n        - app: app-${i + 7}\n`,
  },
  address: {
    of: 'service',
    to: (text: string, i: number) => text.replaceAll(/port: \S+/g, `port: ${9_000 + i}`),
  },
} as const;

const { values, positionals } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    small: { type: 'boolean', default: false },
    'per-file': { type: 'string', default: '1' },
    /** For the process whose memory is measured. */
    once: { type: 'string' },
  },
  allowPositionals: true,
});

const ROUNDS = Number(values.rounds ?? (values.small ? 1 : 5));

if (values.once === undefined) {
  const usual = values.small ? [200] : [1_000, 10_000, 100_000];
  const counts = positionals.length > 0 ? positionals.map(Number) : usual;
  const results: Result[] = [];
  for (const count of counts) results.push(await measure(count, Number(values['per-file']), roundsOf(count)));
  if (values.json) console.log(JSON.stringify({ schemaVersion: 3, results }, null, 2));
  else printTable(results);
} else {
  const { once } = values;
  const coldMs = await timed(() => compile(once));
  console.log(JSON.stringify({ coldMs, peakMb: process.resourceUsage().maxRSS / 1024 }));
}

function roundsOf(count: number): number {
  const rounds = ROUNDS;
  return Math.min(rounds, Math.max(1, Math.round((rounds * 10_000) / count)));
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
    const cold = compileOnce(directory);
    const again = await measureChanges(directory, files, ROUNDS);
    return {
      documents: count,
      files: files.length,
      bundleBytes,
      yamlMs,
      compileMs,
      ratio: compileMs / yamlMs,
      coldMs: cold.coldMs,
      again: {
        comment: again.comment / cold.coldMs,
        selector: again.selector / cold.coldMs,
        rule: again.rule / cold.coldMs,
        address: again.address / cold.coldMs,
      },
      peakMb: cold.peakMb,
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
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

/** Medians, by kind of change. What has changed stays so until the next kind. */
async function measureChanges(
  directory: string,
  files: readonly string[],
  rounds: number,
): Promise<Record<keyof typeof CHANGES, number>> {
  const { compile: again } = createCompiler();
  const check = async (changed?: ReadonlySet<string>): Promise<void> => {
    const { value, diagnostics } = await again([directory], {}, changed);
    if (value === undefined) throw new Error(diagnostics[0]?.message ?? 'not compiled');
  };
  await check();
  const medians: Record<string, number> = {};
  let number = 0;
  for (const [name, { of, to }] of Object.entries(CHANGES)) {
    const file = fileWith(files, of);
    const text = readFileSync(file, 'utf8');
    const times: number[] = [];
    // The first round warms up.
    for (let round = 0; round <= rounds; round++) {
      writeFileSync(file, to(text, number++));
      const time = await timed(() => check(new Set([file])));
      if (round > 0) times.push(time);
    }
    medians[name] = median(times);
  }
  return Object.assign({ comment: 0, selector: 0, rule: 0, address: 0 }, medians);
}

/** The file in the middle that has a document of the kind. */
function fileWith(files: readonly string[], kind: 'identity' | 'service'): string {
  const wanted = kind === 'identity' ? 'kind: WorkloadIdentity' : 'kind: Service';
  const from = Math.floor(files.length / 2);
  const file = [...files.slice(from), ...files].find((one) => readFileSync(one, 'utf8').includes(wanted));
  if (file === undefined) throw new Error(`no file has a ${kind}`);
  return file;
}

function compileOnce(directory: string): { readonly coldMs: number; readonly peakMb: number } {
  return JSON.parse(runNode([fileURLToPath(import.meta.url), '--once', directory]).stdout);
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
    'cold, ms',
    ...Object.keys(CHANGES).map((name) => `${name}/cold`),
    'peak, MB',
  ];
  const lines = rows.map((row) => [
    String(row.documents),
    String(row.files),
    String(row.bundleBytes),
    row.yamlMs.toFixed(0),
    row.compileMs.toFixed(0),
    row.ratio.toFixed(2),
    row.coldMs.toFixed(0),
    ...Object.values(row.again).map(percent),
    row.peakMb.toFixed(0),
  ]);
  console.log(table([columns, ...lines], [...columns.keys()]).join('\n'));
}
