// SPDX-License-Identifier: Apache-2.0
// The netlink connection to the running kernel. The kernel runs a request inside the system call that sends it, so the answer is
// there when sendto returns; waiting is only the guard against a kernel that never answers.

import { constants } from 'node:os';

import { UserError } from '../errors.ts';
import { CodecError, LITTLE_ENDIAN } from './attributes.ts';
import { type Libc, loadLibc, u32 } from './libc.ts';
import { decodeMessages, encodeRequest, type Envelope, NLM_F } from './message.ts';
import { NetlinkError, type Request, type Transport } from './transport.ts';

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const NETLINK_GENERIC = 16;
const SOL_NETLINK = 270;
/** Joins a multicast group. */
const ADD_MEMBERSHIP = 1;
const OPTIONS = { capAck: 10, extAck: 11, strictCheck: 12 } as const;
/** struct sockaddr_nl */
const ADDRESS_SIZE = 12;
/** The kernel never makes the parts of a dump larger than 32 KiB. */
const RECEIVE_SIZE = 65536;
const LAST_SEQUENCE = 0xffff_ffff;

/** Milliseconds that an answer may take after the kernel has run the request. */
export const ANSWER_WITHIN = 5000;

/**
 * Opens a generic netlink connection.
 *
 * @throws UserError `not-linux` or `no-netlink` where there is no such thing
 */
export async function openSocket(): Promise<Transport> {
  return new NetlinkConnection(NetlinkSocket.open(await openLibc()));
}

/** The C library. @throws UserError `not-linux` */
export async function openLibc(): Promise<Libc> {
  if (process.platform !== 'linux')
    throw new UserError('not-linux', {
      message: `this machine runs ${process.platform}, and the riptides kernel module is for Linux`,
      fix: 'use --target embedded here, or run riptides on the Linux host that you want to govern',
    });
  return loadLibc();
}

function cannotOpen(errno: number): UserError {
  return new UserError('no-netlink', {
    message: 'cannot open a generic netlink socket',
    why: `the system reports: ${errnoName(errno)}; a sandbox may forbid AF_NETLINK`,
    fix: 'run riptides outside the sandbox, on the host itself',
  });
}

/** The name of an error number of this host (`ENOENT`). */
export function errnoName(errno: number): string {
  return Object.entries(constants.errno).find(([, value]) => value === errno)?.[0] ?? `error ${errno}`;
}

/** A generic netlink socket: sends requests, and gives the datagrams of the kernel. */
export class NetlinkSocket {
  readonly port: number;
  readonly #libc: Libc;
  readonly #kernel = socketAddress();
  readonly #buffer = new Uint8Array(RECEIVE_SIZE);
  readonly #wakeup: number;
  #fd: number;
  #sequence = 0;

  /** @throws UserError `no-netlink` */
  static open(libc: Libc): NetlinkSocket {
    const fd = libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
    if (fd < 0) throw cannotOpen(-fd);
    const wakeup = libc.eventfd();
    if (wakeup < 0) {
      libc.close(fd);
      throw cannotOpen(-wakeup);
    }
    try {
      return new NetlinkSocket(libc, fd, wakeup);
    } catch (error) {
      libc.close(fd);
      libc.close(wakeup);
      throw error;
    }
  }

  private constructor(libc: Libc, fd: number, wakeup: number) {
    this.#libc = libc;
    this.#fd = fd;
    this.#wakeup = wakeup;
    const address = socketAddress();
    const bound = libc.bind(fd, address);
    if (bound < 0) throw cannotOpen(-bound);
    const named = libc.getsockname(fd, address);
    if (named < 0) throw cannotOpen(-named);
    this.port = portOf(address);
    // Old kernels lack some of these; answers are then only less precise.
    for (const option of Object.values(OPTIONS)) libc.setsockopt(fd, SOL_NETLINK, option, u32(1));
  }

  /** Joins a multicast group. */
  join(group: number): void {
    const joined = this.#libc.setsockopt(this.#fd, SOL_NETLINK, ADD_MEMBERSHIP, u32(group));
    if (joined < 0) throw new NetlinkError(-joined, {});
  }

  /** Sends a request. Gives the number that its answers carry, never 0. */
  send(request: Request, flags: number): number {
    this.#sequence = (this.#sequence % LAST_SEQUENCE) + 1;
    const { family, command, version, attributes } = request;
    const bytes = encodeRequest({
      type: family,
      flags,
      sequence: this.#sequence,
      command,
      version,
      attributes,
    });
    const sent = this.#libc.sendto(this.#fd, bytes, this.#kernel);
    if (sent < 0) throw new NetlinkError(-sent, {});
    return this.#sequence;
  }

  /** Waits for a datagram. Returns whether there is one. */
  wait(milliseconds: number): boolean {
    const ready = this.#libc.pollIn([this.#fd], milliseconds);
    if (ready < 0) throw new NetlinkError(-ready, {});
    return ready > 0;
  }

  /** Waits for a datagram, or `wake`, in a thread of its own. */
  async readable(): Promise<void> {
    const ready = await this.#libc.pollInThread([this.#fd, this.#wakeup]);
    if (ready < 0) throw new NetlinkError(-ready, {});
  }

  /** Ends `readable`. */
  wake(): void {
    this.#libc.eventfdWrite(this.#wakeup);
  }

  /** The messages of the next datagram of the kernel; undefined when none is there. Valid until the next call. */
  receive(): readonly Envelope[] | undefined {
    for (;;) {
      const sender = socketAddress();
      const length = this.#libc.recvfrom(this.#fd, this.#buffer, sender);
      if (length === -constants.errno.EAGAIN) return undefined;
      if (length < 0) throw new NetlinkError(-length, {});
      if (length > this.#buffer.byteLength)
        throw new CodecError(`a datagram of ${length} bytes; ${RECEIVE_SIZE} at most`);
      // Any process may send to a netlink port. Port 0 is the kernel.
      if (portOf(sender) === 0) return decodeMessages(this.#buffer.subarray(0, length));
    }
  }

  close(): void {
    if (this.#fd < 0) return;
    this.#libc.close(this.#fd);
    this.#libc.close(this.#wakeup);
    this.#fd = -1;
  }
}

/** Waits for the answer of each request. */
class NetlinkConnection implements Transport {
  readonly #socket: NetlinkSocket;

  constructor(socket: NetlinkSocket) {
    this.#socket = socket;
  }

  async request(request: Request): Promise<readonly Uint8Array[]> {
    const replies: Uint8Array[] = [];
    const sequence = this.#socket.send(request, NLM_F.request | NLM_F.ack);
    this.#receive(request, sequence, (attributes) => replies.push(attributes.slice()));
    return replies;
  }

  async dump(request: Request, each: (attributes: Uint8Array) => void): Promise<void> {
    const sequence = this.#socket.send(request, NLM_F.request | NLM_F.dump);
    this.#receive(request, sequence, each);
  }

  close(): void {
    this.#socket.close();
  }

  /** Reads until the request is answered. Leftovers of earlier requests, and what others send, are passed over. */
  #receive(request: Request, sequence: number, each: (attributes: Uint8Array) => void): void {
    let deadline = Date.now() + ANSWER_WITHIN;
    for (;;) {
      for (const envelope of this.#datagram(deadline)) {
        if (envelope.sequence !== sequence || envelope.port !== this.#socket.port) continue;
        deadline = Date.now() + ANSWER_WITHIN;
        if (envelope.interrupted)
          throw new NetlinkError(constants.errno.EAGAIN, { message: 'the dump changed while it was read' });
        const { body } = envelope;
        if (body.kind === 'data' && body.type === request.family) each(body.payload);
        if (body.kind !== 'status') continue;
        if (body.errno !== 0) throw new NetlinkError(body.errno, body.ack);
        return;
      }
    }
  }

  #datagram(deadline: number): readonly Envelope[] {
    for (;;) {
      if (!this.#socket.wait(Math.max(0, deadline - Date.now()))) throw silent();
      const envelopes = this.#socket.receive();
      if (envelopes !== undefined) return envelopes;
    }
  }
}

/** What to throw when the kernel does not answer. */
export function silent(): UserError {
  return new UserError('kernel-silent', {
    message: `the kernel did not answer within ${ANSWER_WITHIN / 1000} s`,
    why: 'the request may or may not have been carried out',
    fix: 'run riptides status to see what is in force; the kernel log (dmesg) may say more',
  });
}

/** An address of the kernel (port 0); bound to, it asks the kernel to choose a port. */
function socketAddress(): Uint8Array {
  const bytes = new Uint8Array(ADDRESS_SIZE);
  new DataView(bytes.buffer).setUint16(0, AF_NETLINK, LITTLE_ENDIAN);
  return bytes;
}

function portOf(address: Uint8Array): number {
  return new DataView(address.buffer, address.byteOffset, address.byteLength).getUint32(4, LITTLE_ENDIAN);
}
