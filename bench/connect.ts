// SPDX-License-Identifier: Apache-2.0
// What the module costs: connect and close, with bundles of several sizes, and send and receive, each beside the same with the module
// drained; and an nft set of 100,000 elements beside no chain. Rounds with and without alternate in one virtual machine. Instructions
// are counted, which other work on the machine does not change; --time takes the time instead.
//
//   node bench/connect.ts [--kernel 6.12] [--small] [--time]

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { LIMITS } from '../src/bundle/generated.ts';
import { compilePolicy } from '../src/compiler/compile.ts';
import { buildModule } from '../src/module/build.ts';
import { findKernel, toSeries } from '../test/vm/kernels.ts';
import { bootVm, type Vm } from '../test/vm/vm.ts';

const ADDRESS = '127.0.0.1';
const PORT = 7000;
const RULES_OF_IDENTITY = 100;
const DOCUMENTS_PER_FILE = 500;
const FULL = 0.9;
const RUN_MS = 1_800_000;
const here = fileURLToPath(new URL('.', import.meta.url));
const TOOLS = join(here, '../test/kernel/guest');

interface Row {
  readonly case: string;
  readonly ratio: number;
  readonly lowest: number;
  readonly highest: number;
  /** Nanoseconds, or instructions, of one without. */
  readonly without: number;
}

const { values } = parseArgs({
  options: {
    kernel: { type: 'string', default: '6.12' },
    small: { type: 'boolean', default: false },
    time: { type: 'boolean', default: false },
  },
});
/** 780,000 rules fill a bundle. */
const SIZES = values.small ? [10, 1000] : [10, 100_000, 780_000];
const ROUNDS = values.small ? 3 : 9;
const kernel = toSeries(values.kernel);
const directory = mkdtempSync(join(tmpdir(), 'riptides-bench-'));
try {
  console.log(JSON.stringify(await measure(), null, 2));
} finally {
  rmSync(directory, { recursive: true, force: true });
}

async function measure(): Promise<object> {
  const program = join(directory, 'connect');
  execFileSync('cc', ['-O2', '-static', '-pthread', '-o', program, join(here, 'guest/connect.c')]);
  const bundles: { readonly name: string; readonly path: string }[] = [];
  for (const rules of SIZES)
    bundles.push({ name: `${rules.toLocaleString('en')} rules`, path: await writeBundle(rules) });
  writeFileSync(join(directory, 'set.nft'), nftSet(SIZES[1] ?? 0));
  const { release, tree } = findKernel(kernel);
  const { path: module } = await buildModule({ release, kernelTree: tree });
  const countInstructions = !values.time;
  const vm = await bootVm({ kernel, countInstructions, memoryMiB: 2048, bootTimeoutMs: 300_000 });
  try {
    const rows: Row[] = [];
    // Client and listener share a processor.
    const command = (what: string, count: number): string =>
      `taskset -c 1 ${program} ${what} ${ADDRESS} ${PORT} ${count}`;
    const pair = async (name: string, subject: string, run: string): Promise<void> => {
      const output = await must(vm, `python3 ${here}guest/paired.py ${subject} ${TOOLS} ${ROUNDS} ${run}`);
      rows.push(rowOf(name, JSON.parse(output) as readonly [number, number][]));
    };

    await must(vm, `ip link set lo up; insmod ${module}`);
    for (const { name, path } of bundles)
      await pair(`connect and close, ${name}`, path, command('connect', 400));
    await pair(`send and receive, ${bundles[0]?.name ?? ''}`, bundles[0]?.path ?? '', command('send', 2000));
    await must(
      vm,
      `python3 -c 'import sys; sys.path.insert(0, "${TOOLS}"); from rt import *; Family().drain()' && rmmod riptides`,
    );
    await must(vm, `nft -f ${directory}/set.nft`);
    await pair(
      `connect and close, nft set of ${(SIZES[1] ?? 0).toLocaleString('en')}`,
      'nft',
      command('connect', 400),
    );
    await vm.shutdown();
    console.table(rows);
    return {
      benchmark: 'connect',
      kernel: vm.kernel.release,
      unit: countInstructions ? 'instructions' : 'ns',
      rounds: ROUNDS,
      rows,
    };
  } finally {
    vm.destroy();
  }
}

async function must(vm: Vm, command: string): Promise<string> {
  const result = await vm.run(command, { timeoutMs: RUN_MS });
  if (result.code !== 0) throw new Error(`${command}: ${result.code}\n${result.stdout}${result.stderr}`);
  return result.stdout;
}

/** A policy in which each rule grants a service of its own; the last service of the superuser's identity is what is connected to. */
async function writeBundle(rules: number): Promise<string> {
  const policy = join(directory, `${rules}`);
  mkdirSync(policy);
  const head = `apiVersion: core.riptides.io/v1alpha1\nkind: `;
  const own = Math.min(rules, RULES_OF_IDENTITY) - 1;
  const documents = [
    `${head}Project\nmetadata: {name: bench}\nspec: {trustDomain: bench.example, defaultPosture: {egress: deny}}\n`,
  ];
  for (let i = 0; i < rules; i++) {
    const address = i === own ? ADDRESS : `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;
    documents.push(
      `${head}Service\nmetadata: {name: s${i}}\nspec: {labels: {s: "${i}"}, addresses: [{address: ${address}, port: ${PORT}}]}\n`,
    );
  }
  for (let first = 0; first < rules; first += RULES_OF_IDENTITY) {
    const number = first / RULES_OF_IDENTITY;
    const egress = Array.from(
      { length: Math.min(RULES_OF_IDENTITY, rules - first) },
      (_, i) => `    - selectors: [{s: "${first + i}"}]\n`,
    );
    documents.push(
      `${head}WorkloadIdentity\nmetadata: {name: i${number}}\nspec:\n  workloadID: i${number}\n  selectors: [{process:uid: ${number}}]\n  egress:\n${egress.join('')}`,
    );
  }
  for (let i = 0; i < documents.length; i += DOCUMENTS_PER_FILE)
    writeFileSync(join(policy, `${i}.yaml`), documents.slice(i, i + DOCUMENTS_PER_FILE).join('---\n'));
  const { value, diagnostics } = await compilePolicy([policy], {});
  if (value === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  if (rules > 100_000 && value.bundle.length < FULL * LIMITS.bundleSize)
    throw new Error(`${rules} rules fill only ${value.bundle.length} bytes of a bundle`);
  const path = join(directory, `${rules}.rtb`);
  writeFileSync(path, value.bundle);
  rmSync(policy, { recursive: true });
  return path;
}

function nftSet(size: number): string {
  const elements = Array.from({ length: size }, (_, i) =>
    i === size - 1 ? `${ADDRESS} . ${PORT}` : `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255} . ${PORT}`,
  );
  return `table inet bench {\n  set allowed { type ipv4_addr . inet_service; elements = { ${elements.join(', ')} }; }\n}\n`;
}

function rowOf(name: string, pairs: readonly (readonly [number, number])[]): Row {
  const ratios = pairs.map(([without, withIt]) => withIt / without);
  return {
    case: name,
    ratio: round(median(ratios)),
    lowest: round(Math.min(...ratios)),
    highest: round(Math.max(...ratios)),
    without: Math.round(median(pairs.map(([without]) => without))),
  };
}

function round(value: number): number {
  return Number(value.toFixed(3));
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
