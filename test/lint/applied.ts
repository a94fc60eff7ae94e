// SPDX-License-Identifier: Apache-2.0
// A policy in a repository, applied to the embedded target, and then changed.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lintPolicy, type LintOptions } from '../../src/operations/lint.ts';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { riptides } from '../commands/riptides.ts';

export const POLICY = `apiVersion: core.riptides.io/v1alpha1
kind: Project
metadata:
  name: shop
spec:
  trustDomain: shop.example
  defaultPosture:
    egress: deny
    ingress: deny
  transports: [tcp]
---
apiVersion: core.riptides.io/v1alpha1
kind: WorkloadIdentity
metadata:
  name: web
spec:
  workloadID: shop/web
  mode: enforce
  selectors:
    - process:binary:path: /opt/web
      process:uid: 1001
  egress:
    - selectors:
        - app: api
    - selectors:
        - env: staging
      mode: audit
      ports: [8080]
      allowedSPIFFEIDs:
        outbound: ["spiffe://shop.example/staging/a"]
---
apiVersion: core.riptides.io/v1alpha1
kind: WorkloadIdentity
metadata:
  name: api
spec:
  workloadID: shop/api
  connection: { tls: { mode: MUTUAL } }
  allowedSPIFFEIDs:
    inbound:
      - spiffe://shop.example/shop/web
      - spiffe://partner.example/cron
    outbound:
      - spiffe://shop.example/shop/db
  selectors:
    - process:binary:path: /opt/api
  egress:
    - selectors:
        - app: db
---
apiVersion: core.riptides.io/v1alpha1
kind: Service
metadata:
  name: api
spec:
  labels: { app: api }
  addresses:
    - address: 10.0.0.1
      port: 443
---
apiVersion: core.riptides.io/v1alpha1
kind: Service
metadata:
  name: db
spec:
  labels: { app: db }
  addresses:
    - address: 10.0.1.1
      port: 5432
---
apiVersion: core.riptides.io/v1alpha1
kind: Service
metadata:
  name: staging
spec:
  labels: { env: staging }
  addresses:
    - address: 10.0.2.0/24
      port: 8000-8099
`;

/** A text to replace, and what by. */
export type Edit = readonly [from: string, to: string];

export interface AppliedPolicy {
  readonly directory: string;
  readonly git: (...args: string[]) => string;
  /** The policy as it was applied, with these changes. */
  readonly change: (...edits: readonly Edit[]) => void;
  readonly remove: () => void;
}

/** A policy in a repository of its own, which is committed and applied unless told otherwise. */
export function appliedPolicy(text = POLICY, apply = true): AppliedPolicy {
  const directory = mkdtempSync(join(tmpdir(), 'riptides-widened-'));
  const file = join(directory, 'riptides.yaml');
  writeFileSync(file, text);
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.example', ...args], {
      cwd: directory,
      encoding: 'utf8',
    });
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-qm', 'policy');
  if (apply) {
    const { code, stderr } = riptides(['apply', '--yes', '--target', 'embedded'], { cwd: directory });
    if (code !== 0) throw new Error(stderr);
  }
  return {
    directory,
    git,
    change(...edits) {
      let changed = text;
      for (const [from, to] of edits) {
        if (!changed.includes(from)) throw new Error(`the policy has no ${JSON.stringify(from)}`);
        changed = changed.replace(from, to);
      }
      writeFileSync(file, changed);
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** What lint finds of the comparison. */
export async function findingsOf(
  { directory }: AppliedPolicy,
  options: Partial<LintOptions> = {},
): Promise<readonly Diagnostic[]> {
  const found = await lintPolicy(directory, {
    now: 0,
    disabled: [],
    findGuardContext: async () => ({}),
    targets: ['kernel', 'embedded'],
    ...options,
  });
  return found.filter(({ code, severity }) => /RTP17(?:11|12|20)/.test(code) || severity === 'error');
}

/** Where a finding is: the text there. */
export function textAt({ directory }: AppliedPolicy, { range: { start, end } }: Diagnostic): string {
  const lines = readFileSync(join(directory, 'riptides.yaml'), 'utf8').split('\n');
  const first = lines[start.line - 1] ?? '';
  return first.slice(start.column - 1, end.line === start.line ? end.column - 1 : undefined);
}
