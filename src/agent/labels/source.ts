// SPDX-License-Identifier: Apache-2.0
// The labels of a process, from all collectors at once. Each has its deadline, and none can keep the others waiting. What is known of a container,
// a unit or the host is kept for a while and asked for again, so that changes are noticed.

import { boundLabels, type Dropped, MOST_LABELS } from './bounds.ts';
import { asNoAnswer } from './http.ts';
import { openProcess, type ProcessHandle } from './process.ts';
import { type Collector, type CollectorName, type Found, type Label, NoAnswer } from './types.ts';

/** What one collector said of a process. */
export interface CollectorReport {
  readonly name: CollectorName;
  /** `nothing`: it was asked for nothing, or knows nothing of the process. */
  readonly outcome: 'answered' | 'nothing' | 'no-answer';
  /** Why there is no answer. */
  readonly reason?: string | undefined;
  readonly milliseconds: number;
  /** What the labels depend on: a container, a unit, the host. Changes are told by it. */
  readonly key?: string | undefined;
  readonly labels: readonly Label[];
  readonly dropped: Dropped;
}

export interface LabelAnswer {
  readonly pid: number;
  /** `changed`: it ended, ran another program or moved to another cgroup meanwhile. Then there are no labels, and the question is to be asked again. */
  readonly process: 'same' | 'changed';
  /** In the order of the collectors, at most MOST_LABELS. */
  readonly labels: readonly Label[];
  readonly collectors: readonly CollectorReport[];
  /** Whether every collector answered, of the same process, and nothing was left out for want of room. */
  readonly complete: boolean;
}

/** The labels of what a collector knows by a key have changed; none are left when it is gone. */
export interface LabelChange {
  readonly collector: CollectorName;
  readonly key: string;
  readonly labels: readonly Label[];
}

export interface LabelSource {
  /**
   * Asks all collectors of a process.
   *
   * @throws UserError usage, when there is no such process or it may not be looked at
   */
  readonly collect: (pid: number) => Promise<LabelAnswer>;
  /** Calls back for each change from now on; gives a function that ends that. */
  readonly onChange: (listener: (change: LabelChange) => void) => () => void;
  /** Asks again for all that has been kept for its lifetime, once. */
  readonly refresh: () => Promise<void>;
  /** Ends everything that is under way. */
  readonly close: () => void;
}

/** Containers, units and pods that are kept. Of more, those that were not asked for longest are forgotten, and asked for again when they are needed. */
export const MOST_KEPT = 4096;

interface Kept {
  readonly collector: Collector;
  readonly key: string;
  readonly found: Found;
  readonly at: number;
}

/**
 * Makes a source of labels.
 *
 * @param collectors in the order in which their labels are told
 * @param interval milliseconds between looks for changes; none are looked for while nobody listens
 */
export function createSource(collectors: readonly Collector[], interval: number): LabelSource {
  const kept = new Map<string, Kept>();
  const underWay = new Map<string, Promise<Found | undefined>>();
  const listeners = new Set<(change: LabelChange) => void>();
  const closing = new AbortController();
  let timer: NodeJS.Timeout | undefined;

  const keep = (id: string, entry: Kept): void => {
    kept.delete(id);
    kept.set(id, entry);
    const [oldest] = kept.keys();
    if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
  };

  const tellChange = (
    collector: CollectorName,
    key: string,
    before: readonly Label[],
    now: readonly Label[],
  ): void => {
    if (isSame(before, now)) return;
    for (const listener of listeners) listener({ collector, key, labels: boundLabels(now).labels });
  };

  /** Asks for what a key names; who asks meanwhile gets the same answer. */
  const ask = (collector: Collector, key: string): Promise<Found | undefined> => {
    const id = `${collector.name} ${key}`;
    const asked = underWay.get(id);
    if (asked !== undefined) return asked;
    const at = performance.now();
    const answer = withDeadline(collector.deadline, closing.signal, (signal) => collector.find(key, signal))
      .then((found) => {
        const before = kept.get(id)?.found;
        if (found === undefined) kept.delete(id);
        else keep(id, { collector, key, found, at });
        // Whoever asks again finds the change, and those that were told before must hear of it.
        if (before !== undefined) tellChange(collector.name, key, before.labels, found?.labels ?? []);
        return found;
      })
      .finally(() => underWay.delete(id));
    underWay.set(id, answer);
    return answer;
  };

  const find = async (collector: Collector, key: string): Promise<Found | undefined> => {
    const id = `${collector.name} ${key}`;
    const entry = kept.get(id);
    if (entry === undefined || performance.now() - entry.at >= collector.lifetime) return ask(collector, key);
    keep(id, entry);
    return entry.found;
  };

  const report = async (collector: Collector, process: ProcessHandle): Promise<CollectorReport> => {
    const { name } = collector;
    const start = performance.now();
    let key: string | undefined;
    const done = (outcome: CollectorReport['outcome'], labels: readonly Label[], reason?: string) => ({
      name,
      outcome,
      reason,
      milliseconds: performance.now() - start,
      key,
      ...boundLabels(labels),
    });
    try {
      key = await collector.keyOf(process);
      if (key === undefined) return done('nothing', []);
      const found = await find(collector, key);
      if (found === undefined || (await found.includes?.(process)) === false) return done('nothing', []);
      return done('answered', found.labels);
    } catch (error) {
      const labels = key === undefined ? [] : (collector.fallback?.(key) ?? []);
      return done('no-answer', labels, asNoAnswer(error).message);
    }
  };

  const refresh = async (): Promise<void> => {
    const entries = [...kept.values()];
    for (const { collector, key, at } of entries) {
      if (closing.signal.aborted) return;
      if (performance.now() - at < collector.lifetime) continue;
      try {
        await ask(collector, key);
      } catch {
        // It does not answer now. What was told stands until it does.
      }
    }
  };

  /** One look after the other, however long each takes. */
  const schedule = (): void => {
    if (timer !== undefined || listeners.size === 0 || closing.signal.aborted) return;
    timer = setTimeout(() => {
      void refresh().finally(() => {
        timer = undefined;
        schedule();
      });
    }, interval).unref();
  };

  return {
    collect: async (pid) => {
      const process = await openProcess(pid);
      try {
        const reports = await Promise.all(collectors.map((collector) => report(collector, process)));
        return (await process.isSame()) ? toAnswer(pid, reports) : changed(pid, reports);
      } finally {
        await process.close();
      }
    },
    onChange: (listener) => {
      listeners.add(listener);
      schedule();
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        clearTimeout(timer);
        timer = undefined;
      };
    },
    refresh,
    close: () => {
      closing.abort();
      clearTimeout(timer);
      kept.clear();
    },
  };
}

function toAnswer(pid: number, reports: readonly CollectorReport[]): LabelAnswer {
  let room = MOST_LABELS;
  const collectors = reports.map((report) => {
    const labels = report.labels.slice(0, room);
    const left = report.labels.length - labels.length;
    room -= labels.length;
    return left === 0 ? report : { ...report, labels, dropped: { ...report.dropped, 'too-many': left } };
  });
  return {
    pid,
    process: 'same',
    labels: collectors.flatMap(({ labels }) => labels),
    collectors,
    complete: collectors.every(
      ({ outcome, dropped }) => outcome !== 'no-answer' && dropped['too-many'] === undefined,
    ),
  };
}

/** What was found belongs to what the process was, and to nobody now. */
function changed(pid: number, reports: readonly CollectorReport[]): LabelAnswer {
  const collectors = reports.map((report) => ({ ...report, labels: [], dropped: {} }));
  return { pid, process: 'changed', labels: [], collectors, complete: false };
}

/** Runs work that must end in time: whoever waits for it is let go then, whatever the work does. */
export async function withDeadline<T>(
  milliseconds: number,
  closing: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = AbortSignal.timeout(milliseconds);
  const signal = closing === undefined ? deadline : AbortSignal.any([deadline, closing]);
  const late = Promise.withResolvers<never>();
  const onAbort = (): void => late.reject(new NoAnswer(`it did not answer within ${milliseconds} ms`));
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([work(signal), late.promise]);
  } catch (error) {
    throw signal.aborted ? new NoAnswer(`it did not answer within ${milliseconds} ms`, error) : error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function isSame(a: readonly Label[], b: readonly Label[]): boolean {
  return a.length === b.length && JSON.stringify(a) === JSON.stringify(b);
}
