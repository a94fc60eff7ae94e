// SPDX-License-Identifier: Apache-2.0
// What a commit costs: of 100,000 rules in place of a few, and of a change of one among them, beside nft that loads a set of as many
// elements and changes one of it, in the same virtual machine. Instructions are counted, the client's with them; --time takes the time.
//
//   node bench/commit.ts [--kernel 6.12] [--small] [--time]

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { planUpload } from '../src/targets/upload.ts';
import { GUEST_NODE } from '../test/vm/guest-node.ts';
import { bootBench, must } from './guest.ts';
import { median } from './measure.ts';
import { type Change, compileRules, nftChange, nftSet } from './rules.ts';

/** Milliseconds of each, in one round. */
type Measured = Readonly<Record<'commitWhole' | 'commitChanged' | 'nftWhole' | 'nftChanged', number>>;

const { values } = parseArgs({
  options: {
    kernel: { type: 'string', default: '6.12' },
    small: { type: 'boolean', default: false },
    time: { type: 'boolean', default: false },
  },
});
const FEW = 10;
const RULES = values.small ? 1000 : 100_000;
const ROUNDS = values.small ? 1 : 3;
const CHANGE: Change = { service: RULES / 2, port: 7001 };
const directory = mkdtempSync(join(tmpdir(), 'riptides-bench-'));
try {
  console.log(JSON.stringify(await measure(), null, 2));
} finally {
  rmSync(directory, { recursive: true, force: true });
}

async function measure(): Promise<object> {
  const whole = await compileRules(RULES, join(directory, 'policy'));
  const changed = await compileRules(RULES, join(directory, 'policy'), CHANGE);
  const files = [
    ['few.rtb', await compileRules(FEW, join(directory, 'policy'))],
    ['whole.rtb', whole],
    ['changed.rtb', changed],
    ['set.nft', nftSet(RULES)],
    ['change.nft', nftChange(CHANGE)],
  ] as const;
  for (const [name, content] of files) writeFileSync(join(directory, name), content);
  const paths = files.map(([name]) => join(directory, name)).join(' ');
  const program = fileURLToPath(new URL('guest/commit.ts', import.meta.url));

  const { vm, load } = await bootBench(values);
  try {
    await load();
    const output = await must(vm, `${GUEST_NODE.join(' ')} ${program} ${paths} ${ROUNDS}`);
    await vm.shutdown();
    const rounds = JSON.parse(output) as readonly Measured[];
    const of = (key: keyof Measured): number => median(rounds.map((round) => round[key]));
    const row = (name: string, key: keyof Measured): object => ({
      case: name,
      'of nft -f of all': Number((of(key) / of('nftWhole')).toFixed(4)),
      ms: Number(of(key).toFixed(1)),
    });
    const count = RULES.toLocaleString('en');
    const rows = [
      row(`commit of ${count} rules`, 'commitWhole'),
      row('commit of a change of one', 'commitChanged'),
      row(`nft -f of ${count} elements`, 'nftWhole'),
      row('nft -f of a change of one', 'nftChanged'),
    ];
    console.table(rows);
    const sent = planUpload(changed, whole).reduce(
      (sum, piece) => sum + (piece.from === undefined ? piece.length : 0),
      0,
    );
    return {
      benchmark: 'commit',
      kernel: vm.kernel.release,
      unit: values.time ? 'ms' : 'millions of instructions',
      rounds: ROUNDS,
      bytes: whole.length,
      bytesSentForChange: sent,
      rows,
    };
  } finally {
    vm.destroy();
  }
}
