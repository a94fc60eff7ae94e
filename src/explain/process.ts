// SPDX-License-Identifier: Apache-2.0
// Facts of a process: of one that runs, read from /proc, which is what the kernel module would be told as far as /proc knows;
// of one that an identity describes; and as flags give them.

import { readFileSync, readlinkSync } from 'node:fs';
import type { Facts } from '../bundle/core.ts';
import { LIMITS } from '../bundle/generated.ts';
import { readBundle } from '../bundle/reader.ts';
import type { ShapedDocument } from '../compiler/shape/types.ts';
import { suggestName } from '../diagnostics/suggest.ts';
import { quoted } from '../terminal/visible.ts';
import { systemCode, UserError } from '../errors.ts';
import { canonicalFact, factsNear, findFact, suggestFact } from '../schema/facts/table.ts';
import type { ExplainedPolicy } from './model.ts';
import { kernelLabelsAsked, readLabels as readKernelLabels } from './process-labels.ts';
import { normaliseValue, valueProblem } from '../schema/facts/values.ts';

/** A policy that identities are looked up in; a `Compilation` is one. */
export interface FactsOf extends Pick<ExplainedPolicy, 'bundle' | 'model'> {
  /** What it was compiled from, when it was. */
  readonly documents?: readonly ShapedDocument[];
}

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
 * @throws UserError usage, when there is no such process or identity, or no process can have such a fact.
 */
export function factsFromFlags(flags: FactFlags, policy: FactsOf): Facts {
  const { name, path, uid, gid, cmdline } = flags;
  for (const [flag, fact, value] of [
    ['--name', 'process:name', name],
    ['--path', 'process:binary:path', path],
    ['--uid', 'process:uid', uid],
    ['--gid', 'process:gid', gid],
  ] as const)
    if (value !== undefined) checkValue(value, fact, flag);

  const base =
    flags.as !== undefined
      ? factsOfIdentity(policy, flags.as)
      : flags.pid !== undefined
        ? withLabels(readProcessFacts(flags.pid), flags.pid, policy)
        : {};
  return withFacts(
    base,
    {
      ...(name === undefined ? {} : { 'process:name': name }),
      ...(path === undefined ? {} : { 'process:binary:path': path }),
      ...(uid === undefined ? {} : { 'process:uid': uid }),
      ...(gid === undefined ? {} : { 'process:gid': gid }),
      ...(cmdline === undefined ? {} : { 'process:cmdline': cmdline }),
    },
    readLabels(flags.label ?? []),
  );
}

/** Facts with the labels that the policy asks the kernel for. */
function withLabels(facts: Facts, pid: number, { bundle }: FactsOf): Facts {
  const labels = readKernelLabels(pid, kernelLabelsAsked(bundle));
  return labels.length === 0 ? facts : { ...facts, labels };
}

/** The value of one fact, as a label. */
export interface LabelFact {
  /** The canonical name of the fact. */
  readonly name: string;
  readonly value: string | number;
}

/** Facts changed by others. A label stands for the one that was there, where a process has one value of the fact. */
export function withFacts(base: Facts, facts: Facts, given: readonly LabelFact[]): Facts {
  const replaced = new Set(given.map(({ name }) => name).filter((name) => findFact(name)?.many !== true));
  const kept = (base.labels ?? []).filter((label) => !replaced.has(label.slice(0, label.indexOf('='))));
  const labels = [...kept, ...given.map(({ name, value }) => `${name}=${value}`)];
  const { labels: _, ...rest } = { ...base, ...facts };
  return labels.length === 0 ? rest : { ...rest, labels };
}

function readLabels(texts: readonly string[]): readonly LabelFact[] {
  const labels = texts.map(readLabel);
  const twice = labels.find(
    ({ name }, i) => findFact(name)?.many !== true && labels.findIndex((other) => other.name === name) < i,
  );
  if (twice === undefined) return labels;
  throw new UserError('usage', {
    message: `a process has one ${quoted(twice.name)}, and two are given`,
    fix: 'give it once',
  });
}

function readLabel(text: string): LabelFact {
  const [, written = '', value = ''] = /^([^=]+)=(.+)$/su.exec(text) ?? [];
  if (written === '') {
    throw new UserError('usage', {
      message: `${quoted(text)} is not a label`,
      fix: 'write the name of a fact, "=" and its value: k8s:label:app=web',
    });
  }
  const name = canonicalFact(written);
  const fact = findFact(name);
  if (fact === undefined) {
    const near = suggestFact(written);
    throw new UserError('usage', {
      message: `there is no fact ${quoted(written)}`,
      fix: near === undefined ? `the facts are ${factsNear(written).join(', ')}` : `did you mean ${near}?`,
    });
  }
  if (fact.source === 'connection' || fact.native !== undefined) {
    throw new UserError('usage', {
      message: `${quoted(written)} is not a label`,
      fix:
        fact.source === 'connection'
          ? 'give the destination of the connection with --to, or its source with --from and --port'
          : `give it with --${name.slice(name.lastIndexOf(':') + 1)}`,
    });
  }
  checkValue(value, name, written);
  return { name, value: normaliseValue(value, fact) };
}

/** @throws UserError usage, when no process can have this value of a fact. */
function checkValue(value: string | number, name: string, where: string): void {
  const fact = findFact(name);
  const problem = fact === undefined ? undefined : valueProblem(value, fact, name);
  if (problem === undefined) return;
  throw new UserError('usage', {
    message: `${where}: ${problem.message}`,
    fix:
      problem.code === 'RTP1119' && name === 'process:name'
        ? `write its first ${LIMITS.nameLength} bytes, which the kernel keeps`
        : problem.fix,
  });
}

/**
 * Facts that fulfil the first selector of an identity, with the first value of each.
 * @throws UserError usage, when the policy has no such identity, or has it for another node.
 */
export function factsOfIdentity({ bundle, model, documents = [] }: FactsOf, workloadId: string): Facts {
  const path = workloadId.replace(`spiffe://${model.project.trustDomain}/`, '');
  const [selector] = readBundle(bundle).identities.find((own) => own.workloadId === path)?.selectors ?? [];
  if (selector === undefined) {
    if (documents.some(({ kind, spec }) => kind === 'WorkloadIdentity' && spec.workloadID === path)) {
      throw new UserError('usage', {
        message: `the identity ${quoted(workloadId)} is not for this node`,
        why: 'its scope excludes the node',
        fix: 'name a node of its scope with --node',
      });
    }
    const near = suggestName(
      path,
      model.identities.map((own) => own.workloadId),
    );
    throw new UserError('usage', {
      message: `the policy has no identity ${quoted(workloadId)}`,
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
