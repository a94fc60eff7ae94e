// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readGitFacts } from '../../../src/records/source.ts';
import { compileHere } from '../../../src/operations/compile.ts';
import { findGuardContext } from '../../../src/operations/guard-context.ts';
import { openTarget } from '../../../src/operations/targets.ts';
import { compilePolicy } from '../../../src/compiler/compile.ts';
import type { GuardContext } from '../../../src/compiler/guard/types.ts';
import { git } from '../../apply/repositories.ts';
import { riptides } from '../../commands/riptides.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'riptides-context-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

const PROJECT = `apiVersion: core.riptides.io/v1alpha1
kind: Project
metadata: { name: shop }
spec: { trustDomain: shop.example, defaultPosture: { egress: deny } }
`;

function service(name: string, port: number): string {
  return `---
apiVersion: core.riptides.io/v1alpha1
kind: Service
metadata: { name: ${name} }
spec: { labels: { app: ${name} }, addresses: [{ address: 10.0.0.1, port: ${port} }] }
`;
}

function guardrail(expression: string): string {
  return `---
apiVersion: core.riptides.io/v1alpha1
kind: Guardrail
metadata: { name: g }
spec: { matchKinds: [Service], rules: [{ id: r, expression: ${JSON.stringify(expression)} }] }
`;
}

/** What a guardrail finds: codes with the names of documents. */
async function find(expression: string, services: string, guard?: GuardContext): Promise<readonly string[]> {
  writeFileSync(join(directory, 'riptides.yaml'), PROJECT + services + guardrail(expression));
  const { diagnostics } = await compilePolicy([directory], guard === undefined ? {} : { guard });
  return diagnostics
    .filter(({ code }) => code.startsWith('RTP13'))
    .map(({ code, message }) => `${code} ${message}`);
}

const FACTS = { author: 'ann@shop.example', branch: 'main', commit: 'a'.repeat(40), signed: true };

describe('guardrails', () => {
  test('see who wrote the revision, where, and whether it is signed', async () => {
    const expression =
      'git.author.endsWith("@shop.example") && git.branch == "main" && git.commit.size() == 40 && git.signed';
    expect(await find(expression, service('api', 1), { git: FACTS })).toEqual([]);
    expect(await find(expression, service('api', 1), { git: { ...FACTS, signed: false } })).toHaveLength(1);
  });

  test('see empty texts, and no signature, where there is no repository', async () => {
    const expression = 'git.author == "" && git.branch == "" && git.commit == "" && !git.signed';
    expect(await find(expression, service('api', 1))).toEqual([]);
  });

  test('compare a document with the one of its kind and name that was applied last', async () => {
    const { value: before } = await shaped(PROJECT + service('api', 80) + service('db', 5432));
    const same = 'object.spec.addresses[0].port.low == oldObject.spec.addresses[0].port.low';
    const services = service('api', 81) + service('db', 5432);
    expect(await find(`!has(oldObject.spec) || ${same}`, services, { previous: before })).toEqual([
      'RTP1305 Service "api" does not satisfy the rule "r"',
    ]);
  });

  test('see an old object without fields where a document is new', async () => {
    const { value: before } = await shaped(PROJECT + service('api', 80));
    const services = service('api', 80) + service('new', 1);
    expect(await find('has(oldObject.metadata)', services, { previous: before })).toEqual([
      'RTP1305 Service "new" does not satisfy the rule "r"',
    ]);
    expect(await find('!has(oldObject.spec)', service('api', 80))).toEqual([]);
    expect(await find('oldObject.spec.tls', service('api', 80))).toEqual(['RTP1306 the value has no "spec"']);
  });

  test('are type-checked against what they see', async () => {
    expect(await find('git.autor == ""', '')).toEqual(['RTP1302 there is no field "autor" here']);
    expect(await find('oldObject.spec.egress.size() == 0', '')).toEqual([
      'RTP1302 there is no field "egress" here',
    ]);
  });
});

async function shaped(text: string) {
  const { parseFile } = await import('../../../src/compiler/load/parse.ts');
  const { shapeDocuments } = await import('../../../src/compiler/shape/shape.ts');
  const result = shapeDocuments(parseFile('p.yaml', Buffer.from(text)).value ?? []);
  expect(result.diagnostics).toEqual([]);
  return { value: result.value ?? [] };
}

describe('the context of a repository', () => {
  test('is that of the commit that is checked out', async () => {
    expect(await readGitFacts(directory)).toBeUndefined();
    git(directory, 'init', '--quiet', '--initial-branch=work');
    expect(await readGitFacts(directory)).toBeUndefined();
    writeFileSync(join(directory, 'riptides.yaml'), PROJECT);
    git(directory, 'add', '.');
    git(directory, 'commit', '--quiet', '--message=policy');
    const commit = git(directory, 'rev-parse', 'HEAD');
    expect(await readGitFacts(directory)).toEqual({
      author: 'test@example.org',
      branch: 'work',
      commit,
      signed: false,
    });
    git(directory, 'checkout', '--quiet', '--detach');
    expect(await readGitFacts(directory)).toMatchObject({ branch: '', commit });
  });

  test('has the documents of the last record, for a target', async () => {
    git(directory, 'init', '--quiet', '--initial-branch=main');
    writeFileSync(join(directory, 'riptides.yaml'), PROJECT + service('api', 80));
    git(directory, 'add', '.');
    git(directory, 'commit', '--quiet', '--message=one');
    const asked = { git: false, previous: true };
    expect(await findGuardContext(directory, asked, 'embedded')).toEqual({
      git: undefined,
      previous: undefined,
    });
    const { target, records } = await openTarget({ directory, target: 'embedded' });
    const record = await records.prepare({
      manifest: {
        schemaVersion: 1,
        target: 'embedded',
        node: target.node,
        action: 'apply',
        generation: 1,
        digest: '0'.repeat(64),
        sourceCommit: git(directory, 'rev-parse', 'HEAD'),
        dirty: false,
        who: 'test',
        at: '2026-11-23T10:00:00Z',
        writer: { host: 'test', pid: 1 },
      },
      source: [{ path: 'riptides.yaml', content: readFileSync(join(directory, 'riptides.yaml')) }],
    });
    await records.settle(record);
    writeFileSync(join(directory, 'riptides.yaml'), PROJECT + service('api', 81) + service('new', 82));
    const { previous } = await findGuardContext(directory, asked, 'embedded');
    expect(previous?.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      'Project shop',
      'Service api',
    ]);
    expect(await findGuardContext(directory, asked, undefined)).toEqual({
      git: undefined,
      previous: undefined,
    });
    // A guardrail that keeps ports as they are finds the service that was changed, and lets the new one be.
    const same = 'object.spec.addresses[0].port.low == oldObject.spec.addresses[0].port.low';
    writeFileSync(
      join(directory, 'riptides.yaml'),
      PROJECT + service('api', 81) + service('new', 82) + guardrail(`!has(oldObject.spec) || ${same}`),
    );
    await expect(compileHere(directory, {}, 'embedded')).rejects.toMatchObject({
      diagnostics: expect.arrayContaining([
        expect.objectContaining({ code: 'RTP1305', message: 'Service "api" does not satisfy the rule "r"' }),
      ]),
    });
    await expect(compileHere(directory, {})).resolves.toBeDefined();
  });

  test.each([
    ['validate'],
    ['lint', '--fail-on', 'error'],
    ['test'],
    ['compile', '.', '-o', 'x.rtb'],
    ['explain', '--uid', '1', '--to', '10.0.0.1:1'],
    ['plan', '--target', 'embedded'],
    ['diff', 'HEAD', '.'],
  ])('is the same to every command: %s', (...args) => {
    writeFileSync(
      join(directory, 'riptides.yaml'),
      PROJECT + service('api', 1) + guardrail('git.author == "test@example.org"'),
    );
    git(directory, 'init', '--quiet');
    git(directory, 'add', '.');
    git(directory, 'commit', '--quiet', '--message=one');
    const { code, stderr } = riptides(args, { cwd: directory });
    expect(stderr).not.toContain('RTP1305');
    expect(code).toBe(0);
  });

  test('is asked for only when a guardrail uses it', async () => {
    const asked: unknown[] = [];
    const compileWith = async (expression: string): Promise<void> => {
      writeFileSync(join(directory, 'riptides.yaml'), PROJECT + service('api', 1) + guardrail(expression));
      await compilePolicy([directory], {
        findGuardContext: async (what) => {
          asked.push(what);
          return findGuardContext(directory, what, undefined);
        },
      });
    };
    await compileWith('object.metadata.name != ""');
    await compileWith('git.signed || true');
    await compileWith('!has(oldObject.spec)');
    expect(asked).toEqual([
      { git: false, previous: false },
      { git: true, previous: false },
      { git: false, previous: true },
    ]);
  });
});
