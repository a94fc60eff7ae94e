// SPDX-License-Identifier: Apache-2.0
// What `riptides init` writes: the smallest policy that says something, with comments where the next step is.

/** Files of a new policy, by path. `name` is a name and `trustDomain` a trust domain that the schema accepts. */
export function initialFiles(name: string, trustDomain: string): ReadonlyMap<string, string> {
  return new Map([
    [
      'riptides.yaml',
      `apiVersion: core.riptides.io/v1alpha1
kind: Project
metadata:
  name: ${name}
spec:
  # Identities are spiffe://${trustDomain}/<workloadID>.
  trustDomain: ${trustDomain}
  defaultPosture:
    # What nothing grants: audit lets it go on and reports it. Once the reports are quiet, write deny.
    egress: audit
    ingress: allow
`,
    ],
    [
      'services.yaml',
      `# Where things are. Identities select services by label, never by address.
apiVersion: core.riptides.io/v1alpha1
kind: Service
metadata:
  name: api
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
      `# Who a process is, and where it may connect. All facts of a selector must hold.
apiVersion: core.riptides.io/v1alpha1
kind: WorkloadIdentity
metadata:
  name: web
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
  ]);
}
