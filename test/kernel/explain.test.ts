// SPDX-License-Identifier: Apache-2.0
// The kernel and `riptides explain` answer the same for every connection of a table: what connect(2) says, and the rule that the
// kernel's tracepoint names.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Facts } from '../../src/bundle/core.ts';
import { compilePolicy } from '../../src/compiler/compile.ts';
import type { Compilation } from '../../src/compiler/types.ts';
import { explainConnection } from '../../src/explain/explain.ts';
import { parseEndpoint, parseSource } from '../../src/explain/question.ts';
import type { Vm } from '../vm/vm.ts';
import { bootGuest, KERNELS, must, patience, RIPTIDES, ROOT } from './suite.ts';

const POLICY = join(ROOT, 'test/kernel/policies/verdicts');
const TRACE = '/sys/kernel/tracing';

interface Case {
  readonly program: string;
  readonly uid: number;
  readonly gid: number;
  readonly family: 4 | 6;
  readonly address: string;
  readonly port: number;
  readonly mode: 'block' | 'nonblock';
}

const WHO = [
  { program: 'web', uid: 1001, gid: 1001 },
  { program: 'other', uid: 1001, gid: 1001 },
  { program: 'web', uid: 1003, gid: 1003 },
  { program: 'other', uid: 1004, gid: 3000 },
  { program: 'named', uid: 1005, gid: 1005 },
  { program: 'other', uid: 1005, gid: 1005 },
  { program: 'other', uid: 1006, gid: 1006 },
] as const;
const WHERE = [
  { family: 4, address: '127.0.0.1', port: 7001 },
  { family: 4, address: '127.0.0.1', port: 7002 },
  { family: 6, address: '::1', port: 7001 },
  { family: 6, address: '::1', port: 7002 },
  { family: 6, address: '::ffff:127.0.0.1', port: 7001 },
  { family: 6, address: '::ffff:127.8.1.2', port: 7001 },
  { family: 4, address: '127.8.1.2', port: 7000 },
  // Addresses that lead elsewhere.
  { family: 4, address: '0.0.0.0', port: 7001 },
  { family: 6, address: '::', port: 7001 },
  { family: 6, address: '::ffff:0.0.0.0', port: 7002 },
  { family: 4, address: '127.0.0.3', port: 7001 },
  { family: 4, address: '127.0.0.3', port: 7002 },
] as const;
const CASES: readonly Case[] = WHO.flatMap((who) =>
  WHERE.flatMap((where) => (['block', 'nonblock'] as const).map((mode) => ({ ...who, ...where, mode }))),
);

/** A connection to a process of a user, from an address. */
interface InboundCase {
  readonly uid: number;
  readonly port: number;
  readonly source: string;
}

const INBOUND: readonly InboundCase[] = [1020, 1021, 1022].flatMap((uid) =>
  [7100, 7101].flatMap((port) =>
    ['127.0.0.1', '127.8.1.2', '127.9.1.2', '::1'].map((source) => ({ uid, port, source })),
  ),
);

/** Serves, and connects to itself: for each case whether it was let in, and the port that it came from. */
const SERVE = `
def fate(server, made):
    select.select([server], [], [])
    try:
        server.accept()[0].close()
        return 'accepted'
    except BlockingIOError:
        return attempt(made.recv, 1)
def serve(uid, ports, sources):
    if os.fork():
        assert not os.wait()[1]
        return
    os.setgid(uid); os.setuid(uid)
    for port in ports:
        servers = [listen(address, port) for address in ('127.0.0.1', '::1')]
        for source in sources:
            server = servers[':' in source]
            server.setblocking(False)
            made = client(source)
            made.bind((source, 0))
            made.connect((server.getsockname()[0], port))
            print(uid, port, source, made.getsockname()[1], fate(server, made), os.getpid(), flush=True)
    os._exit(0)
`;

/** The command line of a case: also a fact about it. */
function commandLine({ program, family, address, port, mode }: Case): string {
  return `/opt/verdicts/${program} ${family} ${address} ${port} ${mode}`;
}

function factsOf(one: Case): Facts {
  return {
    'process:name': one.program,
    'process:binary:path': `/opt/verdicts/${one.program}`,
    'process:uid': one.uid,
    'process:gid': one.gid,
    'process:cmdline': commandLine(one),
  };
}

function destinationOf({ address, port }: { address: string; port: number }) {
  return parseEndpoint(address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`);
}

async function compile(): Promise<Compilation> {
  const checked = await compilePolicy([POLICY]);
  if (checked.value === undefined) throw new Error(checked.diagnostics.map((d) => d.message).join('\n'));
  return checked.value;
}

describe.each(KERNELS)('on kernel %s', (series) => {
  const directory = mkdtempSync(join(tmpdir(), 'riptides-verdicts-'));
  let vm: Vm;
  let compilation: Compilation;

  beforeAll(
    async () => {
      compilation = await compile();
      const probe = join(directory, 'probe');
      execFileSync('cc', ['-O2', '-static', '-o', probe, join(ROOT, 'test/kernel/guest/probe.c')]);
      const guest = await bootGuest(series);
      await guest.load();
      vm = guest.vm;
      await must(
        vm,
        `mkdir -p /opt/verdicts && cd /opt/verdicts && for name in web other named; do cp ${probe} $name; done
       cp "$(command -v curl)" curl && cp ${process.execPath} node && cp "$(readlink -f /usr/bin/python3)" python && chmod 755 *
       echo 1 > ${TRACE}/events/riptides/riptides_verdict/enable`,
      );
      vm.spawn(['python3', join(ROOT, 'test/kernel/guest/listen.py'), '7000', '7001', '7002']);
      await must(vm, `${RIPTIDES} apply ${POLICY} --yes`, { timeoutMs: 120_000 * patience(series) });
    },
    300_000 * patience(series),
  );

  afterAll(
    async () => {
      rmSync(directory, { recursive: true, force: true });
      await vm?.shutdown();
    },
    60_000 * patience(series),
  );

  test(
    `${CASES.length} connections have the verdict and the rule that explain says`,
    async () => {
      const lines = CASES.map((one) => `${one.uid} ${one.gid} ${commandLine(one)}\n`).join('');
      const options = { stdin: lines, timeoutMs: 120_000 * patience(series) };
      const answers = (await must(vm, ['/opt/verdicts/other', 'run'], options)).trimEnd().split('\n');
      const trace = await must(vm, `grep riptides_verdict ${TRACE}/trace`);
      expect(answers).toHaveLength(CASES.length);
      const kernel = CASES.map((one, i) => ({ ...one, ...readAnswer(answers[i] ?? '', trace) }));
      const explained = CASES.map((one) => {
        const { verdict, errno, rule } = explainConnection(compilation, {
          direction: 'output',
          facts: factsOf(one),
          connection: { remote: destinationOf(one) },
        });
        return { ...one, errno: errno ?? 'ok', action: verdict, rule: rule.id };
      });
      expect(kernel).toEqual(explained);
      // The table would show nothing if all of it came out alike.
      expect(new Set(kernel.map(({ action }) => action))).toEqual(new Set(['allow', 'deny', 'audit']));
    },
    300_000 * patience(series),
  );

  test(
    `${INBOUND.length} connections in have the verdict and the rule that explain says`,
    async () => {
      const script = `import sys; sys.path.insert(0, '${ROOT}test/kernel/guest'); sys.dont_write_bytecode = True
from rt import *
${SERVE}
for uid in (1020, 1021, 1022):
    serve(uid, (7100, 7101), ('127.0.0.1', '127.8.1.2', '127.9.1.2', '::1'))`;
      const answers = (await must(vm, ['python3', '-c', script], { timeoutMs: 120_000 * patience(series) }))
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' '));
      const trace = await must(vm, `grep riptides_verdict ${TRACE}/trace`);
      expect(answers).toHaveLength(INBOUND.length);
      const kernel = INBOUND.map((one, i) => {
        const [uid, port, source = '', from = '', fate, pid = ''] = answers[i] ?? [];
        const peer = source.includes(':') ? `\\[${source}\\]` : source;
        const [, action, rule] =
          new RegExp(` accept (\\w+) peer=${peer}:${from} rule=(\\d+) .*pid=${pid} `).exec(trace) ?? [];
        expect([Number(uid), Number(port), source]).toEqual([one.uid, one.port, one.source]);
        return { ...one, from, fate, action, rule: Number(rule) };
      });
      const explained = kernel.map((one) => {
        const { verdict, rule } = explainConnection(compilation, {
          direction: 'input',
          facts: { 'process:uid': one.uid, 'process:gid': one.uid },
          connection: {
            remote: parseSource(`${one.source.includes(':') ? `[${one.source}]` : one.source}:${one.from}`),
            localPort: one.port,
          },
        });
        return {
          ...one,
          fate: verdict === 'deny' ? 'ECONNRESET' : 'accepted',
          action: verdict,
          rule: rule.id,
        };
      });
      expect(kernel).toEqual(explained);
      expect(new Set(kernel.map(({ action }) => action))).toEqual(new Set(['allow', 'deny', 'audit']));
    },
    300_000 * patience(series),
  );

  test.each([
    ['curl', 'curl -sS -o /dev/null http://127.0.0.1:7001/', 'curl: (7)'],
    [
      'node',
      `node -e "fetch('http://127.0.0.1:7001/').then(r => r.text()).catch(e => { console.error(e.cause.code); process.exit(1) })"`,
      'EACCES',
    ],
    [
      'python',
      `python -c "import socket; socket.create_connection(('127.0.0.1', 7001)).close()"`,
      'Permission denied',
    ],
  ])(
    '%s connects as the allowed workload, and is refused under another user and another path',
    async (program, command, refusal) => {
      const run = (path: string, uid: number) =>
        vm.run(`${path}/${command}`, {
          uid,
          gid: uid,
          env: program === 'python' ? { PYTHONHOME: '/usr' } : {},
          timeoutMs: 60_000 * patience(series),
        });
      await must(vm, `mkdir -p /opt/elsewhere && cp /opt/verdicts/${program} /opt/elsewhere/${program}`);
      const allowed = await run('/opt/verdicts', 1010);
      expect({ code: allowed.code, stderr: allowed.stderr }).toEqual({ code: 0, stderr: '' });
      for (const [path, uid] of [
        ['/opt/verdicts', 1011],
        ['/opt/elsewhere', 1010],
      ] as const) {
        const refused = await run(path, uid);
        expect(refused.code).not.toBe(0);
        expect(refused.stderr).toContain(refusal);
      }
    },
    200_000 * patience(series),
  );

  test(
    'a connection that is up is listed with the rule that allows it, and a plan says when it will be closed',
    async () => {
      const options = { timeoutMs: 120_000 * patience(series) };
      const ask = async (command: string) =>
        JSON.parse(await must(vm, `${RIPTIDES} ${command} --json`, options));
      const script = `
import socket
made = socket.create_connection(('127.0.0.1', 7001))
print('up', flush=True)
try:
    made.recv(1)
except OSError as error:
    print(type(error).__name__, flush=True)`;
      const held = vm.spawn(['/opt/verdicts/python', '-c', script], {
        uid: 1010,
        gid: 1010,
        env: { PYTHONHOME: '/usr' },
        timeoutMs: 300_000 * patience(series),
      });
      await held.waitForOutput(/up/);
      const { connections } = await ask(`connections ${POLICY} --identity programs`);
      expect(connections).toEqual([
        expect.objectContaining({
          direction: 'connect',
          state: 'established',
          remote: '127.0.0.1:7001',
          service: 'one',
          action: 'allow',
          process: expect.objectContaining({ name: 'python', uid: 1010, path: '/opt/verdicts/python' }),
          rule: {
            id: expect.any(Number),
            source: expect.objectContaining({
              start: { line: lineOf('workloadID: programs') + 9, column: 7 },
            }),
          },
        }),
      ]);

      const changed = '/tmp/changed';
      await must(vm, `cp -r ${POLICY} ${changed} && sed -i s/1010/1012/ ${changed}/riptides.yaml`);
      const { revoked } = await ask(`plan ${changed}`);
      expect(revoked).toMatchObject({
        count: 1,
        connections: [{ remote: '127.0.0.1:7001', name: 'python' }],
      });
      expect(await must(vm, `${RIPTIDES} plan ${changed}`, options)).toMatch(
        /1 of \d+ connections? will be closed:\n {2}- python \(\d+\) {2}→ 127\.0\.0\.1:7001 {2}\S*riptides.yaml:\d+:\d+\n/,
      );
      await must(vm, `${RIPTIDES} apply ${changed} --yes`, options);
      await held.waitForOutput(/ConnectionAbortedError|BrokenPipeError/);
      expect(await ask(`connections ${changed} --identity programs`)).toMatchObject({ connections: [] });
    },
    500_000 * patience(series),
  );
});

/** The first line of the policy that has a text. */
function lineOf(text: string): number {
  const lines = readFileSync(join(POLICY, 'riptides.yaml'), 'utf8').split('\n');
  return lines.findIndex((line) => line.includes(text)) + 1;
}

/** The answer of one probe, and what the trace says of its process. */
function readAnswer(answer: string, trace: string): { errno: string; action: string; rule: number } {
  const [pid = '', errno = ''] = answer.split(' ');
  const verdicts = [...trace.matchAll(new RegExp(` connect (\\w+) .*rule=(\\d+) .*pid=${pid} `, 'g'))];
  const [action, rule] = verdicts[0]?.slice(1) ?? [];
  return verdicts.length === 1
    ? { errno, action: action ?? '', rule: Number(rule) }
    : { errno, action: `${verdicts.length} verdicts`, rule: -1 };
}
