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
  /** Does not wait. Gives the length of the datagram, which may be more than the buffer holds, and fills in the sender's address. */
  readonly recvfrom: (fd: number, buffer: Uint8Array, address: Uint8Array) => number;
  /** Positive when one of them can be read, 0 when the milliseconds have passed. */
  readonly pollIn: (fds: readonly number[], milliseconds: number) => number;
  /** The same in a thread, without an end. */
  readonly pollInThread: (fds: readonly number[]) => Promise<number>;
  /** A descriptor that can be read after `eventfdWrite`. */
  readonly eventfd: () => number;
  readonly eventfdWrite: (fd: number) => number;
  readonly close: (fd: number) => number;
}

const MSG_TRUNC = 0x20;
const MSG_DONTWAIT = 0x40;
const EFD_CLOEXEC = 0o2000000;
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
    eventfd: library.func('int eventfd(unsigned int, int)'),
    eventfd_write: library.func('int eventfd_write(int, uint64_t)'),
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
  const waiting = new Set<Uint8Array>();
  return {
    socket: (domain, type, protocol) => call(declared.socket, domain, type, protocol),
    bind: (fd, address) => call(declared.bind, fd, address, address.byteLength),
    getsockname: (fd, address) => call(declared.getsockname, fd, address, u32(address.byteLength)),
    setsockopt: (fd, level, option, value) =>
      call(declared.setsockopt, fd, level, option, value, value.byteLength),
    sendto: (fd, data, address) =>
      call(declared.sendto, fd, data, data.byteLength, 0, address, address.byteLength),
    recvfrom: (fd, buffer, address) =>
      call(
        declared.recvfrom,
        fd,
        buffer,
        buffer.byteLength,
        MSG_TRUNC | MSG_DONTWAIT,
        address,
        u32(address.byteLength),
      ),
    pollIn: (fds, milliseconds) => call(declared.poll, pollfds(fds), fds.length, milliseconds),
    pollInThread: (fds) =>
      new Promise((resolve, reject) => {
        // The thread writes into it, so it must be there, and in the same place, until the thread is done.
        const set = pollfds(fds);
        const wait = (): void => {
          waiting.add(set);
          declared.poll.async(set, fds.length, -1, (error: unknown, result: unknown) => {
            waiting.delete(set);
            if (error instanceof Error) reject(error);
            // The error number stays in the thread. Nothing but a signal ends a wait for descriptors that are open.
            else if (Number(result) < 0) wait();
            else resolve(Number(result));
          });
        };
        wait();
      }),
    eventfd: () => call(declared.eventfd, 0, EFD_CLOEXEC),
    eventfdWrite: (fd) => call(declared.eventfd_write, fd, 1),
    // Not again after EINTR: Linux has closed it by then.
    close: (fd) => Number(declared.close(fd)),
  };
}

/** An array of struct pollfd. */
function pollfds(fds: readonly number[]): Uint8Array {
  // With a buffer of its own, which is never moved.
  const bytes = new Uint8Array(new ArrayBuffer(8 * fds.length));
  for (const [i, fd] of fds.entries()) {
    new Int32Array(bytes.buffer)[2 * i] = fd;
    new Int16Array(bytes.buffer)[4 * i + 2] = POLLIN;
  }
  return bytes;
}

/** A number of the host's byte order, as C passes a socklen_t by its address. */
export function u32(value: number): Uint8Array {
  return new Uint8Array(new Uint32Array([value]).buffer);
}
