// SPDX-License-Identifier: Apache-2.0

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { type PlanInputs, makePlan } from '../../src/plan/plan.ts';
import { renderPlan } from '../../src/plan/render-plan.ts';
import { loadPlan, refuseStale, savePlan } from '../../src/plan/saved-plan.ts';
import type { SourceMap } from '../../src/bundle/source-map.ts';
import { toTerminal } from '../../src/terminal/output.ts';
import { painter, plain } from '../../src/terminal/paint.ts';
import { compileSmall, inFolder, type SmallPolicy } from '../apply/policies.ts';

const WEB = { 'process:name': 'web' } as const;
const SERVICES = { db: ['10.0.0.1:5432'], mail: ['10.0.0.2:25'], net: ['10.1.0.0/16:8000-8080'] } as const;
const base: SmallPolicy = {
  identities: { 'app/web': { selectors: [WEB], egress: [['db']] } },
  services: SERVICES,
};

/** The base policy with another identity. */
function withWeb(identity: NonNullable<SmallPolicy['identities']>[string]): SmallPolicy {
  return { ...base, identities: { 'app/web': identity } };
}

const after = compileSmall(withWeb({ selectors: [WEB], egress: [['db'], ['net']] }));
const before = compileSmall(base);
const manifest = {
  schemaVersion: 1,
  target: 'kernel',
  node: 'web-1',
  action: 'apply',
  generation: 4,
  digest: before.digest,
  dirty: false,
  who: 'alice@web-1',
  at: '2026-01-01T00:00:00.000Z',
  writer: { host: 'web-1', pid: 1 },
} as const;
const live = { state: { generation: 4, digest: before.digest }, bundle: before.bundle };
const inputs: PlanInputs = {
  target: { name: 'kernel', node: 'web-1' },
  source: { commit: 'c'.repeat(40), dirty: false },
  recorded: { manifest, bundle: before.bundle },
  live,
};

describe('a plan', () => {
  test('is made against what is in force', () => {
    const plan = makePlan(after, inputs);
    expect(plan).toMatchObject({
      schemaVersion: 2,
      target: 'kernel',
      node: 'web-1',
      base: { from: 'live', generation: 4, digest: before.digest, recordedDigest: before.digest },
      desired: { digest: after.digest, size: after.bundle.byteLength },
      changes: true,
      difference: { summary: { identities: { changed: 1 }, gains: 1, losses: 0 } },
    });
    expect(plan.drift).toBeUndefined();
  });

  test('is made against the record when the target was not asked', () => {
    const { live: _live, ...offline } = inputs;
    const plan = makePlan(after, offline);
    expect(plan.base).toEqual({ from: 'recorded', digest: before.digest, recordedDigest: before.digest });
    expect(plan.difference.summary).toMatchObject({ gains: 1 });
  });

  test('tells what was changed behind the record, and counts from what is in force', () => {
    const plan = makePlan(after, {
      ...inputs,
      live: { state: { generation: 5, digest: after.digest }, bundle: after.bundle },
    });
    expect(plan.changes).toBe(false);
    expect(plan.drift).toMatchObject({
      live: after.digest,
      recorded: before.digest,
      summary: { gains: 1 },
    });
    const restarted = makePlan(after, { ...inputs, live: { state: { generation: 0 } } });
    expect(restarted.drift?.words).toContain('restarted');
    expect(restarted.base.from).toBe('nothing');
  });

  test('lists the connections that will be closed, and no others', () => {
    const address = (...last: readonly number[]): Uint8Array =>
      Uint8Array.of(...Array<number>(10).fill(0), 0xff, 0xff, ...last);
    const connection = (since: number, ...to: readonly [number, number, number, number]) => ({
      direction: 'connect' as const,
      state: 'established',
      local: { address: address(10, 9, 9, 9), port: 40_000 },
      remote: { address: address(...to), port: 5432 },
      since,
      generation: 4,
      sent: 0,
      received: 0,
      pid: since,
      facts: { 'process:name': 'web' },
    });
    const up = [connection(2, 10, 0, 0, 3), connection(1, 10, 0, 0, 2), connection(3, 10, 0, 0, 1)];
    const asked = { ...inputs, live: { ...live, connections: { list: up, at: 1_700_000_000 } } };
    const plan = makePlan(after, asked);
    expect(plan.revoked).toMatchObject({
      count: 2,
      of: 3,
      connections: [
        { pid: 1, name: 'web', local: '10.9.9.9:40000', remote: '10.0.0.2:5432' },
        { pid: 2, remote: '10.0.0.3:5432' },
      ],
    });
    const text = renderPlan(plan).join('\n');
    expect(text).toContain('2 of 3 connections will be closed:\n  - web (1)  → 10.0.0.2:5432  rule');
    expect(text).toMatch(/Plan: .*; 2 connections to close\.$/);
    expect(makePlan(before, asked).revoked).toBeUndefined();
  });

  test('is text that a person reads, marks first', () => {
    const text = renderPlan(makePlan(after, inputs)).join('\n');
    expect(text).toBe(
      [
        'target          kernel on web-1',
        `compared with   generation 4, bundle ${before.digest.slice(0, 12)}`,
        `policy          commit cccccccccccc, bundle ${after.digest.slice(0, 12)}`,
        '',
        '~ identity app/web',
        '    + egress rule  allow to net',
        '',
        'spiffe://example.org/app/web',
        '  process:name=web',
        '    + gains    connect to net',
        '        refused -> allowed',
        '        for example process:name=web to 10.1.0.1:8080: refused by rule 2, then allowed to net by rule 4',
        '',
        'Plan: 1 identity changed; 1 gain.',
      ].join('\n'),
    );
    const coloured = renderPlan(makePlan(after, inputs), painter(true)).join('\n');
    expect(coloured).not.toBe(text);
    expect(plain(coloured)).toBe(text);
  });

  test('lets nothing in a name move the cursor of a terminal', () => {
    const evil = compileSmall({ identities: { 'a\u001b[2J\u202eb': { selectors: [WEB] } } });
    const shown = renderPlan(makePlan(evil, inputs)).map(toTerminal);
    // oxlint-disable-next-line no-control-regex -- control characters are what must not be there
    expect(shown.join('')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  });
});

describe('a saved plan', () => {
  const plan = makePlan(after, inputs);
  const SOURCE_MAP: SourceMap = {
    schemaVersion: 1,
    bundle: after.digest,
    rules: [],
    selectors: [],
    identities: [],
    services: [],
  };
  const SOURCE = [{ path: 'a/riptides.yaml', content: Buffer.from('\ufeffkind: Project # ä\r\n') }];
  const save = async (folder: string): Promise<string> => {
    const path = join(folder, 'plan.json');
    await savePlan(path, plan, { ...after, sourceMap: SOURCE_MAP, source: SOURCE });
    return path;
  };

  test('is read as it was written, and written the same each time', async () => {
    await inFolder(async (folder) => {
      const path = await save(folder);
      const saved = await loadPlan(path);
      expect(saved.plan).toEqual(JSON.parse(JSON.stringify(plan)));
      expect(saved.bundle).toEqual(after.bundle);
      expect(saved.source).toEqual(SOURCE);
      const text = readFileSync(path, 'utf8');
      await save(folder);
      expect(readFileSync(path, 'utf8')).toBe(text);
      refuseStale(saved.plan, inputs);
    });
  });

  test('is refused when what riptides itself wrote is not what this version can show and check', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'plan.json');
      const others: readonly object[] = [
        { difference: { ...plan.difference, structure: undefined } },
        { changes: {} },
        { base: { ...plan.base, digest: 7 } },
        { source: { dirty: false, commit: 7 } },
      ];
      for (const other of others) {
        await savePlan(path, { ...plan, ...other }, { ...after, sourceMap: SOURCE_MAP, source: SOURCE });
        await expect(loadPlan(path)).rejects.toMatchObject({ kind: 'plan-unreadable' });
      }
    });
  });

  test('is refused when a single letter of it was changed', async () => {
    await inFolder(async (folder) => {
      const path = await save(folder);
      const text = readFileSync(path, 'utf8');
      for (const changed of [
        text.replace('"gains"', '"gaims"'),
        text.slice(0, -20),
        '',
        '{}',
        '[]',
        text.replace('"version":2', '"version":3'),
      ]) {
        writeFileSync(path, changed);
        await expect(loadPlan(path)).rejects.toMatchObject({ kind: 'plan-unreadable', exitCode: 7 });
      }
      await expect(loadPlan(join(folder, 'none'))).rejects.toMatchObject({ kind: 'plan-unreadable' });
    });
  });

  test.each([
    [
      'the target',
      { target: { name: 'kernel', node: 'web-2' } },
      'target: kernel/web-1 then, kernel/web-2 now',
    ],
    [
      'the generation',
      { live: { state: { generation: 5, digest: before.digest } } },
      'generation in force: 4 then, 5 now',
    ],
    ['what is in force', { live: { state: { generation: 4 } } }, 'now'],
    ['the record', { recorded: { manifest: { ...manifest, digest: after.digest } } }, 'recorded: bundle'],
    [
      'the policy',
      { source: { commit: 'd'.repeat(40), dirty: false } },
      'the policy: at commit cccccccccccc then, at commit dddddddddddd now',
    ],
  ] as const)('is refused when %s has moved, and says so', (_what, moved, words) => {
    const refuse = () => refuseStale(plan, { ...inputs, ...moved });
    expect(refuse).toThrow(
      expect.objectContaining({ kind: 'plan-stale', exitCode: 5, why: expect.stringContaining(words) }),
    );
  });

  test('is not refused for a new commit that compiles to the same bundle', () => {
    const moved = { ...inputs, source: { commit: 'd'.repeat(40), dirty: false } };
    refuseStale(plan, moved, after.digest);
    expect(() => refuseStale(plan, moved, before.digest)).toThrow(
      expect.objectContaining({ kind: 'plan-stale' }),
    );
  });
});
