// SPDX-License-Identifier: Apache-2.0
// A policy of any size, shaped like one that people write: teams with programs that call one another, and shared services.

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
