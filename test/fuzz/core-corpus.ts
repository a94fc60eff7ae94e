// SPDX-License-Identifier: Apache-2.0
// Seeds for the fuzzer of the core: bundles of chance policies with questions, and one with something in every section.
//
//   node test/fuzz/core-corpus.ts FOLDER [COUNT] [SEED]

import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { buildParts } from '../core/build.ts';
import { encodeInput, type Query } from '../core/native.ts';
import { encodeParts } from '../core/parts.ts';
import { anyDestination, anyFacts, anyPolicy, destination, SAMPLE } from '../core/samples.ts';

const [folder, count = '200', seed = '1'] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: node test/fuzz/core-corpus.ts FOLDER [COUNT] [SEED]');

const anyQuery: fc.Arbitrary<Query> = fc.record(
  { facts: anyFacts, destination: anyDestination },
  { requiredKeys: ['facts'] },
);
const sampleQueries: readonly Query[] = [
  { facts: { 'process:name': 'nginx', 'process:uid': 33 }, destination: destination('10.1.2.3', 443) },
  { facts: { 'process:cmdline': '/usr/bin/restic backup' }, destination: destination('fd00:1::1', 53) },
  { facts: { 'process:uid': 34, 'process:gid': 34 }, destination: destination('10.9.1.1', 85) },
  { facts: { 'process:binary:path': '/usr/sbin/nginx' } },
];

mkdirSync(folder, { recursive: true });
const pairs = fc.sample(fc.tuple(anyPolicy, fc.array(anyQuery, { maxLength: 6 })), {
  numRuns: Number(count),
  seed: Number(seed),
});
for (const [policy, queries] of [...pairs, [SAMPLE, sampleQueries] as const]) {
  const input = encodeInput(encodeParts(buildParts(policy)), queries);
  writeFileSync(join(folder, createHash('sha256').update(input).digest('hex').slice(0, 16)), input);
}
