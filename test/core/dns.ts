// SPDX-License-Identifier: Apache-2.0
// Messages of DNS: written by hand where a library would not, and read by the native parser.

import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { u32 } from './build-tables.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface NativeQuestion {
  readonly id: number;
  readonly type: number;
  readonly name: string;
}

/** What the parser makes of a message. */
export interface NativeAnswer {
  readonly query: NativeQuestion | null;
  readonly asked: NativeQuestion | null;
  /** Addresses in hexadecimal. */
  readonly answer: { readonly ttl: number; readonly addresses: readonly string[] } | null;
}

/** Builds the parser with sanitizers, and shows it messages. */
export function readNatively(messages: readonly Uint8Array[]): readonly NativeAnswer[] {
  execFileSync('make', ['-s', '-C', `${root}kmod/core`, 'native']);
  const input = Buffer.concat(
    messages.flatMap((message) => [Buffer.from(u32(message.length)), Buffer.from(message)]),
  );
  const run = spawnSync(`${root}build/core/dns-native`, { input, maxBuffer: 1 << 30, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`dns-native: ${run.stderr}`);
  return run.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line): NativeAnswer => JSON.parse(line));
}

export const TYPE = { A: 1, CNAME: 5, TXT: 16, AAAA: 28 } as const;

/** Part of a message: bytes, or numbers that are bytes. */
export type Part = Uint8Array | readonly number[];

export const word = (n: number): readonly number[] => [(n >> 8) & 255, n & 255];

/** A name without compression. */
export function labels(name: string): readonly number[] {
  return [...name.split('.').flatMap((label) => [label.length, ...Buffer.from(label, 'latin1')]), 0];
}

/** A pointer of a compressed name. */
export const pointer = (at: number): readonly number[] => word(0xc000 | at);

/** Where the name of the first question stands. */
export const QUESTION_AT = 12;

export interface MessageOptions {
  readonly id?: number;
  readonly flags?: number;
  readonly questions?: number;
  /** Of the header: what it claims. */
  readonly answers?: number;
  readonly type?: number;
  readonly class?: number;
}

/** A message: a header, one question, and parts. By default an answer without an error that recursion was available for. */
export function message(
  name: Part,
  parts: readonly Part[],
  {
    id = 7,
    flags = 0x8180,
    questions = 1,
    answers = parts.length,
    type = TYPE.A,
    class: of = 1,
  }: MessageOptions = {},
): Uint8Array {
  const header = [id, flags, questions, answers, 0, 0].flatMap(word);
  return Uint8Array.from([
    ...header,
    ...name,
    ...word(type),
    ...word(of),
    ...parts.flatMap((part) => [...part]),
  ]);
}

/** A record. */
export function record(
  owner: Part,
  type: number,
  data: Part,
  { ttl = 60, class: of = 1, length = data.length }: { ttl?: number; class?: number; length?: number } = {},
): Uint8Array {
  return Uint8Array.from([
    ...owner,
    ...word(type),
    ...word(of),
    ...word(ttl >>> 16),
    ...word(ttl),
    ...word(length),
    ...data,
  ]);
}
