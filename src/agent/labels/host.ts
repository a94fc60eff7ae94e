// SPDX-License-Identifier: Apache-2.0
// What collectors of the host itself share: its labels are those of all of its processes.

import { readBounded } from './process.ts';
import type { Collector, CollectorName, Label } from './types.ts';

export interface HostOptions {
  readonly deadline: number;
  readonly lifetime: number;
  /** The root of the file system, for tests. */
  readonly root?: string;
}

/** The key of what is the same for all processes. */
const HOST = 'host';

/** A collector whose labels are those of the host. */
export function createHostCollector(
  name: CollectorName,
  options: Pick<HostOptions, 'deadline' | 'lifetime'>,
  find: (signal: AbortSignal) => Promise<readonly Label[]>,
): Collector {
  return {
    name,
    deadline: options.deadline,
    lifetime: options.lifetime,
    keyOf: () => HOST,
    find: async (_, signal) => ({ labels: await find(signal) }),
    check: async (signal) => `${(await find(signal)).length} labels`,
  };
}

/** Labels under a prefix, without those that have no value. */
export function labelsUnder(
  prefix: string,
  values: Iterable<readonly [name: string, value: string | undefined]>,
): readonly Label[] {
  return [...values].flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [{ name: `${prefix}:${name}`, value }],
  );
}

/** Collects `static:…`: what the configuration says. */
export function createStaticCollector(
  labels: Readonly<Record<string, string>>,
  options: HostOptions,
): Collector {
  return createHostCollector('static', options, async () => labelsUnder('static', Object.entries(labels)));
}

/** The variables of os-release(5). */
export async function osRelease({ root = '' }: HostOptions): Promise<ReadonlyMap<string, string>> {
  const text =
    (await readLine(`${root}/etc/os-release`)) ?? (await readLine(`${root}/usr/lib/os-release`)) ?? '';
  return new Map(
    [...text.matchAll(/^([A-Z_]+)=(?:"((?:[^"\\\n]|\\.)*)"|'([^'\n]*)'|(.*))$/gm)].map(
      ([, name = '', double, single, bare]) => [
        name,
        double?.replace(/\\(.)/g, '$1') ?? single ?? bare ?? '',
      ],
    ),
  );
}

/** Bytes of a file of /sys or /etc. */
const LONGEST_FILE = 64 * 1024;

/** What a file holds, without the line break at its end; undefined when it cannot be read. */
export async function readLine(path: string): Promise<string | undefined> {
  try {
    return (await readBounded(path, LONGEST_FILE)).trim();
  } catch {
    return undefined;
  }
}
