// SPDX-License-Identifier: Apache-2.0
// A netlink connection on which the kernel sends messages of its own accord. It waits in a thread of its own, so that
// messages and answers arrive while the program does something else.

import { constants } from 'node:os';

import { ANSWER_WITHIN, NetlinkSocket, openLibc, silent } from './socket.ts';
import { type Envelope, NLM_F } from './message.ts';
import { NetlinkError, type Request, type Transport } from './transport.ts';

/** Requests that are under way at once: the kernel drops answers for which the socket has no room. */
const AT_ONCE = 16;

/** A message that no request asked for. */
export interface Notice {
  /** Number of the family. */
  readonly family: number;
  readonly command: number;
  readonly attributes: Uint8Array;
}

export interface ChannelListener {
  /** A message of the kernel's own accord. */
  readonly notice: (notice: Notice) => void;
  /** The kernel had no room for messages: some are lost. */
  readonly overrun: () => void;
  /** The channel cannot be used any more. Is called once, unless it was closed. */
  readonly failed: (error: unknown) => void;
}

/** A connection that also listens. Its requests do not wait for one another. */
export interface Channel extends Transport {
  /** Joins a multicast group by the number that the kernel gave it. */
  join(group: number): void;
}

/** A request that is under way. */
interface Pending {
  readonly family: number;
  readonly each: (attributes: Uint8Array) => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * Opens a channel.
 *
 * @throws UserError `not-linux` or `no-netlink` where there is no such thing
 */
export async function openChannel(listener: ChannelListener): Promise<Channel> {
  const channel = new NetlinkChannel(NetlinkSocket.open(await openLibc()), listener);
  channel.listen();
  return channel;
}

class NetlinkChannel implements Channel {
  readonly #socket: NetlinkSocket;
  readonly #listener: ChannelListener;
  readonly #pending = new Map<number, Pending>();
  /** Requests for which it is too early. */
  readonly #waiting: (() => void)[] = [];
  #isOpen = true;

  constructor(socket: NetlinkSocket, listener: ChannelListener) {
    this.#socket = socket;
    this.#listener = listener;
  }

  async request(request: Request): Promise<readonly Uint8Array[]> {
    const replies: Uint8Array[] = [];
    await this.#call(request, NLM_F.request | NLM_F.ack, (attributes) => replies.push(attributes.slice()));
    return replies;
  }

  async dump(request: Request, each: (attributes: Uint8Array) => void): Promise<void> {
    await this.#call(request, NLM_F.request | NLM_F.dump, each);
  }

  join(group: number): void {
    this.#socket.join(group);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#socket.wake();
    this.#rejectAll(closed());
  }

  /** Waits and reads until the channel is closed or fails. */
  listen(): void {
    void this.#run().catch((error: unknown) => {
      this.#rejectAll(error);
      if (!this.#isOpen) return;
      this.#isOpen = false;
      this.#listener.failed(error);
    });
  }

  async #run(): Promise<void> {
    try {
      for (;;) {
        await this.#socket.readable();
        if (!this.#isOpen) return;
        for (;;) {
          const envelopes = this.#read();
          if (envelopes === undefined) break;
          for (const envelope of envelopes) this.#take(envelope);
        }
      }
    } finally {
      this.#socket.close();
    }
  }

  /** The messages of one datagram; undefined when there is none any more. */
  #read(): readonly Envelope[] | undefined {
    try {
      return this.#socket.receive();
    } catch (error) {
      if (!(error instanceof NetlinkError) || error.errno !== constants.errno.ENOBUFS) throw error;
      this.#rejectAll(error);
      this.#listener.overrun();
      return [];
    }
  }

  #take({ sequence, interrupted, body }: Envelope): void {
    if (sequence === 0) {
      if (body.kind === 'data')
        this.#listener.notice({
          family: body.type,
          command: body.command,
          attributes: body.payload.slice(),
        });
      return;
    }
    const pending = this.#pending.get(sequence);
    if (pending === undefined) return;
    pending.timer.refresh();
    if (interrupted) {
      this.#settle(
        sequence,
        new NetlinkError(constants.errno.EAGAIN, { message: 'the dump changed while it was read' }),
      );
    } else if (body.kind === 'data' && body.type === pending.family) {
      try {
        pending.each(body.payload);
      } catch (error) {
        this.#settle(sequence, error);
      }
    } else if (body.kind === 'status') {
      this.#settle(sequence, body.errno === 0 ? undefined : new NetlinkError(body.errno, body.ack));
    }
  }

  async #call(request: Request, flags: number, each: (attributes: Uint8Array) => void): Promise<void> {
    while (this.#pending.size >= AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return new Promise((resolve, reject) => {
      if (!this.#isOpen) throw closed();
      const sequence = this.#socket.send(request, flags);
      const timer = setTimeout(() => this.#settle(sequence, silent()), ANSWER_WITHIN);
      this.#pending.set(sequence, { family: request.family, each, resolve, reject, timer });
    });
  }

  #settle(sequence: number, error: unknown): void {
    const pending = this.#pending.get(sequence);
    if (pending === undefined) return;
    this.#pending.delete(sequence);
    clearTimeout(pending.timer);
    this.#waiting.shift()?.();
    if (error === undefined) pending.resolve();
    else pending.reject(error);
  }

  #rejectAll(error: unknown): void {
    for (const sequence of this.#pending.keys()) this.#settle(sequence, error);
    for (const begin of this.#waiting.splice(0)) begin();
  }
}

function closed(): NetlinkError {
  return new NetlinkError(constants.errno.ECONNABORTED, { message: 'the channel was closed' });
}
