// SPDX-License-Identifier: Apache-2.0
// Runs in the guest, with the module loaded: applies to the kernel in every way, and prints what came of it as JSON.
// Argument: an empty folder.

import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { applyBundle, confirmApplied, rollbackTo } from '../../../src/apply/apply.ts';
import { kernelTarget } from '../../../src/targets/kernel.ts';
import type { Desired } from '../../../src/plan/plan.ts';
import { openRecords } from '../../../src/records/records.ts';
import { readStatus } from '../../../src/apply/status.ts';
import { isUserError } from '../../../src/errors.ts';
import { openClient } from '../../../src/netlink/client.ts';
import { compileSmall, numbered } from '../../apply/policies.ts';
import { makeRepository } from '../../apply/repositories.ts';

const [folder = ''] = process.argv.slice(2);
const project = join(folder, 'project');
mkdirSync(project, { recursive: true });
makeRepository(project);
const target = kernelTarget({ node: 'n' });
const open = () => openRecords({ project, target: 'kernel', node: 'n' });
const results: Record<string, unknown> = {};
const revision = { dirty: false };

const A = numbered(1);
const B = numbered(2);
const large = compileSmall({
  identities: Object.fromEntries(
    Array.from({ length: 400 }, (_, i) => [`app/${i}`, { selectors: [{ 'process:uid': i }] }]),
  ),
});

async function apply(what: Desired, confirmWithin?: number) {
  const { generation } = await target.info();
  const options = {
    target,
    records: await open(),
    ...(confirmWithin === undefined ? {} : { confirmWithin }),
  };
  return applyBundle({ ...what, source: [], revision, expectedGeneration: generation }, options);
}

async function status() {
  const { kind, notes, live } = await readStatus(target, await open());
  return { kind, notes, generation: live?.generation, digest: live?.digest };
}

async function refused(action: Promise<unknown>): Promise<unknown> {
  try {
    await action;
    return 'not refused';
  } catch (error) {
    if (!isUserError(error)) throw error;
    return { kind: error.kind, exitCode: error.exitCode, message: error.message, why: error.why };
  }
}

results['before'] = await status();
const applied = await apply(large);
results['applied'] = { ...(await status()), record: applied.record.manifest.generation };
results['dumped'] = Buffer.compare((await target.dump())?.bundle ?? new Uint8Array(0), large.bundle) === 0;
results['live'] = await target.info();

results['moved'] = await refused(target.commit(A.bundle, { expectedGeneration: 7 }));
const broken = A.bundle.slice();
broken[broken.length - 1] = 0xff;
results['malformed'] = await refused(target.commit(broken, { expectedGeneration: 1 }));
const future = A.bundle.slice();
future[4] = 99;
results['version'] = await refused(target.commit(future, { expectedGeneration: 1 }));
results['empty'] = await refused(target.commit(new Uint8Array(0), { expectedGeneration: 1 }));
results['checked'] = await target.commit(A.bundle, { expectedGeneration: 1, checkOnly: true });
results['no bundle'] = await refused(target.rollback(1, 'ab'.repeat(32)));
results['nothing to confirm'] = await refused(target.confirm(1));

// Another process is in the middle of a transaction.
const other = await openClient();
await other.begin(1, A.bundle.byteLength, A.digest);
results['busy'] = await refused(target.commit(B.bundle, { expectedGeneration: 1 }));
other.close();
const wrong = await openClient();
await wrong.begin(1, A.bundle.byteLength, B.digest);
await wrong.chunk(0, A.bundle);
results['digest'] = await refused(wrong.commit({}));
wrong.close();
const abort = new AbortController();
abort.abort();
results['interrupted'] = await refused(
  target.commit(A.bundle, { expectedGeneration: 1, signal: abort.signal }),
);
results['unchanged'] = await status();

// Confirmed, not confirmed, rolled back.
await apply(A, 60_000);
results['waiting'] = await status();
results['second'] = await refused(target.commit(B.bundle, { expectedGeneration: 2 }));
await confirmApplied({ target, records: await open() });
results['confirmed'] = await status();
await apply(B, 300);
await setTimeout(1500);
results['expired'] = await status();
const back = await rollbackTo('g1', { target, records: await open() });
results['rolled back'] = { same: back.digest === large.digest, ...(await status()) };

// Killed before and after every message.
const killed: unknown[] = [];
const killAt = join(import.meta.dirname, '../../apply/kill-at.ts');
const files = [A, B].map(({ bundle }, i) => {
  const file = join(folder, `${i}.rtb`);
  writeFileSync(file, bundle);
  return file;
});
const run = (where: string, file: string) =>
  spawnSync(process.execPath, [killAt, 'kernel', project, where, '0', file], {
    encoding: 'utf8',
    // What the first run compiles serves all: to strip types takes most of a run's time here.
    env: { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled') },
  });
console.error('killing');
const whole = run('never', files[0] ?? '');
if (whole.status !== 0)
  throw new Error(`an apply that nobody kills ended with ${whole.status ?? whole.signal}:\n${whole.stderr}`);
const messages = Number(whole.stdout.trim());
const notes: unknown[] = [];
for (let message = 1; message <= messages; message += 1) {
  for (const when of ['before', 'after']) {
    const before = await target.info();
    const file = files[before.digest === A.digest ? 1 : 0] ?? '';
    const { signal, stderr } = run(`${when}:${message}`, file);
    const after = await status();
    const latest = await (await open()).latest();
    killed.push({
      where: `${when} ${message}`,
      signal,
      stderr,
      moved: (after.generation ?? 0) - before.generation,
      known: [A.digest, B.digest].includes(after.digest ?? ''),
      kind: after.kind,
      recorded: latest?.manifest.digest === after.digest,
      pending: (await (await open()).pending()) !== undefined,
    });
    notes.push(...after.notes);
  }
}
results['messages'] = messages;
results['killed'] = killed;
results['notes'] = notes;

// How long a large bundle takes.
const huge = compileSmall({
  identities: Object.fromEntries(
    Array.from({ length: 10_000 }, (_, i) => [`app/number-${i}`, { selectors: [{ 'process:uid': i }] }]),
  ),
});
const start = performance.now();
await target.commit(huge.bundle, { expectedGeneration: (await target.info()).generation });
results['huge'] = { bytes: huge.bundle.byteLength, milliseconds: Math.round(performance.now() - start) };
console.log(JSON.stringify(results));
