// SPDX-License-Identifier: Apache-2.0
// Whole policies through the compiler and lint: nothing throws, every finding has its place, and what compiles is a bundle that the core
// takes and that is read back. A compiler that saw other policies before says the same as a new one, byte for byte.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkBundle } from '../../../src/bundle/core.ts';
import { readBundle } from '../../../src/bundle/reader.ts';
import { compilePolicy, createCompiler } from '../../../src/compiler/compile.ts';
import type { Compilation } from '../../../src/compiler/types.ts';
import type { Checked } from '../../../src/diagnostics/diagnostic.ts';
import { diagnosticsToJson } from '../../../src/diagnostics/render.ts';
import { lintPolicy } from '../../../src/operations/lint.ts';
import { examples, scratch, wholePolicies } from '../corpus.ts';
import { yamlChanges } from '../data.ts';
import { checkFindings, SECRET } from '../findings.ts';
import { Broken, LARGE, type Target, timed, timedAsync } from '../target.ts';

const file = join(scratch(), 'p.yaml');
const seeds = [...wholePolicies(), ...examples()];
/** It has seen all inputs before, and does what is new in each alone. */
const compiler = createCompiler();
const NOW = 1_700_000_000;

export const target: Target = {
  seeds: () => seeds,
  change: yamlChanges(seeds, [
    '10.0.0.1',
    'fd00::/8',
    '*',
    '2026-03-01T08:00:00Z',
    'process.uid == 1',
    SECRET,
  ]),
  largest: LARGE,
  isText: true,
  words: [
    'apiVersion: core.riptides.io/v1alpha1\n', 'kind: ', 'WorkloadIdentity', 'Service', 'Project', 'Guardrail',
    'CredentialSource', 'CredentialBinding', 'DaemonGroup', 'PolicyTest', 'JoinToken', 'metadata:\n', 'spec:\n',
    'selectors:\n', 'egress:\n', 'ingress:\n', 'scope: ', 'when: ', 'ports: ', 'windows: ', 'connection: ', 'mode: ',
    'allow', 'deny', 'audit', 'enforce', 'any', '[process:uid]', '{{.TrustDomain}}', 'spiffe://a.example/*',
    '10.0.0.0/8', '::ffff:10.0.0.1', 'fd00::1', '0.0.0.0/0', '::/0', 'api.example.com', '*.example.com', '65536',
    '4294967295', '-1', '1-2', '3600s', '0s', '2026-03-01T08:00:00Z', 'mon-fri', '24:00', '[]', '{}', 'null', '""',
    '&a ', '*a', '---\n', SECRET, `token: ${SECRET}`, '__proto__', 'constructor', 'toString', '\u202e', '\\u0000',
    '\\ud800', 'process:name', 'process:binary:path', 'destination:port', 'labels', 'name: ', 'riptides: ignore RTP1701',
  ], // prettier-ignore
  check: async (bytes) => {
    writeFileSync(file, bytes);
    const compiled = await timedAsync('compiling', () => compilePolicy([file], { scopes: 'ignore' }));
    const codes = checkFindings(compiled.diagnostics, file, bytes);
    const again = await timedAsync('compiling again', () => compiler.compile([file], { scopes: 'ignore' }));
    if (textOf(again) !== textOf(compiled))
      throw new Broken(
        'a compiler that saw others says something else',
        `${textOf(again)}\n${textOf(compiled)}`,
      );
    if (compiled.value === undefined) return codes;
    const { bundle } = compiled.value;
    const refusal = checkBundle(bundle);
    if (refusal !== undefined) throw new Broken('the core refuses the bundle', refusal.reason);
    const view = timed('reading the bundle', () => readBundle(bundle));
    const found = await timedAsync('lint', () =>
      lintPolicy(file, { now: NOW, disabled: [], findGuardContext: async () => ({}) }),
    );
    return `compiled: ${checkFindings(found, file, bytes)} ${view.features.join()}`;
  },
};

/** All that a compilation says. */
function textOf({ value, diagnostics }: Checked<Compilation>): string {
  return JSON.stringify({
    digest: value?.digest,
    sources: value?.sourceMap,
    ...diagnosticsToJson(diagnostics),
  });
}
