// SPDX-License-Identifier: Apache-2.0
// Tells the kernel the labels of processes: when it asks, and again when they change.

import type { Logger } from 'pino';
import type { Image, LabelRequest } from '../../netlink/agent.ts';
import type { Client } from '../../netlink/client.ts';
import { messageOf } from '../../errors.ts';
import type { LabelAnswer, LabelSource } from '../labels/source.ts';
import { type Told, toldOf, type Withheld } from './told.ts';

/** Processes that are looked at again at the same time. */
const AT_ONCE = 16;

/** What is known of an image that the kernel was told labels of. */
interface KnownImage extends Pick<Image, 'number' | 'pid'> {
  /** What its labels depend on: a change of one of these is a change of the labels. */
  readonly keys: ReadonlySet<string>;
  readonly isPartial: boolean;
}

export interface Teller {
  /** Answers a request. Never throws. */
  readonly answer: (request: LabelRequest) => Promise<void>;
  /** Another bundle is in force, and looks at these labels. What was told for another one is told again where that is needed. */
  readonly follow: (generation: number, labels: ReadonlySet<string>) => void;
  /** Tells the labels of all images that were told any, as they are now: others may have told them, or nobody since they changed. */
  readonly tellAll: () => Promise<void>;
  /** Asks another source from now on. */
  readonly use: (source: LabelSource) => void;
  /** Tells nothing any more. */
  readonly close: () => void;
}

/** @param source of labels; the teller closes it */
export function createTeller(client: Client, source: LabelSource, log: Logger): Teller {
  const known = new Map<bigint, KnownImage>();
  const due = new Map<bigint, Pick<Image, 'number' | 'pid'>>();
  let names: ReadonlySet<string> = new Set();
  let generation = 0;
  let isClosed = false;
  let current = source;
  let stopListening = listenTo(source);
  let working: Promise<void> | undefined;

  function listenTo(of: LabelSource): () => void {
    return of.onChange(({ collector, key }) => {
      const id = `${collector} ${key}`;
      for (const image of known.values()) if (image.keys.has(id)) due.set(image.number, image);
      void work();
    });
  }

  const toLabels = ({ labels, isPartial }: Told) => ({
    labels,
    generation: isPartial ? generation : undefined,
  });

  const keep = ({ number, pid }: Pick<Image, 'number' | 'pid'>, answer: LabelAnswer, told: Told): void => {
    const keys = answer.collectors.flatMap(({ name, key }) => (key === undefined ? [] : [`${name} ${key}`]));
    known.set(number, { number, pid, keys: new Set(keys), isPartial: told.isPartial });
  };

  /** What to tell of a process; undefined when it cannot be looked at. */
  const look = async (pid: number): Promise<{ answer: LabelAnswer; told: Told | Withheld } | undefined> => {
    try {
      const answer = await current.collect(pid);
      return { answer, told: toldOf(answer, names) };
    } catch (error) {
      log.debug({ pid, reason: messageOf(error) }, 'a process cannot be looked at');
      return undefined;
    }
  };

  const answer = async (request: LabelRequest): Promise<void> => {
    const start = performance.now();
    const found = await look(request.pid);
    const fields = { pid: request.pid, comm: request.comm };
    if (found === undefined) return;
    if ('reason' in found.told) {
      log.warn({ ...fields, ...found.told }, 'labels are not told');
      return;
    }
    try {
      const isWanted = await client.answer(request.id, toLabels(found.told));
      if (isWanted) keep(request, found.answer, found.told);
      const milliseconds = Math.round(performance.now() - start);
      const count = found.told.labels.length;
      log.debug({ ...fields, labels: count, milliseconds, isWanted }, 'labels are told');
    } catch (error) {
      log.error({ ...fields, reason: messageOf(error) }, 'the kernel refused labels');
    }
  };

  /** Tells once more. What is not known any more is not taken back: the collector that is silent now may answer soon. */
  const tellAgain = async (image: Pick<Image, 'number' | 'pid'>): Promise<void> => {
    const found = await look(image.pid);
    if (found === undefined || 'reason' in found.told) return;
    const isWanted = await client.tell(image, toLabels(found.told));
    if (isWanted) keep(image, found.answer, found.told);
    else known.delete(image.number);
  };

  const workOff = async (): Promise<void> => {
    for (let next = due.values().next(); next.done !== true && !isClosed; next = due.values().next()) {
      due.delete(next.value.number);
      try {
        await tellAgain(next.value);
      } catch (error) {
        log.error({ pid: next.value.pid, reason: messageOf(error) }, 'the kernel refused labels');
      }
    }
  };

  const work = (): Promise<void> => {
    working ??= Promise.all(Array.from({ length: AT_ONCE }, workOff)).then(() => {
      working = undefined;
      return due.size > 0 && !isClosed ? work() : undefined;
    });
    return working;
  };

  return {
    answer,
    follow: (now, labels) => {
      generation = now;
      names = labels;
      for (const image of known.values()) if (image.isPartial) due.set(image.number, image);
      void work();
    },
    tellAll: async () => {
      const images = await client.images();
      const there = new Set(images.map(({ number }) => number));
      for (const number of known.keys()) if (!there.has(number)) known.delete(number);
      for (const image of images) if (image.isTold) due.set(image.number, image);
      await work();
    },
    use: (next) => {
      stopListening();
      current.close();
      current = next;
      stopListening = listenTo(next);
    },
    close: () => {
      isClosed = true;
      stopListening();
      current.close();
    },
  };
}
