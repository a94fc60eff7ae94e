// SPDX-License-Identifier: Apache-2.0
// Seeds for the fuzzer of the core: bundles of chance policies with questions, and two that have something in every section.
//
//   node test/fuzz/core-corpus.ts FOLDER [COUNT] [SEED]

import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { buildParts } from '../core/build.ts';
import { anyPolicy, anyQuery } from '../core/chance.ts';
import { encodeInput, type Query } from '../core/native.ts';
import { encodeParts } from '../core/parts.ts';
import type { Policy } from '../core/policy.ts';
import { FULL, remote, SAMPLE } from '../core/samples.ts';

const [folder, count = '200', seed = '1'] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: node test/fuzz/core-corpus.ts FOLDER [COUNT] [SEED]');

function connects(facts: Query['facts'], address: string, port: number, name = ''): Query {
  return {
    accepts: false,
    facts,
    connection: { remote: remote(address, port), name, time: 1_700_000_000 },
  };
}
const peer = 'spiffe://example.org/ops/a';
const samples: readonly (readonly [Policy, readonly Query[]])[] = [
  [
    SAMPLE,
    [
      connects({ 'process:name': 'nginx', 'process:uid': 33 }, '10.1.2.3', 443),
      connects({ 'process:cmdline': '/usr/bin/restic backup' }, 'fd00:1::1', 53),
      connects({ 'process:uid': 34, 'process:gid': 34 }, '10.9.1.1', 85),
    ],
  ],
  [
    FULL,
    [
      connects({ labels: ['app=api'], 'process:name': 'psql' }, '10.2.9.9', 6005, 'db.example.org'),
      connects({ labels: ['x', 'process:env:APP=api'] }, '192.0.2.1', 25, 'mail.example.org'),
      {
        accepts: true,
        facts: { labels: ['app=api'] },
        connection: { remote: remote('10.0.0.1', 1024), localPort: 443, peer },
      },
    ],
  ],
];

mkdirSync(folder, { recursive: true });
const pairs = fc.sample(fc.tuple(anyPolicy, fc.array(anyQuery, { maxLength: 6 })), {
  numRuns: Number(count),
  seed: Number(seed),
});
for (const [policy, queries] of [...pairs, ...samples]) {
  const input = encodeInput(encodeParts(buildParts(policy)), queries);
  writeFileSync(join(folder, createHash('sha256').update(input).digest('hex').slice(0, 16)), input);
}
