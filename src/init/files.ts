// SPDX-License-Identifier: Apache-2.0
// What `riptides init` writes: the smallest policy that says something, with a rule that it is held to, tests, and what checks it
// in CI. Comments stand where the next step is.

import { writeText } from '../format/scalars.ts';

export interface NewPolicy {
  /** A name that the schema accepts. */
  readonly name: string;
  /** A trust domain that the schema accepts. */
  readonly trustDomain: string;
  /** The JSON Schema of all kinds, for editors. */
  readonly schema: string;
}

/** Files of a new policy, by path. */
export function initialFiles({ name, trustDomain, schema }: NewPolicy): ReadonlyMap<string, string> {
  return new Map([
    [
      'riptides.yaml',
      `${modeline('')}apiVersion: core.riptides.io/v1alpha1
kind: Project
metadata:
  name: ${plain(name)}
spec:
  # Identities are spiffe://${trustDomain}/<workloadID>.
  trustDomain: ${plain(trustDomain)}
  defaultPosture:
    # Connections that no rule grants: audit allows and reports them. Once all reports are expected, write deny.
    egress: audit
    ingress: allow
  # Datagrams are decided as connections are. What can be neither, such as raw sockets, is refused where egress is deny.
  transports: [tcp, udp]
  otherTransports: deny
`,
    ],
    [
      'services.yaml',
      `${modeline('')}# Where things are. Identities select services by label, never by address.
apiVersion: core.riptides.io/v1alpha1
kind: Service
metadata:
  name: api
  labels:
    owner: platform
spec:
  labels:
    app: api
  addresses:
    - address: 127.0.0.1
      port: 8080
`,
    ],
    [
      'identities/web.yaml',
      `${modeline('../')}# Who a process is, and where it may connect. All facts of a selector must hold.
apiVersion: core.riptides.io/v1alpha1
kind: WorkloadIdentity
metadata:
  name: web
  labels:
    owner: shop
spec:
  workloadID: web
  selectors:
    - process:binary:path: /usr/bin/curl
      process:uid: 1000
  egress:
    - selectors:
        - app: api
`,
    ],
    [
      'guardrails/owner.yaml',
      `${modeline('../')}# A rule that the policy must satisfy, in CEL. More rules come with riptides, in policies/guardrails.
apiVersion: core.riptides.io/v1alpha1
kind: Guardrail
metadata:
  name: owner
spec:
  matchKinds: [WorkloadIdentity, Service]
  rules:
    - id: has-owner
      expression: has(object.metadata.labels) && 'owner' in object.metadata.labels
      messageExpression: object.metadata.name + " has no owner"
`,
    ],
    [
      'tests/connections.yaml',
      `${modeline('../')}# What you expect of the policy. "riptides test" asks the evaluator that the kernel has.
apiVersion: core.riptides.io/v1alpha1
kind: PolicyTest
metadata:
  name: connections
spec:
  processes:
    web: { as: web }
    stranger: { facts: { process:binary:path: /usr/bin/curl, process:uid: 1001 } }
  tests:
    - name: web reaches the api
      process: web
      to: 127.0.0.1:8080
      expect: { verdict: allow, identity: web, service: api }
    - name: web reaches nothing else
      process: web
      to: 127.0.0.1:8081
      # Write deny here when defaultPosture.egress becomes deny.
      expect: audit
    - name: another user has no identity
      process: stranger
      to: 127.0.0.1:8080
      expect: { verdict: audit, identity: null }
`,
    ],
    ['.riptides/schema.json', schema],
  ]);
}

/** The file that checks the policy in CI, by its path from the top of the repository: GitHub reads workflows there alone. */
export function workflowFile(
  name: string,
  directory: string,
): { readonly path: string; readonly text: string } {
  const at = directory === '' ? '' : ` ${shellWord(directory)}`;
  return {
    path: `.github/workflows/riptides-${name}.yaml`,
    text: `name: riptides ${name}
on: [push, pull_request]
permissions:
  contents: read
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with: { node-version: 24 }
      # A release by its digest: a name in a registry would run whatever its owner publishes. Set both variables in the repository's settings.
      - name: Install riptides
        env:
          RIPTIDES_URL: \${{ vars.RIPTIDES_URL }}
          RIPTIDES_SHA256: \${{ vars.RIPTIDES_SHA256 }}
        run: |
          curl --fail --silent --show-error --location --output riptides.tgz "$RIPTIDES_URL"
          echo "$RIPTIDES_SHA256  riptides.tgz" | sha256sum --check
          npm install --global ./riptides.tgz
          rm riptides.tgz
      - run: ${runLine(`riptides fmt${at} --check`)}
      - run: ${runLine(`riptides lint${at} --format github`)}
      - run: ${runLine(`riptides test${at} --coverage --threshold 80`)}
`,
  };
}

function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function runLine(command: string): string {
  return writeText(command, { inFlow: false, isKey: false });
}

/** A text as `riptides fmt` writes it: names such as 2026 and off need quotes. */
function plain(text: string): string {
  return writeText(text, { inFlow: false, isKey: false });
}

/** What tells editors with the YAML language server where the schema is. */
function modeline(up: string): string {
  return `# yaml-language-server: $schema=${up}.riptides/schema.json\n`;
}
