// SPDX-License-Identifier: Apache-2.0
// The core under AddressSanitizer and UndefinedBehaviorSanitizer, asked by cases in one run.

import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ACTION, FACTS, FILLING, OPTION_FLAGS, SECTIONS, TLS_MODE } from '../../src/bundle/generated.ts';
import {
  type BundleRefusal,
  type Connection,
  type Facts,
  namesOf,
  type Verdict,
} from '../../src/bundle/core.ts';
import { u16, u32 } from './build-tables.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Query {
  readonly accepts: boolean;
  readonly facts: Facts;
  readonly connection: Connection;
}

export interface Case {
  readonly bundle: Uint8Array;
  readonly queries?: readonly Query[];
  /** More questions, as bytes. */
  readonly raw?: Uint8Array;
}

export type Answer = { readonly verdicts: readonly Verdict[] } | { readonly refusal: BundleRefusal };

/** Whether the compiler is there. Says so where it is not: what was not tested must not look tested. */
export function hasCompiler(): boolean {
  const found = spawnSync('clang-14', ['--version']).status === 0;
  if (!found)
    process.stderr.write(
      'SKIPPED: there is no clang-14; run scripts/setup.sh core to test the core itself\n',
    );
  return found;
}

/** Answers of the native core; it ends with an error when a sanitizer, or the oracle in C, finds something. */
export function askNative(cases: readonly Case[]): readonly Answer[] {
  execFileSync('make', ['-s', '-C', `${root}kmod/core`, 'native']);
  const input = Buffer.concat(
    cases.flatMap(({ bundle, queries = [], raw = new Uint8Array() }) => {
      const body = Buffer.concat([encodeInput(bundle, queries), raw]);
      return [Uint8Array.from(u32(body.length)), body];
    }),
  );
  const run = spawnSync(`${root}build/core/core-native`, { input, maxBuffer: 1 << 30, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`core-native: ${run.stderr}`);
  return run.stdout.trimEnd().split('\n').map(readAnswer);
}

/** A bundle and questions as test/core/query.h says: also what the fuzzer reads. */
export function encodeInput(bundle: Uint8Array, queries: readonly Query[]): Uint8Array {
  return Buffer.concat([Uint8Array.from(u32(bundle.length)), bundle, ...queries.map(encodeQuery)]);
}

function encodeQuery({ accepts, facts, connection }: Query): Uint8Array {
  const text = (value: string): Buffer => {
    const bytes = Buffer.from(value);
    return Buffer.concat([Buffer.from(u16(bytes.length)), bytes]);
  };
  const values = Object.entries(FACTS).flatMap(([name, { number }]) => {
    const value: unknown = Object.entries(facts).find(([fact]) => fact === name)?.[1];
    if (value === undefined) return [];
    const bytes = typeof value === 'string' ? Buffer.from(value) : Buffer.alloc(0);
    const plain = typeof value === 'number' ? value : 0;
    return [Buffer.from([...u16(number), ...u16(bytes.length), ...u32(plain)]), bytes];
  });
  const { protocol = 'tcp', remote, localPort = 0, time = 0, peer = '' } = connection;
  const names = namesOf(connection);
  const labels = facts.labels ?? [];
  return Buffer.concat([
    Uint8Array.of((accepts ? 1 : 0) | (protocol === 'udp' ? 2 : 0), values.length / 2),
    ...values,
    Uint8Array.of(labels.length),
    ...labels.map(text),
    remote.address,
    Uint8Array.from([...u16(remote.port), ...u16(localPort), ...u32(time)]),
    Uint8Array.of(names.length),
    ...names.map(text),
    text(peer),
  ]);
}

interface AnswerLine {
  readonly open: number;
  readonly verdicts?: readonly (readonly number[])[];
  readonly section?: number;
  readonly index?: number;
  readonly reason?: string;
}

function readAnswer(line: string): Answer {
  const answer: AnswerLine = JSON.parse(line);
  if (answer.verdicts !== undefined) {
    return {
      verdicts: answer.verdicts.map(
        ([
          action = 0,
          rule = 0,
          identity = 0,
          service = 0,
          presents = 0,
          peers = 0,
          tls = 0,
          flags = 0,
          keeps = 0,
          filling = 0,
        ]) => ({
          action: action === ACTION.allow ? 'allow' : action === ACTION.audit ? 'audit' : 'deny',
          rule,
          identity,
          service,
          presents,
          peers,
          tls: tlsName(tls),
          intercept: (flags & OPTION_FLAGS.intercept) !== 0,
          keeps: keeps !== 0,
          filling: fillingName(filling),
        }),
      ),
    };
  }
  return {
    refusal: {
      kind: answer.open === -2 ? 'version' : 'malformed',
      section: SECTIONS.find(({ number }) => number === answer.section)?.name ?? 'header',
      index: answer.index === 0xffffffff ? undefined : answer.index,
      reason: answer.reason ?? '',
    },
  };
}

function tlsName(mode: number): Verdict['tls'] {
  for (const name of ['none', 'mutual', 'simple', 'permissive'] as const)
    if (TLS_MODE[name] === mode) return name;
  throw new Error(`there is no TLS mode ${mode}`);
}

function fillingName(number: number): Verdict['filling'] {
  for (const name of ['done', 'missing', 'several', 'unfit', 'tooLong'] as const)
    if (FILLING[name] === number) return name;
  throw new Error(`there is no filling ${number}`);
}
