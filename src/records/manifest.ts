// SPDX-License-Identifier: Apache-2.0
// The manifest of a record: what, where, when, by whom, why.

import { UserError } from '../errors.ts';
import type { TargetName } from '../targets/target.ts';

/** What made the record: an apply or rollback of riptides, its confirmation, or its undoing by the target itself. */
export type RecordAction = 'apply' | 'rollback' | 'confirm' | 'confirm-expired';
const ACTIONS: readonly string[] = [
  'apply',
  'rollback',
  'confirm',
  'confirm-expired',
] satisfies readonly RecordAction[];

export interface Manifest {
  readonly schemaVersion: 1;
  readonly target: TargetName;
  readonly node: string;
  readonly action: RecordAction;
  readonly generation: number;
  /** SHA-256 of the bundle in force afterwards; absent when none is. */
  readonly digest?: string | undefined;
  readonly size?: number | undefined;
  /** The commit that the policy was compiled from. */
  readonly sourceCommit?: string | undefined;
  /** Whether the policy was not what that commit holds. */
  readonly dirty: boolean;
  readonly who: string;
  readonly why?: string | undefined;
  /** ISO 8601, in UTC. */
  readonly at: string;
  /** When the target undoes it unless confirmed: ISO 8601, in UTC. */
  readonly confirmBy?: string;
  /** The record that a rollback restored. */
  readonly restored?: string | undefined;
  /** The process that wrote the record: it may be still at work while the record is pending. */
  readonly writer: Writer;
}

export interface Writer {
  readonly host: string;
  readonly pid: number;
  /** When the process started, in the system's own unit: process ids are reused. */
  readonly started?: string | undefined;
}

/** Parses a manifest. @throws UserError `record-unreadable` */
export function parseManifest(id: string, text: string): Manifest {
  const value = parseJson(id, 'manifest.json', text);
  if (!isManifest(value)) throw unreadable(id, 'manifest.json lacks fields, or a newer riptides wrote it');
  return value;
}

/** Parses a file of a record. @throws UserError `record-unreadable` */
export function parseJson(id: string, name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unreadable(id, `${name} is not JSON`, error);
  }
}

export function unreadable(id: string, why: string, cause?: unknown): UserError {
  return new UserError('record-unreadable', {
    message: `commit ${id.slice(0, 12)} is not a record that this version of riptides can read`,
    why,
    fix: 'name another record of riptides history, or use the version that wrote it; git fsck tells whether the repository is damaged; to go on without it, delete its ref (git for-each-ref refs/riptides) and apply again',
    cause,
  });
}

function isManifest(value: unknown): value is Manifest {
  if (typeof value !== 'object' || value === null) return false;
  const has = (name: string, type: string): boolean =>
    name in value && typeof Reflect.get(value, name) === type;
  const may = (name: string, type: string): boolean =>
    !(name in value) || typeof Reflect.get(value, name) === type;
  return (
    Reflect.get(value, 'schemaVersion') === 1 &&
    has('target', 'string') &&
    has('node', 'string') &&
    ACTIONS.includes(String(Reflect.get(value, 'action'))) &&
    Number.isSafeInteger(Reflect.get(value, 'generation')) &&
    may('digest', 'string') &&
    may('size', 'number') &&
    may('sourceCommit', 'string') &&
    has('dirty', 'boolean') &&
    has('who', 'string') &&
    may('why', 'string') &&
    has('at', 'string') &&
    may('confirmBy', 'string') &&
    may('restored', 'string') &&
    isWriter(Reflect.get(value, 'writer'))
  );
}

function isWriter(value: unknown): value is Writer {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof Reflect.get(value, 'host') === 'string' &&
    Number.isSafeInteger(Reflect.get(value, 'pid'))
  );
}
