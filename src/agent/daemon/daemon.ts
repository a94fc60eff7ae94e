// SPDX-License-Identifier: Apache-2.0
// The agent: the half of the kernel module that runs in user space.

import type { Logger } from 'pino';
import { messageOf } from '../../errors.ts';
import { type Client, openListeningClient } from '../../netlink/client.ts';
import { RESOLVERS_MAX } from '../../netlink/generated.ts';
import type { AgentConfiguration } from '../configuration/schema.ts';
import { createLabelSource } from '../labels/collectors.ts';
import { followNames } from '../names/follow.ts';
import { createLookup, resolversOfHost } from '../names/lookup.ts';
import { lookedAt, NOTHING } from './looked-at.ts';
import { createTeller, type Teller } from './teller.ts';

/** Milliseconds between two looks whether the kernel still knows the agent: less than it does without one (agent-grace). */
const LOOK_INTERVAL = 2000;
/** Milliseconds between two times that the labels of all processes, and the resolvers of the host, are told again. */
const TELL_INTERVAL = 60_000;
/** Host names that one line of the log names. */
const MOST_LOGGED = 5;

/** What an agent is run with. */
export interface AgentOptions {
  readonly configuration: AgentConfiguration;
  readonly log: Logger;
  /** Is called each time that it is known not to hang: attached, or waiting for the module. The first time it is attached. */
  readonly onAlive: () => void;
  /** Ends it. */
  readonly signal: AbortSignal;
}

export interface Agent {
  /** Goes on by another configuration. */
  readonly reconfigure: (configuration: AgentConfiguration) => void;
  /** Is settled when the agent has ended. */
  readonly ended: Promise<void>;
}

/** An attachment to the kernel. */
interface Attachment {
  readonly client: Client;
  readonly teller: Teller;
  /** Is settled with what went wrong when the connection is lost. */
  readonly lost: Promise<unknown>;
  /** Reads what the policy in force looks at, if it is another one. */
  readonly readPolicy: () => Promise<void>;
  /** Logs the host names that could not be looked up or told, when they are others than before. */
  readonly reportNames: () => void;
  /** Tells the kernel whose answers of DNS to believe. */
  readonly tellResolvers: () => Promise<void>;
  readonly close: () => void;
}

/**
 * Attaches to the kernel, and serves it until the signal comes. When the module is unloaded, as an upgrade does, the agent waits for it to come
 * back.
 *
 * @throws UserError `agent-running`, and what `openClient` throws, when it cannot be attached at first
 */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const { log, onAlive, signal } = options;
  let { configuration } = options;
  let attachment: Attachment | undefined = await attach(configuration, log);
  onAlive();

  /** Serves until the connection is lost or the signal comes. */
  const serve = async ({
    client,
    teller,
    lost,
    tellResolvers,
    reportNames,
    close,
  }: Attachment): Promise<void> => {
    let told = performance.now();
    try {
      for (;;) {
        const failure = await Promise.race([lost, pause(LOOK_INTERVAL, signal)]);
        if (signal.aborted) return;
        if (failure !== undefined) throw failure;
        // The same again changes nothing; after a reload of the module it makes this the agent once more.
        await client.attach();
        onAlive();
        reportNames();
        if (performance.now() - told < TELL_INTERVAL) continue;
        told = performance.now();
        await tellResolvers();
        await teller.tellAll();
      }
    } finally {
      close();
    }
  };

  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        attachment ??= await attach(configuration, log);
        await serve(attachment);
      } catch (error) {
        log.warn({ reason: messageOf(error) }, 'not attached to the kernel; trying again');
        // It waits, and does not hang.
        onAlive();
      }
      attachment = undefined;
      await pause(LOOK_INTERVAL, signal);
    }
  };

  return {
    reconfigure: (next) => {
      configuration = next;
      attachment?.teller.use(createLabelSource(next.labels));
      void attachment?.teller.tellAll().catch((error: unknown) => {
        log.warn({ reason: messageOf(error) }, 'labels could not be told again');
      });
    },
    ended: run(),
  };
}

async function attach(configuration: AgentConfiguration, log: Logger): Promise<Attachment> {
  const lost = Promise.withResolvers<unknown>();
  const ready = Promise.withResolvers<Attachment>();
  const client = await openListeningClient({
    request: (request) => {
      void ready.promise.then(({ teller }) => teller.answer(request));
    },
    state: () => {
      void ready.promise
        .then(({ readPolicy }) => readPolicy())
        .catch((error: unknown) => {
          log.warn({ reason: messageOf(error) }, 'the policy in force could not be read');
        });
    },
    failed: lost.resolve,
  });
  const ending = new AbortController();
  const { signal } = ending;
  const source = createLabelSource(configuration.labels);
  const teller = createTeller(client, source, log);
  const names = followNames({
    lookup: createLookup({ signal }),
    push: (name, addresses) => client.setName(name, addresses),
    signal,
  });
  let generation: number | undefined;
  let reported = '[]';
  const attachment: Attachment = {
    client,
    teller,
    lost: lost.promise,
    readPolicy: async () => {
      const dumped = await client.dump();
      if (dumped?.generation === generation) return;
      generation = dumped?.generation;
      const { labels, hostNames } = dumped === undefined ? NOTHING : lookedAt(dumped.bundle);
      log.info({ generation, labels: labels.size, hostNames: hostNames.length }, 'a policy is in force');
      teller.follow(generation ?? 0, labels);
      names.follow(hostNames);
    },
    reportNames: () => {
      const troubled = names.status().filter(({ trouble }) => trouble !== undefined);
      const now = JSON.stringify(troubled.map(({ name, trouble }) => [name, trouble]));
      if (now === reported) return;
      reported = now;
      if (troubled.length === 0) {
        log.info('the addresses of all host names are known');
        return;
      }
      const first = troubled.slice(0, MOST_LOGGED).map(({ name, trouble }) => `${name}: ${trouble}`);
      log.warn({ count: troubled.length, first }, 'host names whose addresses are not known now');
    },
    tellResolvers: () => client.setResolvers(resolversOfHost(RESOLVERS_MAX)),
    close: () => {
      ending.abort();
      teller.close();
      client.close();
    },
  };
  try {
    // What is true of the host is found out now, and not while a program waits for it.
    await source.collect(process.pid);
    await client.attach();
    await attachment.tellResolvers();
    await attachment.readPolicy();
    ready.resolve(attachment);
    log.info('attached to the kernel');
    void teller.tellAll().catch(lost.resolve);
    return attachment;
  } catch (error) {
    attachment.close();
    throw error;
  }
}

/** Is settled after the milliseconds, or when the signal comes. */
function pause(milliseconds: number, signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve(undefined);
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve(undefined);
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done, { once: true });
  });
}
