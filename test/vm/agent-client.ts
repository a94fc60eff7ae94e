// SPDX-License-Identifier: Apache-2.0
//
// The host's side of the agent: many commands at once over one stream, each with a deadline of its own on both sides.

import type { Duplex } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { parseReply, type Reply, type Request } from './protocol.ts';

/** More than this from one command is a mistake, not output. */
export const MAX_OUTPUT_BYTES = 64 << 20;
/** What the agent may take beyond a command's own deadline to kill it and say so. */
const GRACE_MS = 15_000;
/** A command that waits for no deadline of its own, and the agent's small tasks. */
const SMALL_TASK_MS = 30_000;

export interface RunResult {
  /** The exit status, or null where a signal ended the command. */
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

export type OutputListener = (stream: 'stdout' | 'stderr', chunk: string) => void;

export interface StartRequest {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** What the command reads; with `keepInput` more may follow. */
  readonly stdin?: string | undefined;
  readonly keepInput?: boolean;
  readonly timeoutMs: number;
  readonly onOutput?: OutputListener | undefined;
}

export interface RemoteProcess {
  /** The output so far. */
  stdout(): string;
  stderr(): string;
  /** Resolves when the command started, with its process id in the guest. */
  readonly started: Promise<number>;
  readonly exited: Promise<RunResult>;
  kill(signal?: string): void;
  write(data: string): void;
  closeInput(): void;
}

interface Task {
  onReply(reply: Reply): void;
  fail(error: Error): void;
}

/** A conversation with the agent. It ends when `end` is called with the reason, which every open task then fails with. */
export class AgentClient {
  readonly #port: Duplex;
  readonly #tasks = new Map<number, Task>();
  readonly #ready = Promise.withResolvers<string>();
  #nextId = 1;
  #rest = '';
  #ended: Error | undefined;

  constructor(port: Duplex) {
    this.#port = port;
    this.#ready.promise.catch(() => {}); // Whoever waits for it hears of it.
    port.setEncoding('utf8');
    port.on('data', (chunk: string) => this.#receive(chunk));
  }

  /** Resolves with the version of the agent's Node once it runs. */
  get ready(): Promise<string> {
    return this.#ready.promise;
  }

  end(reason: Error): void {
    if (this.#ended) return;
    this.#ended = reason;
    this.#ready.reject(reason);
    for (const task of this.#tasks.values()) task.fail(reason);
    this.#tasks.clear();
  }

  start(request: StartRequest): RemoteProcess {
    const id = this.#nextId++;
    const started = Promise.withResolvers<number>();
    const exited = Promise.withResolvers<RunResult>();
    started.promise.catch(() => {});
    exited.promise.catch(() => {});
    const output = { stdout: '', stderr: '' };
    const decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') };
    const add = (stream: 'stdout' | 'stderr', text: string): void => {
      if (text === '') return;
      output[stream] += text;
      if (output[stream].length > MAX_OUTPUT_BYTES)
        fail(new Error(`more than ${MAX_OUTPUT_BYTES} bytes of output: ${name}`));
      else request.onOutput?.(stream, text);
    };

    const name = request.argv.join(' ');
    const limit = request.timeoutMs > 0 ? request.timeoutMs + GRACE_MS : 0;
    const timer =
      limit > 0
        ? setTimeout(
            () => fail(new Error(`the guest did not answer for ${limit} ms: ${name}`)),
            limit,
          ).unref()
        : undefined;
    const fail = (error: Error): void => {
      clearTimeout(timer);
      if (this.#tasks.delete(id)) this.#send({ op: 'kill', id, signal: 'SIGKILL' });
      started.reject(error);
      exited.reject(error);
    };

    const onReply = (reply: Reply): void => {
      switch (reply.op) {
        case 'started':
          started.resolve(reply.pid);
          return;
        case 'stdout':
        case 'stderr':
          add(reply.op, decoders[reply.op].write(Buffer.from(reply.data, 'base64')));
          return;
        case 'exit':
          clearTimeout(timer);
          this.#tasks.delete(id);
          add('stdout', decoders.stdout.end());
          add('stderr', decoders.stderr.end());
          exited.resolve({ code: reply.code, signal: reply.signal, timedOut: reply.timedOut, ...output });
          return;
        case 'error':
          this.#tasks.delete(id);
          fail(new Error(`${name}: ${reply.message}`));
          return;
        case 'ready':
        case 'done':
          return;
      }
    };

    if (this.#ended) fail(this.#ended);
    else {
      this.#tasks.set(id, { onReply, fail });
      const { argv, env, cwd, uid, gid, timeoutMs, keepInput } = request;
      this.#send({
        op: 'start',
        id,
        argv,
        env,
        cwd,
        timeoutMs,
        stdin: keepInput === true || request.stdin !== undefined,
        ...(uid === undefined ? {} : { uid }),
        ...(gid === undefined ? {} : { gid }),
      });
      if (request.stdin !== undefined) this.#input(id, request.stdin);
      if (request.stdin !== undefined && keepInput !== true) this.#send({ op: 'stdin', id, data: null });
    }

    return {
      stdout: () => output.stdout,
      stderr: () => output.stderr,
      started: started.promise,
      exited: exited.promise,
      kill: (signal = 'SIGTERM') => this.#send({ op: 'kill', id, signal }),
      write: (data) => this.#input(id, data),
      closeInput: () => this.#send({ op: 'stdin', id, data: null }),
    };
  }

  /** Writes a line into the guest's kernel log. */
  async logLine(text: string): Promise<void> {
    const id = this.#nextId++;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => fail(new Error(`the guest's agent did not answer for ${SMALL_TASK_MS} ms`)),
        SMALL_TASK_MS,
      );
      const fail = (error: Error): void => {
        clearTimeout(timer);
        this.#tasks.delete(id);
        reject(error);
      };
      const onReply = (reply: Reply): void => {
        if (reply.op === 'error') return fail(new Error(reply.message));
        clearTimeout(timer);
        this.#tasks.delete(id);
        resolve();
      };
      if (this.#ended) return fail(this.#ended);
      this.#tasks.set(id, { onReply, fail });
      this.#send({ op: 'kmsg', id, text });
    });
  }

  #input(id: number, data: string): void {
    const bytes = Buffer.from(data);
    for (let offset = 0; offset < bytes.length; offset += 1 << 16) {
      this.#send({ op: 'stdin', id, data: bytes.subarray(offset, offset + (1 << 16)).toString('base64') });
    }
  }

  #send(request: Request): void {
    if (!this.#ended) this.#port.write(`${JSON.stringify(request)}\n`);
  }

  #receive(chunk: string): void {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const reply = parseReply(line);
      if (reply.op === 'ready') this.#ready.resolve(reply.node);
      else this.#tasks.get(reply.id)?.onReply(reply);
    }
  }
}
