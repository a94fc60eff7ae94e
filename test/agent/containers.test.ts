// SPDX-License-Identifier: Apache-2.0
// A container runtime that lies, hangs or breaks off, on a socket of the test.

import { chownSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { createContainersCollector } from '../../src/agent/labels/docker.ts';
import { createSource } from '../../src/agent/labels/source.ts';
import { canCreateCgroups, sleepIn } from './cgroups.ts';
import { answerJson, MISBEHAVIOUR, scratch, serve, serveBytes } from './servers.ts';

const directory = scratch();
const ID = '3f'.repeat(32);
const OTHER = 'a0'.repeat(32);

/** A container as Docker answers for it, cut to what matters. */
const container = (pid: number, changed: object = {}) => ({
  Id: ID,
  Name: '/web',
  Path: '/bin/web',
  Args: ['--port', '80'],
  Image: `sha256:${'11'.repeat(32)}`,
  State: { Pid: pid },
  Config: { Hostname: 'h', Image: 'web:1', Env: ['A=1', 'B', 'C=x=y'], Labels: { app: 'shop' } },
  HostConfig: { NetworkMode: 'bridge' },
  NetworkSettings: { Ports: { '80/tcp': [{ HostIp: '0.0.0.0', HostPort: '8080' }], '53/udp': null } },
  ...changed,
});

let sockets = 0;
/** A path for a socket: they are short. */
const newSocket = (): string => join(directory, `s${sockets++}`);

const collectorOf = (socket: string, environment: readonly string[] = []) =>
  createContainersCollector({
    name: 'docker',
    sockets: [socket],
    deadline: 300,
    lifetime: 1000,
    environment,
  });

async function ask(socket: string, pid: number) {
  const source = createSource([collectorOf(socket)], 3_600_000);
  const answer = await source.collect(pid);
  source.close();
  return answer;
}

(canCreateCgroups ? describe : describe.skip)('of a process in a container', () => {
  let first = 0;
  let sibling = 0;
  beforeAll(async () => {
    first = (await sleepIn(`/riptides-test/docker/${ID}`)).pid ?? 0;
    sibling = (await sleepIn(`/riptides-test/docker/${OTHER}`)).pid ?? 0;
  });

  test.each(MISBEHAVIOUR)(
    'one that %s gives no labels, and keeps nobody waiting',
    async (_, does, reason) => {
      const socket = newSocket();
      await serve(does, { socket });
      const start = performance.now();
      expect(await ask(socket, first)).toMatchObject({
        labels: [],
        complete: false,
        collectors: [{ outcome: 'no-answer', reason: expect.stringMatching(reason) }],
      });
      expect(performance.now() - start).toBeLessThan(5000);
    },
  );

  test('one that speaks no HTTP gives no labels', async () => {
    const socket = newSocket();
    await serveBytes('SSH-2.0-x\r\n\r\n', socket);
    expect(await ask(socket, first)).toMatchObject({ labels: [], complete: false });
  });

  test('one that nobody listens at gives no labels', async () => {
    expect(await ask(newSocket(), first)).toMatchObject({
      complete: false,
      collectors: [{ outcome: 'no-answer', reason: 'there is no socket' }],
    });
  });

  test('one that answers for another container gives no labels', async () => {
    const socket = newSocket();
    await serve((_, response) => answerJson(response, container(first, { Id: OTHER })), { socket });
    expect(await ask(socket, first)).toMatchObject({
      labels: [],
      collectors: [{ outcome: 'no-answer', reason: 'it answered for another container' }],
    });
  });

  test.each([
    ['that has ended', () => 0],
    ['whose first process is one of another container', () => sibling],
    ['whose first process is no container’s', () => process.pid],
    ['whose first process is gone', () => 4_194_303],
  ])('a container %s is none of the process', async (_, pid) => {
    const socket = newSocket();
    await serve((_request, response) => answerJson(response, container(pid())), { socket });
    expect(await ask(socket, first)).toMatchObject({ labels: [], collectors: [{ outcome: 'nothing' }] });
  });

  test('a runtime of a user is believed of containers of that user alone', async () => {
    const socket = newSocket();
    await serve((_, response) => answerJson(response, container(first)), { socket });
    expect((await ask(socket, first)).labels).toContainEqual({ name: 'docker:name', value: 'web' });
    chownSync(socket, 1000, 1000);
    expect(await ask(socket, first)).toMatchObject({ labels: [], collectors: [{ outcome: 'nothing' }] });
    const home = '/user.slice/user-1000.slice/user@1000.service';
    const own = (await sleepIn(`${home}/user.slice/docker-${ID}.scope`)).pid ?? 0;
    const ofUser = newSocket();
    await serve((_, response) => answerJson(response, container(own)), { socket: ofUser });
    chownSync(ofUser, 1000, 1000);
    expect((await ask(ofUser, own)).labels).toContainEqual({ name: 'docker:name', value: 'web' });
  });
});

test('variables become labels when they are named, and no others', async () => {
  const socket = newSocket();
  await serve((_, response) => answerJson(response, container(1)), { socket });
  const found = await collectorOf(socket, ['A', 'B', 'C', 'D']).find(ID, AbortSignal.timeout(5000));
  expect(found?.labels.filter(({ name }) => name.startsWith('docker:env:'))).toEqual([
    { name: 'docker:env:A', value: '1' },
    { name: 'docker:env:C', value: 'x=y' },
  ]);
  expect(found?.labels).toContainEqual({ name: 'docker:port-binding', value: '8080/tcp' });
  const none = await collectorOf(socket).find(ID, AbortSignal.timeout(5000));
  expect(none?.labels.some(({ name }) => name.startsWith('docker:env:'))).toBe(false);
});

test('a label with a name that objects have by themselves is a label', async () => {
  const socket = newSocket();
  await serve(
    (_, response) => {
      const text = JSON.stringify(container(1)).replace('"app":"shop"', '"__proto__":"x","constructor":"y"');
      response.end(text);
    },
    { socket },
  );
  const found = await collectorOf(socket).find(ID, AbortSignal.timeout(5000));
  expect(found?.labels).toContainEqual({ name: 'docker:label:constructor', value: 'y' });
});

test('of several sockets the first that knows a container answers', async () => {
  const [empty, full] = [newSocket(), newSocket()];
  await serve((_, response) => response.writeHead(404).end('{"message":"No such container"}'), {
    socket: empty,
  });
  await serve((_, response) => answerJson(response, container(1)), { socket: full });
  const collector = createContainersCollector({
    name: 'podman', sockets: [empty, full], deadline: 300, lifetime: 1000, environment: [],
  }); // prettier-ignore
  expect((await collector.find(ID, AbortSignal.timeout(5000)))?.labels).toContainEqual({
    name: 'docker:id',
    value: ID,
  });
});
