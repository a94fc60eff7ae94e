// SPDX-License-Identifier: Apache-2.0
// What a decision costs: connect and close in a virtual machine with no module, with the module and 10 rules, with
// 100,000 rules, and with an nft set of 100,000 elements beside it. Rounds alternate, and only ratios are worth reading.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compilePolicy } from '../src/compiler/compile.ts';
import { buildModule } from '../src/module/build.ts';
import { GUEST_NODE } from '../test/vm/guest-node.ts';
import { findKernel } from '../test/vm/kernels.ts';
import { toSeries } from '../test/vm/kernels.ts';
import { bootVm, type Vm } from '../test/vm/vm.ts';

const ADDRESS = '127.0.0.1';
const PORT = 7000;
const CONNECTIONS = 1000;
const RUNS = 5;
const ROUNDS = 7;
const DOCUMENTS_PER_FILE = 10_000;
const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '..');
const NODE = GUEST_NODE.join(' ');

type Case = 'no module' | 'module, 10 rules' | 'module, 100,000 rules' | 'nft set, 100,000 elements';

const { values } = parseArgs({ options: { kernel: { type: 'string', default: '6.12' } } });
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
  const small = await writeBundle('small', 10);
  const large = await writeBundle('large', 100_000);
  writeFileSync(join(directory, 'set.nft'), nftSet(100_000));
  const { release, tree } = findKernel(kernel);
  const { path: module } = await buildModule({ release, kernelTree: tree });
  const vm = await bootVm({ kernel });
  try {
    const times = new Map<Case, number[]>();
    for (let round = 0; round < ROUNDS; round++) {
      await time(vm, times, 'no module', program);
      await must(vm, `nft -f ${directory}/set.nft`);
      await time(vm, times, 'nft set, 100,000 elements', program);
      await must(vm, 'nft flush ruleset');
      await must(vm, `insmod ${module}`);
      await commit(vm, small);
      await time(vm, times, 'module, 10 rules', program);
      await commit(vm, large);
      await time(vm, times, 'module, 100,000 rules', program);
      await must(vm, `${NODE} ${root}/bin/riptides.js module drain && rmmod riptides`);
    }
    await vm.shutdown();
    return report(vm.kernel.release, times);
  } finally {
    vm.destroy();
  }
}

async function time(vm: Vm, times: Map<Case, number[]>, name: Case, program: string): Promise<void> {
  // Client and listener share a processor, and the fastest run of a round counts: what the emulator and the host do meanwhile
  // only ever adds.
  const run = `taskset -c 1 ${program} ${ADDRESS} ${PORT} ${CONNECTIONS}`;
  const output = await must(vm, Array.from({ length: RUNS }, () => run).join('; '));
  const fastest = Math.min(...output.trim().split('\n').map(Number));
  times.set(name, [...(times.get(name) ?? []), fastest]);
}

function commit(vm: Vm, bundle: string): Promise<string> {
  return must(vm, `${NODE} ${here}guest/commit.ts ${bundle}`);
}

async function must(vm: Vm, command: string): Promise<string> {
  const result = await vm.run(command, { timeoutMs: 300_000 });
  if (result.code !== 0) throw new Error(`${command}: ${result.code}\n${result.stdout}${result.stderr}`);
  return result.stdout;
}

/** A policy of one identity with so many services, each granted by a rule of its own; the last one is what is connected to. */
async function writeBundle(name: string, rules: number): Promise<string> {
  const policy = join(directory, name);
  mkdirSync(policy);
  const head = `apiVersion: core.riptides.io/v1alpha1\nkind: `;
  const services = Array.from({ length: rules }, (_, i) => {
    const last = i === rules - 1;
    const address = last ? ADDRESS : `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;
    return `${head}Service\nmetadata: {name: s${i}}\nspec: {labels: {s: "${i}"}, addresses: [{address: ${address}, port: ${PORT}}]}\n`;
  });
  const egress = Array.from({ length: rules }, (_, i) => `    - selectors: [{s: "${i}"}]\n`).join('');
  writeFileSync(
    join(policy, 'riptides.yaml'),
    [
      `${head}Project\nmetadata: {name: bench}\nspec: {trustDomain: bench.example, defaultPosture: {egress: deny}}\n`,
      `${head}WorkloadIdentity\nmetadata: {name: bench}\nspec:\n  workloadID: bench\n  selectors: [{process:uid: 0}]\n  egress:\n${egress}`,
    ].join('---\n'),
  );
  for (let i = 0; i < services.length; i += DOCUMENTS_PER_FILE)
    writeFileSync(
      join(policy, `services-${i}.yaml`),
      services.slice(i, i + DOCUMENTS_PER_FILE).join('---\n'),
    );
  const checked = await compilePolicy([policy], {});
  if (checked.value === undefined) throw new Error(checked.diagnostics.map((d) => d.message).join('\n'));
  const bundle = join(directory, `${name}.rtb`);
  writeFileSync(bundle, checked.value.bundle);
  return bundle;
}

function nftSet(size: number): string {
  const elements = Array.from({ length: size }, (_, i) =>
    i === size - 1 ? `${ADDRESS} . ${PORT}` : `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255} . ${PORT}`,
  );
  return `table inet bench {
  set allowed { type ipv4_addr . inet_service; elements = { ${elements.join(', ')} } }
  chain out { type filter hook output priority 0; policy accept; tcp flags syn / syn,ack ip daddr . tcp dport @allowed accept; tcp flags syn / syn,ack reject; }
}
`;
}

function report(release: string, times: ReadonlyMap<Case, readonly number[]>): object {
  const base = median(times.get('no module') ?? []);
  const rows = [...times].map(([name, values]) => ({
    case: name,
    ratio: Number((median(values) / base).toFixed(3)),
    lowest: Number((Math.min(...values) / base).toFixed(3)),
    highest: Number((Math.max(...values) / base).toFixed(3)),
  }));
  console.table(rows);
  return {
    benchmark: 'connect',
    kernel: release,
    rounds: ROUNDS,
    runs: RUNS,
    connections: CONNECTIONS,
    baseline: 'no module',
    rows,
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
