// SPDX-License-Identifier: Apache-2.0
// What the module costs: connect and close, with bundles of several sizes and one that asks for labels, and send and receive, by TCP and UDP, each beside the same with the
// module drained; and an nft set of 100,000 elements beside no chain. Rounds with and without alternate in one virtual machine. Instructions
// are counted, which other work on the machine does not change; --time takes the time instead.
//
//   node bench/connect.ts [--kernel 6.12] [--small] [--time]

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { LIMITS } from '../src/bundle/generated.ts';
import { bootBench, must } from './guest.ts';
import { median } from './measure.ts';
import { ADDRESS, compileRules, nftSet, PORT } from './rules.ts';

const FULL = 0.9;
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
const ROUNDS = values.small ? 3 : 5;
const CONNECTIONS = values.small ? 400 : 1000;
const SENDS = 2000;
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
  bundles.push({ name: '10 rules, by labels', path: await writeBundle(10, 'labels', labelsOf(program)) });
  writeFileSync(join(directory, 'set.nft'), nftSet(SIZES[1] ?? 0));
  const { vm, load } = await bootBench(values);
  try {
    const rows: Row[] = [];
    const command = (what: string, count: number): string => `${program} ${what} ${ADDRESS} ${PORT} ${count}`;
    const pair = async (name: string, subject: string, run: string): Promise<void> => {
      const output = await must(vm, `python3 ${here}guest/paired.py ${subject} ${TOOLS} ${ROUNDS} ${run}`);
      rows.push(rowOf(name, JSON.parse(output) as readonly [number, number][]));
    };

    await load();
    for (const { name, path } of bundles)
      await pair(`connect and close, ${name}`, path, command('connect', CONNECTIONS));
    for (const [what, name] of [
      ['send', 'send and receive'],
      ['datagram', 'datagram of a connected socket'],
      ['sendto', 'datagram with a destination'],
    ] as const)
      await pair(`${name}, ${bundles[0]?.name ?? ''}`, bundles[0]?.path ?? '', command(what, SENDS));
    await must(
      vm,
      `python3 -c 'import sys; sys.path.insert(0, "${TOOLS}"); from rt import *; Family().drain()' && rmmod riptides`,
    );
    await must(vm, `nft -f ${directory}/set.nft`);
    await pair(
      `connect and close, nft set of ${(SIZES[1] ?? 0).toLocaleString('en')}`,
      'nft',
      command('connect', CONNECTIONS),
    );
    await vm.shutdown();
    console.table(rows);
    return {
      benchmark: 'connect',
      kernel: vm.kernel.release,
      unit: values.time ? 'ns' : 'instructions',
      rounds: ROUNDS,
      rows,
    };
  } finally {
    vm.destroy();
  }
}

/** Labels of the program, of its image and of the call, as facts of a selector. */
function labelsOf(program: string): string {
  const hash = createHash('sha256').update(readFileSync(program)).digest('hex');
  return `, process:binary:hash: "sha256:${hash}", process:namespace:net:host: true, process:uid:real: 0, process:gid:additional: [0, 1, 2]`;
}

async function writeBundle(rules: number, name = String(rules), facts?: string): Promise<string> {
  const bundle = await compileRules(rules, join(directory, 'policy'), undefined, facts);
  if (rules > 100_000 && bundle.length < FULL * LIMITS.bundleSize)
    throw new Error(`${rules} rules fill only ${bundle.length} bytes of a bundle`);
  const path = join(directory, `${name}.rtb`);
  writeFileSync(path, bundle);
  return path;
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
