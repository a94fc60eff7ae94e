// SPDX-License-Identifier: Apache-2.0
// What the agent tells a service manager, by a real socket.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import { notifier } from '../../src/agent/daemon/notify.ts';
import { loadLibc } from '../../src/netlink/libc.ts';

/** Prints what comes in, datagram by datagram. */
const RECEIVER = `
import socket, sys
name = sys.argv[1]
received = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
received.bind('\\0' + name[1:] if name.startswith('@') else name)
print('bound', flush=True)
while True:
    print(received.recv(100).decode(), flush=True)
`;

test.each(['file', 'abstract'])('a service manager is told at a %s socket', async (kind) => {
  const folder = mkdtempSync(join(tmpdir(), 'riptides-'));
  const path = kind === 'file' ? join(folder, 'notify') : `@riptides-${process.pid}`;
  const receiver = spawn('python3', ['-c', RECEIVER, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const next = async (): Promise<string> => String((await once(receiver.stdout, 'data'))[0]).trim();
  try {
    expect(await next()).toBe('bound');
    const notify = notifier({ NOTIFY_SOCKET: path }, await loadLibc());
    notify('READY=1');
    expect(await next()).toBe('READY=1');
  } finally {
    receiver.kill();
    rmSync(folder, { recursive: true });
  }
});

test.each([undefined, '', 'relative', '/no/such/socket', `/${'x'.repeat(200)}`])(
  'nobody is told where there is no socket: %p',
  async (path) => {
    const env = path === undefined ? {} : { NOTIFY_SOCKET: path };
    const notify = notifier(env, await loadLibc());
    expect(() => notify('READY=1')).not.toThrow();
  },
);
