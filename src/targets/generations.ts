// SPDX-License-Identifier: Apache-2.0
// Generations kept in a directory, by as many processes at once as like to, each of which may be killed at any instant.
//
//   <directory>/7/           generation 7: state.json, and bundle.rtb while it can be rolled back to
//   <directory>/7.outcome/   what became of its wait for a confirmation: a file named confirmed or expired
//
// Each is prepared under another name and put in place by renaming a directory, which fails when one with files is there.
// So of several writers of a generation exactly one succeeds, a reader never sees half of one, and there is no lock that a
// killed process could leave behind.

import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { messageOf, systemCode, UserError } from '../errors.ts';

export interface GenerationState {
  readonly generation: number;
  /** SHA-256 in hexadecimal; absent when no bundle is in force. */
  readonly digest?: string | undefined;
  readonly size?: number | undefined;
  /** Milliseconds since 1970. */
  readonly committedAt: number;
  /** Milliseconds since 1970 at which the generation is undone unless confirmed. */
  readonly confirmBy?: number;
  /** With `confirmBy`: the generation whose bundle is then in force again; absent when none was. */
  readonly undo?: number;
  /** Earlier bundles that are still kept, the latest first, each once and none that is in force. */
  readonly history: readonly { readonly generation: number; readonly digest: string }[];
}

export type Outcome = 'confirmed' | 'expired';

const STATE = 'state.json';
const BUNDLE = 'bundle.rtb';
const TEMPORARY = 'tmp-';
/** Milliseconds after which what a killed process was preparing is swept away. */
const SWEEP_AFTER = 3_600_000;

/** The latest generation; undefined when there is none yet. */
export async function latestGeneration(directory: string): Promise<GenerationState | undefined> {
  const numbers = (await list(directory)).filter((name) => /^[1-9][0-9]{0,14}$/.test(name)).map(Number);
  if (numbers.length === 0) return undefined;
  const latest = Math.max(...numbers);
  const path = join(directory, String(latest), STATE);
  let state: unknown;
  try {
    state = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw unreadable(path, messageOf(error));
  }
  if (!isState(state)) throw unreadable(path, 'fields are missing, or a newer riptides wrote it');
  if (state.generation !== latest) throw unreadable(path, `it is about generation ${state.generation}`);
  return state;
}

/** The bundle of a generation; undefined when it is not kept any more. */
export async function bundleOf(directory: string, generation: number): Promise<Uint8Array | undefined> {
  try {
    return new Uint8Array(await readFile(join(directory, String(generation), BUNDLE)));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** What became of a generation's wait; undefined while it lasts. */
export async function outcomeOf(directory: string, generation: number): Promise<Outcome | undefined> {
  const names = await list(join(directory, `${generation}.outcome`));
  return names.includes('confirmed') ? 'confirmed' : names.includes('expired') ? 'expired' : undefined;
}

/** Adds a generation. False when another process was first. */
export async function addGeneration(
  directory: string,
  state: GenerationState,
  bundle?: Uint8Array,
): Promise<boolean> {
  const text = `${JSON.stringify({ schemaVersion: 1, ...state }, undefined, 2)}\n`;
  const files = [[STATE, text] as const, ...(bundle === undefined ? [] : [[BUNDLE, bundle] as const])];
  if (!(await publish(directory, String(state.generation), files))) return false;
  await prune(directory, state);
  return true;
}

/** Ends a generation's wait. False when it had ended before, whichever way. */
export function endWait(directory: string, generation: number, outcome: Outcome): Promise<boolean> {
  return publish(directory, `${generation}.outcome`, [[outcome, '']]);
}

async function publish(
  directory: string,
  name: string,
  files: readonly (readonly [string, string | Uint8Array])[],
): Promise<boolean> {
  const temporary = join(directory, `${TEMPORARY}${process.pid}-${randomBytes(6).toString('hex')}`);
  await mkdir(temporary, { recursive: true });
  try {
    for (const [file, content] of files) await writeDurably(join(temporary, file), content);
    await synchronise(temporary);
    await rename(temporary, join(directory, name));
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    const code = systemCode(error);
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
    throw error;
  }
  await synchronise(directory);
  return true;
}

async function writeDurably(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes the entries of a directory survive a loss of power, where the system can. */
async function synchronise(directory: string): Promise<void> {
  if (process.platform === 'win32') return;
  const file = await open(directory, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Drops bundles that nothing leads to any more. The directories stay: a writer that has slept since an old generation must
 * find its place taken.
 */
async function prune(directory: string, state: GenerationState): Promise<void> {
  const kept = new Set([state.generation, state.undo, ...state.history.map((entry) => entry.generation)]);
  for (const name of await list(directory)) {
    const path = join(directory, name);
    if (name.startsWith(TEMPORARY)) {
      const modified = (await stat(path).catch(() => undefined))?.mtimeMs ?? Date.now();
      if (Date.now() - modified > SWEEP_AFTER) await rm(path, { recursive: true, force: true });
    } else if (/^[1-9][0-9]*$/.test(name) && Number(name) < state.generation && !kept.has(Number(name))) {
      await rm(join(path, BUNDLE), { force: true });
    }
  }
}

async function list(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}

function unreadable(path: string, why: string): UserError {
  return new UserError('state-unreadable', {
    message: `${path} does not describe a generation: ${why}`,
    fix: 'remove the directory of the embedded target to start over; it enforces nothing, and records in git are kept',
  });
}

function isState(value: unknown): value is GenerationState {
  return (
    isEntry(value) &&
    'schemaVersion' in value &&
    value.schemaVersion === 1 &&
    'committedAt' in value &&
    typeof value.committedAt === 'number' &&
    (!('digest' in value) || typeof value.digest === 'string') &&
    (!('size' in value) || typeof value.size === 'number') &&
    (!('confirmBy' in value) || typeof value.confirmBy === 'number') &&
    (!('undo' in value) || Number.isSafeInteger(value.undo)) &&
    'history' in value &&
    Array.isArray(value.history) &&
    value.history.every((entry) => isEntry(entry) && 'digest' in entry && typeof entry.digest === 'string')
  );
}

function isEntry(value: unknown): value is { readonly generation: number } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'generation' in value &&
    Number.isSafeInteger(value.generation)
  );
}
