// SPDX-License-Identifier: Apache-2.0
// What a client needs of a connection to the kernel. socket.ts is the real one; tests wrap it to stop at a chosen message.

import type { ExtendedAck } from './message.ts';

/** A request of a generic netlink family. */
export interface Request {
  /** Number of the family, as the kernel gave it. */
  readonly family: number;
  readonly command: number;
  readonly version: number;
  readonly attributes: Uint8Array;
}

/** One netlink connection. A transaction of the kernel belongs to one, and is gone when it closes. */
export interface Transport {
  /**
   * Sends a request and waits until the kernel has answered it. Gives the attributes of each reply.
   *
   * @throws NetlinkError when the kernel refuses, UserError when it does not answer in time
   */
  request(request: Request): Promise<readonly Uint8Array[]>;
  /** Sends a request for a dump and hands over the attributes of each part; they are valid during the call only. */
  dump(request: Request, each: (attributes: Uint8Array) => void): Promise<void>;
  /** Closes the connection; harmless when it is closed already. */
  close(): void;
}

/** The kernel refused a request. */
export class NetlinkError extends Error {
  /** A positive error number of the host, as in `os.constants.errno`. */
  readonly errno: number;
  readonly ack: ExtendedAck;

  constructor(errno: number, ack: ExtendedAck) {
    super(ack.message ?? `error ${errno}`);
    this.name = 'NetlinkError';
    this.errno = errno;
    this.ack = ack;
  }
}
