// SPDX-License-Identifier: Apache-2.0
// What the agent finds out of a process for the kernel, and who finds it out.

import type { ProcessHandle } from './process.ts';

/** A fact about a process that the kernel does not know by itself. It is told as `name=value`. */
export interface Label {
  /** The canonical name of a fact of the policy language: `docker:label:app`. */
  readonly name: string;
  readonly value: string;
}

/** What a collector knows of a container, a unit or the host. */
export interface Found {
  readonly labels: readonly Label[];
  /**
   * Whether a process really belongs to it. A name in a path of cgroups proves nothing where the user of the process can create cgroups;
   * what the runtime says of its own processes does. Every process belongs to it when it is absent.
   */
  readonly includes?: (process: ProcessHandle) => Promise<boolean>;
}

/** One source of labels. */
export interface Collector {
  readonly name: CollectorName;
  /** Milliseconds that a look-up may take. */
  readonly deadline: number;
  /** Milliseconds for which an answer counts; then it is asked for again. */
  readonly lifetime: number;
  /** What the labels of a process depend on (a container, a unit, the host), read from its handle alone; undefined when there is nothing to ask for. */
  readonly keyOf: (process: ProcessHandle) => string | undefined | Promise<string | undefined>;
  /**
   * Asks for what a key names. Undefined when the source says that there is no such thing.
   *
   * @throws NoAnswer, or whatever went wrong: the collector has not answered then
   */
  readonly find: (key: string, signal: AbortSignal) => Promise<Found | undefined>;
  /** What a key says by itself, when its source does not answer. */
  readonly fallback?: (key: string) => readonly Label[];
  /** Says in a few words what was reached, and throws when it cannot be. */
  readonly check: (signal: AbortSignal) => Promise<string>;
}

/** In the order in which labels are told, least in the hands of workloads first, the many labels of interfaces last. */
export const COLLECTOR_NAMES = [
  'static',
  'systemd',
  'docker',
  'podman',
  'kubernetes',
  'ec2',
  'gcp',
  'azure',
  'linuxos',
  'sysfsdmi',
  'node',
] as const;
export type CollectorName = (typeof COLLECTOR_NAMES)[number];

/** Why a source gave no answer, in words that hold nothing of what it sent. */
export class NoAnswer extends Error {
  constructor(reason: string, cause?: unknown) {
    super(reason, cause === undefined ? undefined : { cause });
    this.name = 'NoAnswer';
  }
}
