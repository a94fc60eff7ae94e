// SPDX-License-Identifier: Apache-2.0
// What the agent tells the service manager that started it (sd_notify(3)).

import type { Libc } from '../../netlink/libc.ts';

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
/** Bytes of the path in struct sockaddr_un. */
const LONGEST_PATH = 108;

/**
 * Tells the service manager that the environment names one assignment, such as `READY=1`; without one, nobody.
 */
export function notifier({ NOTIFY_SOCKET: path }: NodeJS.ProcessEnv, libc: Libc): (state: string) => void {
  return (state) => {
    if (path !== undefined) send(libc, path, state);
  };
}

/** What cannot be told is not told: the service manager will notice. */
function send(libc: Libc, path: string, state: string): void {
  const bytes = Buffer.from(path);
  if (bytes.length > LONGEST_PATH || !/^[/@]/.test(path)) return;
  const address = new Uint8Array(2 + bytes.length);
  new Uint16Array(address.buffer, 0, 1)[0] = AF_UNIX;
  address.set(bytes, 2);
  // An abstract name begins with a zero byte.
  if (path.startsWith('@')) address[2] = 0;
  const fd = libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  libc.sendto(fd, new TextEncoder().encode(state), address);
  libc.close(fd);
}
