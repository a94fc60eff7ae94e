// SPDX-License-Identifier: Apache-2.0
// Labels of a process that runs, of those that the kernel module collects itself, read from /proc: as far as /proc knows, what the
// module would say.

import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { FACTS, IDENTITY_FLAGS, KERNEL_LABELS } from '../bundle/generated.ts';
import { envName, isKernelLabel, labelName } from '../bundle/labels.ts';
import { readSections } from '../bundle/reader-sections.ts';
import { placeholdersOf } from '../schema/workload-id.ts';

/** As kmod/labels.h has it: ancestors that are looked at, the parent included. */
const ANCESTORS = 8;

/** The kernel's labels but for variables of the environment, which are without number. */
export const WHOLE_LABELS: ReadonlySet<string> = new Set(
  KERNEL_LABELS.filter(({ open }) => !open).map(({ name }) => name),
);

/** The names of the labels that a verified bundle asks for, in selectors and in workload IDs. */
export function labelsAsked(bundle: Uint8Array): ReadonlySet<string> {
  const reader = readSections(bundle);
  const names = new Set<string>();
  for (const { fact, data, length } of reader.records('values', 'value')) {
    if (fact === FACTS.label.number) names.add(labelName(reader.text(data, length)));
  }
  for (const { flags, workloadIdOffset, workloadIdLength } of reader.records('identities', 'identity')) {
    if ((flags & IDENTITY_FLAGS.template) === 0) continue;
    const workloadId = reader.text(workloadIdOffset, workloadIdLength);
    for (const { fact } of placeholdersOf(workloadId)) names.add(fact);
  }
  return names;
}

/** Those of them that the kernel collects itself. */
export function kernelLabelsAsked(bundle: Uint8Array): ReadonlySet<string> {
  return new Set([...labelsAsked(bundle)].filter(isKernelLabel));
}

/** The labels of a process that have these names. What cannot be read is not there. */
export function readLabels(pid: number, names: ReadonlySet<string>): readonly string[] {
  return [...names].flatMap((name) => readValues(pid, name).map((value) => `${name}=${value}`));
}

function readValues(pid: number, name: string): readonly (string | number)[] {
  try {
    return valuesOf(pid, name);
  } catch {
    return [];
  }
}

function valuesOf(pid: number, name: string): readonly (string | number)[] {
  const variable = envName(name);
  if (variable !== undefined) return environmentOf(pid, variable);
  const [, kind = '', host] = /^process:namespace:(\w+)(:host)?$/.exec(name) ?? [];
  if (kind !== '') {
    const own = inodeOf(pid, kind);
    return host === undefined ? [own] : [String(own === inodeOf(1, kind))];
  }
  switch (name) {
    case 'process:pid':
      return [pid];
    case 'process:uid:real':
      return statusOf(pid, 'Uid').slice(0, 1);
    case 'process:gid:real':
      return statusOf(pid, 'Gid').slice(0, 1);
    case 'process:gid:additional':
      return statusOf(pid, 'Groups');
    case 'process:binary:hash':
      return [
        `sha256:${createHash('sha256')
          .update(readFileSync(`/proc/${pid}/exe`))
          .digest('hex')}`,
      ];
    case 'process:parent:binary:path':
      return ancestorsOf(pid, 1);
    case 'process:ancestor:binary:path':
      return [...new Set(ancestorsOf(pid, ANCESTORS))];
    case 'process:cgroup':
      return /^0::(\/.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))?.slice(1) ?? [];
    default:
      return [];
  }
}

function environmentOf(pid: number, name: string): readonly string[] {
  const variables = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  const found = variables.find((one) => one.startsWith(`${name}=`));
  return found === undefined ? [] : [found.slice(name.length + 1)];
}

function inodeOf(pid: number, kind: string): number {
  return statSync(`/proc/${pid}/ns/${kind}`).ino;
}

/** The words of a line of /proc/PID/status. */
function statusOf(pid: number, name: string): readonly string[] {
  const line =
    new RegExp(`^${name}:[\\t ]*(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? '';
  return line.split(/\s+/).filter((word) => word !== '');
}

/** The executables of the next ancestors, those that have one whose path is known. */
function ancestorsOf(pid: number, depth: number): readonly string[] {
  const parent = Number(statusOf(pid, 'PPid')[0]);
  if (depth === 0 || !(parent > 0)) return [];
  return [...executableOf(parent), ...ancestorsOf(parent, depth - 1)];
}

function executableOf(pid: number): readonly string[] {
  try {
    const path = readlinkSync(`/proc/${pid}/exe`);
    return path.endsWith(' (deleted)') ? [] : [path];
  } catch {
    return [];
  }
}
