// SPDX-License-Identifier: Apache-2.0
// Which labels of a process the kernel is told, and when it is told none.

import { LABELS_MAX, LABELS_SIZE } from '../../netlink/generated.ts';
import { textOf } from '../labels/bounds.ts';
import type { CollectorReport, LabelAnswer } from '../labels/source.ts';
import type { CollectorName, Label } from '../labels/types.ts';

/** What the kernel is told of a process. */
export interface Told {
  /** `name=value` each, as many as the kernel takes. */
  readonly labels: readonly string[];
  /** Whether labels were left out, which the bundle in force does not name: another one may. */
  readonly isPartial: boolean;
}

/** Why the kernel is told nothing: a decision by what is known would be one by half of it. */
export interface Withheld {
  readonly reason: 'changed' | 'no-answer' | 'too-many';
  /** The collectors that did not answer. */
  readonly collectors: readonly CollectorName[];
}

/** How the names of the labels of each collector begin. */
const PREFIXES: Readonly<Record<CollectorName, readonly string[]>> = {
  static: ['static:'],
  systemd: ['systemd:'],
  docker: ['docker:'],
  podman: ['docker:'],
  kubernetes: ['k8s:'],
  ec2: ['ec2:', 'awsiid:'],
  gcp: ['gcp:', 'gcpiit:'],
  azure: ['azure:'],
  linuxos: ['linuxos:'],
  sysfsdmi: ['sysfsdmi:'],
  node: ['node:'],
};

/**
 * What to tell of a process.
 *
 * @param names the labels that the bundle in force looks at
 */
export function toldOf(answer: LabelAnswer, names: ReadonlySet<string>): Told | Withheld {
  if (answer.process === 'changed') return { reason: 'changed', collectors: [] };
  const missed = answer.collectors.filter((report) => isMissed(report, names)).map(({ name }) => name);
  if (missed.length > 0) return { reason: 'no-answer', collectors: missed };
  const labels = [...answer.labels].sort((a, b) => Number(names.has(b.name)) - Number(names.has(a.name)));
  const kept = fitting(labels);
  const left = labels.slice(kept.length);
  if (left.some(({ name }) => names.has(name))) return { reason: 'too-many', collectors: [] };
  return { labels: kept.map(textOf), isPartial: left.length > 0 || !answer.complete };
}

/** Whether a collector did not answer, and the bundle looks at labels that it would have told. Some can be told without an answer. */
function isMissed(
  { name: collector, outcome, labels }: CollectorReport,
  names: ReadonlySet<string>,
): boolean {
  if (outcome !== 'no-answer') return false;
  const prefixes = PREFIXES[collector];
  const found = new Set(labels.map(({ name }) => name));
  return [...names].some((name) => !found.has(name) && prefixes.some((prefix) => name.startsWith(prefix)));
}

/** The first labels, as many as a message can hold. */
function fitting(labels: readonly Label[]): readonly Label[] {
  let size = 0;
  let count = 0;
  for (const label of labels) {
    size += Buffer.byteLength(textOf(label));
    if (count === LABELS_MAX || size > LABELS_SIZE) break;
    count++;
  }
  return labels.slice(0, count);
}
