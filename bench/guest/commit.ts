// SPDX-License-Identifier: Apache-2.0
// commit SMALL WHOLE CHANGED SET CHANGE ROUNDS: runs in the guest, with the module loaded. By turns commits a bundle in place of a small
// one, commits the changed one in place of that, and has nft load a set and change one element of it. Prints milliseconds of each, as JSON.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { kernelTarget } from '../../src/targets/kernel.ts';

const [small, whole, changed] = process.argv.slice(2, 5).map((path) => readFileSync(path));
const [set = '', change = '', rounds = ''] = process.argv.slice(5);
if (small === undefined || whole === undefined || changed === undefined) throw new Error('three bundles');
const target = kernelTarget();

async function commit(bundle: Uint8Array, inForce?: Uint8Array): Promise<number> {
  const { generation } = await target.info();
  // The compiler has it already.
  const digest = createHash('sha256').update(bundle).digest('hex');
  const began = performance.now();
  await target.commit(bundle, { expectedGeneration: generation, digest, inForce });
  return performance.now() - began;
}

function nft(...args: readonly string[]): number {
  const began = performance.now();
  const { status, stderr } = spawnSync('nft', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`nft ${args.join(' ')}: ${stderr}`);
  return performance.now() - began;
}

const measured = [];
for (let round = 0; round < Number(rounds); round++) {
  await commit(small);
  const commitWhole = await commit(whole, small);
  const commitChanged = await commit(changed, whole);
  const nftWhole = nft('-f', set);
  const nftChanged = nft('-f', change);
  nft('delete', 'table', 'inet', 'bench');
  measured.push({ commitWhole, commitChanged, nftWhole, nftChanged });
}
console.log(JSON.stringify(measured));
