// SPDX-License-Identifier: Apache-2.0
// What riptides wrote and reads again: saved plans, records, the state of the embedded target, source maps. Whatever stands in their files
// now, reading gives the thing itself, of which everything can be shown, or a UserError.

import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { embeddedTarget } from '../../../src/targets/embedded.ts';
import type { Git } from '../../../src/records/git.ts';
import { makePlan } from '../../../src/plan/plan.ts';
import { parseManifest } from '../../../src/records/manifest.ts';
import { readRecord } from '../../../src/records/record.ts';
import { renderPlan } from '../../../src/plan/render-plan.ts';
import { canonicalJson } from '../../../src/plan/canonical-json.ts';
import { loadPlan, refuseStale } from '../../../src/plan/saved-plan.ts';
import { compilePolicy } from '../../../src/compiler/compile.ts';
import { isUserError } from '../../../src/errors.ts';
import { inspectBundle } from '../../../src/inspect/inspect.ts';
import { renderInspection } from '../../../src/inspect/render.ts';
import type { Random } from '../../oracle/random.ts';
import { filesOf, scratch, toBytes, toText } from '../corpus.ts';
import { changeData, vocabularyOf } from '../data.ts';
import { pick } from '../mutate.ts';
import { HUGE, type Target, timedAsync } from '../target.ts';

const directory = scratch();
const NOW = 1_700_000_000_000;

const sample = filesOf('test/golden/samples-client/riptides.yaml');
const compilation = (await compilePolicy(sample, { scopes: 'ignore' })).value;
if (compilation === undefined) throw new Error('the sample does not compile');
const { bundle, digest, sourceMap } = compilation;
const embedded = embeddedTarget({ project: directory, directory, node: 'n', now: () => NOW });
const plan = makePlan(compilation, {
  target: embedded,
  source: { commit: 'a'.repeat(40), dirty: false },
  live: { state: await embedded.info() },
});
const source = { 'riptides.yaml': 'kind: Project' };
const content = { plan, bundle: Buffer.from(bundle).toString('base64'), sourceMap, source };
const manifest = {
  schemaVersion: 1, target: 'embedded', node: 'n', action: 'apply', generation: 3, digest, size: bundle.length, sourceCommit: 'a'.repeat(40),
  dirty: false, who: 'a@b', why: 'c', at: '2026-03-01T08:00:00Z', confirmBy: '2026-03-01T08:01:00Z', writer: { host: 'h', pid: 1, started: '1' },
}; // prettier-ignore
const state = {
  schemaVersion: 1, generation: 7, digest, size: bundle.length, committedAt: NOW, confirmBy: NOW - 1, undo: 5,
  history: [{ generation: 5, digest }, { generation: 3, digest: '00'.repeat(32) }],
}; // prettier-ignore

const files: readonly unknown[] = asJson([
  planFile(content), manifest, { ...manifest, action: 'rollback', restored: 'x' }, state, { ...state, confirmBy: NOW + 1000 },
  { schemaVersion: 1, generation: 7, committedAt: NOW, history: [] }, sourceMap,
]); // prettier-ignore
const vocabulary = vocabularyOf(files, [NOW, digest, 5, 6, 7, 8]);

/** As it is read again: without the fields that are undefined. */
function asJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}

export const target: Target = {
  seeds: () => files.map((value) => toBytes(JSON.stringify(value, undefined, 1))),
  largest: HUGE,
  isText: true,
  words: [
    '{}',
    '[]',
    'null',
    'true',
    '-1',
    '1e400',
    '""',
    '"a"',
    '{"a":',
    '"__proto__":',
    '"toString":',
    '[null]',
    '\\u0000',
    '\ufeff',
    digest,
  ],
  generate: (random) => written(changeData(pick(random, files), random, vocabulary), random),
  change: (input, random) => written(changeData(jsonOf(input), random, vocabulary), random),
  check: async (bytes) =>
    [
      await attempt('a plan', () => checkPlan(bytes)),
      await attempt('a manifest', async () => parseManifest('id', toText(bytes)).action),
      await attempt('a record', () => checkRecord(bytes)),
      await attempt('the embedded target', () => checkState(bytes)),
      await attempt('a source map', () => checkSourceMap(bytes)),
    ].join(),
};

/** Data as a file. A plan that was changed is signed again most of the time: its digest is no secret. */
function written(value: unknown, random: Random): Uint8Array {
  const isPlan = typeof value === 'object' && value !== null && 'content' in value;
  const next = isPlan && !random.once(4) ? planFile(value.content) : value;
  return toBytes(JSON.stringify(next, undefined, 1) ?? 'null');
}

async function attempt(what: string, work: () => Promise<string>): Promise<string> {
  try {
    return await timedAsync(what, work);
  } catch (error) {
    if (!isUserError(error)) throw error;
    return `${error.kind} ${(error.why ?? '').slice(0, 12)}`;
  }
}

function planFile(of: unknown): object {
  const sha256 = createHash('sha256').update(canonicalJson(of)).digest('hex');
  return { format: 'riptides-plan', version: 2, sha256, content: of };
}

async function checkPlan(bytes: Uint8Array): Promise<string> {
  const file = join(directory, 'plan.json');
  writeFileSync(file, bytes);
  const loaded = await loadPlan(file);
  renderPlan(loaded.plan);
  const bundleIn = createHash('sha256').update(loaded.bundle).digest('hex');
  refuseStale(loaded.plan, { target: embedded, source: { dirty: false } }, bundleIn);
  return 'plan';
}

/** A record whose every file has these bytes, but for the bundle. */
async function checkRecord(bytes: Uint8Array): Promise<string> {
  const blob = (content: Uint8Array): Buffer =>
    Buffer.concat([Buffer.from(`id blob ${content.byteLength}\n`), content, Buffer.from('\n')]);
  const git: Git = {
    directory,
    owner: undefined,
    run: async () => '',
    read: async () => Buffer.concat([bytes, bytes, bundle, bytes].map(blob)),
    ask: async () => undefined,
  };
  return (await readRecord(git, 'id')).manifest.target;
}

/** The embedded target, all of whose commands work on a state as the file says it. */
async function checkState(bytes: Uint8Array): Promise<string> {
  const generations = join(directory, 'generations');
  rmSync(generations, { recursive: true, force: true });
  for (const generation of ['5', '7']) {
    mkdirSync(join(generations, generation), { recursive: true });
    writeFileSync(join(generations, generation, 'state.json'), bytes);
    writeFileSync(join(generations, generation, 'bundle.rtb'), bundle);
  }
  const said: string[] = [];
  const info = await embedded.info();
  said.push(String(info.history.length > 0));
  for (const work of [
    () => embedded.dump(),
    () => embedded.confirm(info.generation),
    () => embedded.rollback(info.generation, '00'),
    () => embedded.commit(bundle, { expectedGeneration: info.generation }),
    () => embedded.rollback(info.generation + 1),
  ])
    said.push(await attempt('a command of the embedded target', async () => typeof (await work())));
  return said.join(' ');
}

async function checkSourceMap(bytes: Uint8Array): Promise<string> {
  const file = join(directory, 'p.rtb');
  writeFileSync(file, bundle);
  writeFileSync(`${file}.map.json`, bytes);
  const inspection = await inspectBundle(file);
  renderInspection(inspection, (_style, text) => text);
  return (inspection.sourceMapMissing ?? 'mapped').slice(-12);
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(toText(bytes));
  } catch {
    return state;
  }
}
