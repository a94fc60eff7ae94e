// SPDX-License-Identifier: Apache-2.0
// The file with the input that is tried just now, and the files of those with which something was found.

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The exit code of a process that has told what it found. */
export const CRASHED = 3;

const HEADER = 8;

/** The name of a target that was named by itself or by its path. */
export function shortName(target: string): string {
  return target.replace(/^.*\//, '').replace(/\.\w+$/, '');
}

/** The number of an input, its length, and the input. */
export function encodeLast(number: number, input: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(HEADER + input.length);
  bytes.writeUInt32LE(number >>> 0, 0);
  bytes.writeUInt32LE(input.length, 4);
  bytes.set(input, HEADER);
  return bytes;
}

/** What stands in such a file; undefined as long as nothing does. */
export function readLast(path: string): { readonly number: number; readonly input: Uint8Array } | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch {
    return undefined;
  }
  if (bytes.length < HEADER) return undefined;
  return {
    number: bytes.readUInt32LE(0),
    input: new Uint8Array(bytes.subarray(HEADER, HEADER + bytes.readUInt32LE(4))),
  };
}

/** Keeps an input. The same input has the same name. */
export function saveInput(crashes: string, target: string, seed: number, input: Uint8Array): string {
  mkdirSync(crashes, { recursive: true });
  const digest = createHash('sha256').update(input).digest('hex').slice(0, 12);
  const path = join(crashes, `${target}-${seed}-${digest}`);
  writeFileSync(path, input);
  return path;
}

export function replayCommand(target: string, path: string): string {
  return `node_modules/.bin/node test/fuzz/fuzz.ts ${target} --input ${path}`;
}
