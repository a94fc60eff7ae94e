// SPDX-License-Identifier: Apache-2.0
// The functions of the C library that a netlink socket needs. A wrong pointer would kill the process, so nothing but
// byte arrays crosses the boundary, each with its own length beside it.

import { constants } from 'node:os';

/** Each gives what the C function gives, or a negative error number of the host. */
export interface Libc {
  readonly socket: (domain: number, type: number, protocol: number) => number;
  readonly bind: (fd: number, address: Uint8Array) => number;
  readonly getsockname: (fd: number, address: Uint8Array) => number;
  readonly setsockopt: (fd: number, level: number, option: number, value: Uint8Array) => number;
  readonly sendto: (fd: number, data: Uint8Array, address: Uint8Array) => number;
  /** Gives the length of the datagram, which may be more than the buffer holds, and fills in the sender's address. */
  readonly recvfrom: (fd: number, buffer: Uint8Array, address: Uint8Array) => number;
  /** 1 when there is something to read, 0 when the milliseconds have passed. */
  readonly pollIn: (fd: number, milliseconds: number) => number;
  readonly close: (fd: number) => number;
}

const MSG_TRUNC = 0x20;
const POLLIN = 1;

/** Loads koffi, which takes 30 ms: only commands that talk to a kernel pay for it. */
export async function loadLibc(): Promise<Libc> {
  const { default: koffi } = await import('koffi');
  // The process itself: Node is linked with the C library, whichever it is.
  const library = koffi.load(null);
  const declared = {
    socket: library.func('int socket(int, int, int)'),
    bind: library.func('int bind(int, void *, uint32_t)'),
    getsockname: library.func('int getsockname(int, void *, void *)'),
    setsockopt: library.func('int setsockopt(int, int, int, void *, uint32_t)'),
    sendto: library.func('intptr_t sendto(int, void *, size_t, int, void *, uint32_t)'),
    recvfrom: library.func('intptr_t recvfrom(int, void *, size_t, int, void *, void *)'),
    poll: library.func('int poll(void *, unsigned long, int)'),
    close: library.func('int close(int)'),
  };
  // The error number is read before anything else can run, and an interrupted call is made again.
  const call = (f: (...args: readonly unknown[]) => unknown, ...args: readonly unknown[]): number => {
    for (;;) {
      const result = Number(f(...args));
      if (result >= 0) return result;
      const errno = koffi.errno();
      if (errno !== constants.errno.EINTR) return -errno;
    }
  };
  return {
    socket: (domain, type, protocol) => call(declared.socket, domain, type, protocol),
    bind: (fd, address) => call(declared.bind, fd, address, address.byteLength),
    getsockname: (fd, address) => call(declared.getsockname, fd, address, u32(address.byteLength)),
    setsockopt: (fd, level, option, value) =>
      call(declared.setsockopt, fd, level, option, value, value.byteLength),
    sendto: (fd, data, address) =>
      call(declared.sendto, fd, data, data.byteLength, 0, address, address.byteLength),
    recvfrom: (fd, buffer, address) =>
      call(declared.recvfrom, fd, buffer, buffer.byteLength, MSG_TRUNC, address, u32(address.byteLength)),
    pollIn: (fd, milliseconds) => {
      const pollfd = new Uint8Array(8);
      new Int32Array(pollfd.buffer)[0] = fd;
      new Int16Array(pollfd.buffer)[2] = POLLIN;
      return call(declared.poll, pollfd, 1, milliseconds);
    },
    // Not again after EINTR: Linux has closed it by then.
    close: (fd) => Number(declared.close(fd)),
  };
}

/** A number of the host's byte order, as C passes a socklen_t by its address. */
export function u32(value: number): Uint8Array {
  return new Uint8Array(new Uint32Array([value]).buffer);
}
