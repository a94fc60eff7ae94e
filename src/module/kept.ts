// SPDX-License-Identifier: Apache-2.0
// Copies of the modules that were loaded: the way back when another one does not load.

import { statSync } from 'node:fs';
import { copyFile, mkdir, readdir, rm, utimes } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';

import { FAMILY } from '../netlink/generated.ts';
import { cacheDirectory } from './build.ts';
import { read, run } from './tools.ts';

/** The one that is loaded, and the one before. */
const KEPT = 2;

const folder = (): string => join(cacheDirectory(), 'loaded');

/** What tells builds apart: the hash of their sources; of the module that is loaded, or of a file or installed module. */
async function sourceVersion(module?: string): Promise<string | undefined> {
  if (module === undefined) return named(read(`/sys/module/${FAMILY.name}/srcversion`));
  const ran = await run('modinfo', ['-F', 'srcversion', module]);
  return ran?.code === 0 ? named(ran.output) : undefined;
}

function named(output: string): string | undefined {
  const text = output.trim();
  return /^\w+$/.test(text) ? text : undefined;
}

/** Where the module is that is installed for this kernel; undefined when none is. */
export async function installedModule(): Promise<string | undefined> {
  const ran = await run('modinfo', ['-n', FAMILY.name]);
  return ran?.code === 0 ? ran.output.trim() : undefined;
}

/** Keeps a copy of the file that was just loaded. A host on which that fails only lacks the way back. */
export async function keepLoaded(path: string): Promise<void> {
  const version = await sourceVersion();
  if (version === undefined) return;
  // The extensions tell the loader how it is compressed.
  const copy = join(folder(), `${version}${basename(path).replace(/^[^.]*/, '')}`);
  try {
    await mkdir(folder(), { recursive: true });
    if (resolve(path) !== resolve(copy)) await copyFile(path, copy);
    const now = new Date();
    await utimes(copy, now, now);
    await removeAllBut(KEPT);
  } catch {
    // Nothing depends on it until an upgrade asks, and says then that there is none.
  }
}

async function removeAllBut(count: number): Promise<void> {
  const files = (await readdir(folder())).map((name) => join(folder(), name));
  const byAge = files.map((path) => ({ path, age: -statSync(path).mtimeMs })).sort((a, b) => a.age - b.age);
  for (const { path } of byAge.slice(count)) await rm(path);
}

/** The file of the module that is loaded: the copy that was kept, or the installed one when it is the same. */
export async function fileOfLoaded(): Promise<string | undefined> {
  const version = await sourceVersion();
  if (version === undefined) return undefined;
  const kept = await readdir(folder()).catch(() => []);
  const name = kept.find((file) => file.startsWith(`${version}.`));
  if (name !== undefined) return join(folder(), name);
  const installed = await installedModule();
  return installed !== undefined && (await sourceVersion(installed)) === version ? installed : undefined;
}
