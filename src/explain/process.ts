// SPDX-License-Identifier: Apache-2.0
// Facts of a process: of one that runs, read from /proc, which is what the kernel module would be told as far as /proc knows;
// of one that an identity describes; and as flags give them.

import { readFileSync, readlinkSync } from 'node:fs';
import type { Facts } from '../bundle/core.ts';
import { LIMITS } from '../bundle/generated.ts';
import { readBundle } from '../bundle/reader.ts';
import type { CompiledModel } from '../compiler/types.ts';
import { suggestName } from '../diagnostics/suggest.ts';
import { systemCode, UserError } from '../errors.ts';

/** Facts as flags of a command give them. */
export interface FactFlags {
  readonly as?: string | undefined;
  readonly pid?: number | undefined;
  readonly name?: string | undefined;
  readonly path?: string | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  readonly cmdline?: string | undefined;
  readonly label?: readonly string[] | undefined;
}

/**
 * Facts of the process that flags name, changed by those that give a fact.
 * @throws UserError usage, when there is no such process or identity, or a label is not name=value.
 */
export function factsFromFlags(flags: FactFlags, compilation: CompiledModel): Facts {
  const base =
    flags.as !== undefined
      ? factsOfIdentity(compilation, flags.as)
      : flags.pid !== undefined
        ? readProcessFacts(flags.pid)
        : {};
  for (const label of flags.label ?? []) checkLabel(label);
  const labels = [...(base.labels ?? []), ...(flags.label ?? [])];
  return {
    ...base,
    ...(flags.name === undefined ? {} : { 'process:name': flags.name }),
    ...(flags.path === undefined ? {} : { 'process:binary:path': flags.path }),
    ...(flags.uid === undefined ? {} : { 'process:uid': flags.uid }),
    ...(flags.gid === undefined ? {} : { 'process:gid': flags.gid }),
    ...(flags.cmdline === undefined ? {} : { 'process:cmdline': flags.cmdline }),
    ...(labels.length === 0 ? {} : { labels }),
  };
}

function checkLabel(label: string): void {
  if (/^[^=]+=./su.test(label)) return;
  throw new UserError('usage', {
    message: `"${label}" is not a label`,
    fix: 'write the name of a fact, "=" and its value: k8s:label:app=web',
  });
}

/**
 * Facts that fulfil the first selector of an identity, with the first value of each.
 * @throws UserError usage, when the policy has no such identity.
 */
export function factsOfIdentity({ bundle, model }: CompiledModel, workloadId: string): Facts {
  const path = workloadId.replace(`spiffe://${model.project.trustDomain}/`, '');
  const [selector] = readBundle(bundle).identities.find((own) => own.workloadId === path)?.selectors ?? [];
  if (selector === undefined) {
    const near = suggestName(
      path,
      model.identities.map((own) => own.workloadId),
    );
    throw new UserError('usage', {
      message: `the policy has no identity "${workloadId}"`,
      fix: near === undefined ? 'write the workloadID of one of its identities' : `did you mean ${near}?`,
    });
  }
  const labels: string[] = [];
  const facts: Record<string, number | string> = {};
  for (const { fact, values } of selector.terms) {
    const [first] = values;
    if (first === undefined) continue;
    if (fact === 'label') labels.push(String(first));
    else if (fact.startsWith('process:')) facts[fact] = first;
  }
  return labels.length === 0 ? facts : { ...facts, labels };
}

/**
 * Facts of a process by its id.
 * @throws UserError usage, when there is no such process or it may not be read.
 */
export function readProcessFacts(pid: number): Facts {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    const cmdline = readFileSync(`/proc/${pid}/cmdline`);
    const path = readBinaryPath(pid);
    return {
      'process:name': readFileSync(`/proc/${pid}/comm`, 'utf8').replace(/\n$/, ''),
      ...(path === undefined ? {} : { 'process:binary:path': path }),
      'process:uid': effectiveId(status, 'Uid'),
      'process:gid': effectiveId(status, 'Gid'),
      'process:cmdline': joinArguments(cmdline),
    };
  } catch (error) {
    const code = systemCode(error);
    throw new UserError('usage', {
      message: code === 'EACCES' ? `process ${pid} may not be read` : `there is no process ${pid}`,
      fix:
        code === 'EACCES'
          ? 'run this as the same user, or as root'
          : 'see "ps" for the processes that run now',
      cause: error,
    });
  }
}

/** /proc/PID/exe, unless it cannot be read or the file is gone: then the kernel gives no path either. */
function readBinaryPath(pid: number): string | undefined {
  try {
    const path = readlinkSync(`/proc/${pid}/exe`);
    return path.endsWith(' (deleted)') ? undefined : path;
  } catch {
    return undefined;
  }
}

/** The second of the four ids of a line: proc(5). */
function effectiveId(status: string, name: 'Uid' | 'Gid'): number {
  const id = new RegExp(`^${name}:\\s+\\d+\\s+(\\d+)`, 'm').exec(status)?.[1];
  return Number(id);
}

function joinArguments(raw: Buffer): string {
  const end = raw.lastIndexOf(0) === raw.length - 1 ? raw.length - 1 : raw.length;
  const bytes = Buffer.from(raw.subarray(0, Math.max(0, end))).map((byte) => (byte === 0 ? 0x20 : byte));
  return Buffer.from(bytes.subarray(0, LIMITS.cmdlineLength)).toString('utf8');
}
