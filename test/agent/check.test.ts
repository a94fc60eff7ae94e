// SPDX-License-Identifier: Apache-2.0
// Whether the sources of labels can be reached, and what to do where they cannot.

import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { defaultConfiguration } from '../../src/agent/configuration/load.ts';
import { checkCollectors } from '../../src/agent/labels/check.ts';
import { COLLECTOR_NAMES } from '../../src/agent/labels/types.ts';
import { answerJson, scratch, serve } from './servers.ts';

const directory = scratch();
const { labels } = defaultConfiguration();

test('each collector is off, missing, reachable or not, and says what would help', async () => {
  const socket = join(directory, 'docker.sock');
  await serve(
    (_, response) => answerJson(response, { Version: '20.10', Platform: { Name: 'Docker Engine' } }),
    { socket },
  );
  const hanging = await serve(() => {});
  const checks = await checkCollectors({
    ...labels,
    systemd: { ...labels.systemd, socket: join(directory, 'none') },
    docker: { ...labels.docker, sockets: [socket] },
    podman: { ...labels.podman, enabled: true, sockets: [join(directory, 'none')] },
    gcp: { ...labels.gcp, enabled: true, url: `http://127.0.0.1:${hanging}`, deadline: 100 },
  });
  expect(checks.map(({ name }) => name)).toEqual([...COLLECTOR_NAMES]);
  const by = Object.fromEntries(checks.map((check) => [check.name, check]));
  expect(by).toMatchObject({
    static: { state: 'off' },
    systemd: { state: 'missing' },
    docker: { state: 'reachable', detail: 'Docker Engine 20.10' },
    podman: {
      state: 'unreachable',
      detail: 'there is no socket',
      fix: 'check that it runs: systemctl status podman.socket',
    },
    kubernetes: { state: 'off' },
    gcp: {
      state: 'unreachable',
      detail: 'it did not answer within 100 ms',
      fix: expect.stringContaining('metadata service'),
    },
    linuxos: { state: 'reachable', detail: expect.stringMatching(/^\d+ labels$/) },
    node: { state: 'reachable' },
  });
  for (const { state, milliseconds } of checks)
    expect(milliseconds > 0).toBe(state === 'reachable' || state === 'unreachable');
});
