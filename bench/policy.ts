// SPDX-License-Identifier: Apache-2.0
// A policy of any size, shaped like one that people write: teams with programs that call one another, and shared services.

import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Programs of one team, which share labels. */
const TEAM = 20;

/** A Project, then services and identities in equal parts: `count` documents, each a text. */
export function generatePolicy(count: number): readonly string[] {
  const pairs = Math.ceil((count - 1) / 2);
  const documents = [
    text('Project', 'bench', [
      'trustDomain: bench.example',
      'defaultPosture:',
      '  egress: deny',
      '  ingress: allow',
    ]),
  ];
  for (let i = 0; i < pairs; i++) documents.push(service(i), identity(i, pairs));
  return documents.slice(0, count);
}

/** Documents in files, these in folders of a thousand; the first one is the project's own. */
export function writePolicy(directory: string, count: number, perFile: number): readonly string[] {
  const documents = generatePolicy(count);
  writeFileSync(join(directory, 'riptides.yaml'), documents[0] ?? '');
  for (let i = 1, file = 0; i < documents.length; i += perFile, file++) {
    const folder = join(directory, String(Math.floor(file / 1000)));
    if (file % 1000 === 0) mkdirSync(folder);
    writeFileSync(join(folder, `${file}.yaml`), documents.slice(i, i + perFile).join('---\n'));
  }
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => join(directory, file));
}

function service(i: number): string {
  const host = `10.${(i >>> 16) & 255}.${(i >>> 8) & 255}.${i & 255}`;
  const address = i % 10 === 0 ? `10.${128 + ((i >>> 8) & 127)}.${i & 255}.0/24` : host;
  return text('Service', `service-${i}`, [
    'labels:',
    `  app: app-${i}`,
    `  team: team-${Math.floor(i / TEAM)}`,
    'addresses:',
    `  - address: ${address}`,
    `    port: ${i % 10 === 0 ? '8000-8099' : 8080}`,
    `  - address: fd00::${(i >>> 16).toString(16)}:${(i & 0xffff).toString(16)}`,
    '    port: 8080',
  ]);
}

function identity(i: number, pairs: number): string {
  const next = (i + 1) % pairs;
  return text('WorkloadIdentity', `identity-${i}`, [
    `workloadID: team-${Math.floor(i / TEAM)}/app-${i}`,
    'selectors:',
    `  - process:binary:path: /opt/app-${i}/bin/server`,
    `    process:uid: ${1000 + (i % 500)}`,
    'egress:',
    '  - selectors:',
    `      - app: app-${Math.min(next, pairs - 1)}`,
    '  - selectors:',
    `      - team: team-${Math.floor(i / TEAM)}`,
    '    mode: audit',
  ]);
}

function text(kind: string, name: string, spec: readonly string[]): string {
  const lines = [
    'apiVersion: core.riptides.io/v1alpha1',
    `kind: ${kind}`,
    'metadata:',
    `  name: ${name}`,
    'spec:',
  ];
  return `${[...lines, ...spec.map((line) => `  ${line}`)].join('\n')}\n`;
}
