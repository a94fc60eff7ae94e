// SPDX-License-Identifier: Apache-2.0
// Files of the older dialect.

import fc from 'fast-check';
import { stringify } from 'yaml';

/** One of everything that the dialect has, as people wrote it. */
export const EVERYTHING = `# Policies of the shop.

# python without client certificates, on port 7000
- selectors:
  - process:name: [python3]
    destination:port: 7000
  certificate:
    # also by its short name
    workloadID: pythonwithoutmtls # for now
    dnsNames:
    - books
  connection:
    mtls: DISABLE # old clients

# nginx or python on port 8000
- selectors:
  # the one of the host
  - linux:uid: 33
    linux:binary:name: nginx # the master
  - process:uid: [501, 1001]
    process:name: [python3, file-server]
  certificate:
    workloadID: /accounting/backend/[process:uid]
    dns: [a.acme.example]
    ttl: 1h30m
  connection:
    allowedSPIFFEIDs:
    - spiffe://{{.TrustDomain}}/accounting # books
    - spiffe://acme.example/curl
- selectors: [{ process:name: curl, destination:port: [8000, 8080] }]
  workloadID: curl
  scope: { agent: { id: riptides/daemon/x } }
  svid: { x509: { dnsNames: [curl.acme.example], ttl: 3600s } }
  allowedSPIFFEIDs: { inbound: ["spiffe://{{.TrustDomain}}/x"] }
  egress:
  # to the proxy
  - selectors:
    - app:label: traefik
    certificate: { workloadID: pythonwithoutmtls }
    connection: { mtls: true, passthrough: false, allowedSPIFFEIDs: [spiffe://acme.example/traefik] }
  - selectors: [{ api: git }]
    connection: { tls: { intercept: true } }
    credentialName: git-token
- addresses:
  - address: 127.0.0.1
    port: 8000
    tags: [local] # here
  labels:
    app:label: traefik
- { addresses: [{ address: api.example.com, port: 443 }], labels: { api: git }, external: true }
# nothing follows
`;

type Entry = Readonly<Record<string, unknown>>;

const word = fc.stringMatching(/^[a-z]{1,6}$/);
const spiffeId = fc.oneof(
  word.map((name) => `spiffe://{{.TrustDomain}}/${name}`),
  word.map((name) => `spiffe://partner.example/${name}/*`),
);
const ids = fc.uniqueArray(spiffeId, { minLength: 1, maxLength: 3 });

const mode = fc.constantFrom<Entry>(
  { mtls: 'STRICT' },
  { mtls: true },
  { mtls: 'DISABLE' },
  { mtls: false },
  { tls: { mode: 'STRICT' } },
  { tls: { mode: 'PERMISSIVE' } },
  { tls: { mode: 'MUTUAL', intercept: false } },
  { passthrough: true },
  {},
);

const connection = fc
  .tuple(mode, fc.option(ids, { nil: undefined }))
  .map(([fields, allowed]) => ({ ...fields, ...(allowed && { allowedSPIFFEIDs: allowed }) }));

const selector = fc.oneof(
  fc.record({ 'linux:uid': fc.nat(65_000) }),
  fc.record({ 'process:name': fc.uniqueArray(word, { minLength: 1, maxLength: 2 }) }),
  fc.record({ 'linux:binary:path': word.map((name) => `/opt/${name}`), 'process:gid': fc.nat(65_000) }),
);

/** What an entry for a workload ID may say. Its egress rules are about services that have the label. */
function identity(workloadID: string, app: string): fc.Arbitrary<Entry> {
  const certificate = fc.record(
    {
      dnsNames: fc.uniqueArray(
        word.map((name) => `${name}.example`),
        { minLength: 1, maxLength: 2 },
      ),
      ttl: fc.constantFrom('3600s', '1h', '30m', '1h30m10s'),
    },
    { requiredKeys: [] },
  );
  const rule = fc.record(
    {
      selectors: fc.constant([{ app }]),
      connection: mode.filter(({ passthrough }) => passthrough === undefined),
    },
    { requiredKeys: ['selectors'] },
  );
  return fc
    .record(
      {
        selectors: fc.uniqueArray(selector, {
          minLength: 1,
          maxLength: 3,
          selector: (each) => JSON.stringify(each),
        }),
        certificate,
        connection,
        egress: fc.array(rule, { maxLength: 2 }),
        scope: fc.constant({ agent: { id: 'riptides/daemon/n' } }),
      },
      { requiredKeys: ['selectors', 'certificate'] },
    )
    .chain((entry) =>
      fc.constantFrom<Entry>(
        { ...entry, certificate: { workloadID, ...entry.certificate } },
        { ...entry, workloadID },
      ),
    );
}

/** Files of the dialect, one of identities and one of services, or both mixed, that are a valid policy. */
export const olderFiles: fc.Arbitrary<readonly string[]> = fc
  .tuple(
    fc.uniqueArray(
      fc.tuple(word, word).map(([a, b]) => `${a}/${b}`),
      { minLength: 1, maxLength: 4 },
    ),
    fc.uniqueArray(word, { minLength: 1, maxLength: 3 }),
  )
  .chain(([workloads, apps]) =>
    fc.tuple(
      fc.tuple(...workloads.map((workload, i) => identity(workload, apps[i % apps.length] ?? ''))),
      fc.constant(
        apps.map(
          (app, i): Entry => ({ addresses: [{ address: `10.0.0.${i + 1}`, port: 443 }], labels: { app } }),
        ),
      ),
      fc.boolean(),
    ),
  )
  .map(([identities, services, isMixed]) => {
    const write = (entries: readonly Entry[]): string => stringify(entries, { aliasDuplicateObjects: false });
    return isMixed ? [write([...services, ...identities])] : [write(identities), write(services)];
  });
