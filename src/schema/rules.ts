// SPDX-License-Identifier: Apache-2.0
// The rules of an identity: where it may connect, and who may connect to it.

import * as z from 'zod';
import { nonEmptyList, notEmptyMap, type Problem, rule } from './check.ts';
import { mode } from './document.ts';
import { serviceSelectors } from './label-selector.ts';
import { port } from './port.ts';
import { spiffeIdPattern } from './spiffe.ts';
import { timeFields, timeOrder } from './time.ts';
import { identityWorkloadId } from './workload-id.ts';

/** What protects a connection. */
export const connection = z.strictObject({
  tls: z
    .strictObject({
      mode: z
        .enum(['MUTUAL', 'SIMPLE', 'PERMISSIVE'])
        .optional()
        .describe(
          'MUTUAL: both sides show an X.509-SVID. SIMPLE: the server alone shows a certificate. PERMISSIVE: plain text is accepted besides.',
        ),
      intercept: z
        .boolean()
        .optional()
        .describe("Whether the application's own TLS is intercepted, so that credentials can be injected."),
    })
    .check(
      notEmptyMap({ message: 'nothing is said of TLS', fix: 'write mode or intercept, or remove the field' }),
    )
    .transform((written) => ({ ...written, intercept: written.intercept ?? false }))
    .meta({ cel: z.object({ mode: z.string(), intercept: z.boolean() }) })
    .describe('TLS on the connection.'),
});

const conditionalFields = {
  mode: mode
    .default('enforce')
    .describe('enforce: granted. audit: granted, and traced. off: it grants nothing.'),
  when: z
    .string()
    .optional()
    .check(
      rule((text): Problem | undefined =>
        text === undefined || text.trim() !== ''
          ? undefined
          : {
              code: 'RTP1113',
              message: 'the condition is empty',
              fix: 'write a CEL expression, or remove the field',
            },
      ),
    )
    .describe('A condition in CEL that must be true of the connection.'),
  ...timeFields,
};

const ports = z
  .union([nonEmptyList(port), port])
  .transform((written) => (Array.isArray(written) ? written : [written]))
  .meta({ cel: z.array(port) });

/** What allowedSPIFFEIDs becomes. */
export const peerLists = z.object({ inbound: z.array(spiffeIdPattern), outbound: z.array(spiffeIdPattern) });

export const egressRule = z
  .strictObject({
    selectors: serviceSelectors.describe('Which services: those that have all labels of one of the entries.'),
    workloadID: identityWorkloadId
      .optional()
      .describe(
        'The identity that is shown to the peer: the workload ID of another identity; its own when left out.',
      ),
    connection: connection
      .optional()
      .describe('What protects the connection; as the identity says when left out.'),
    allowedSPIFFEIDs: z
      .strictObject({
        outbound: z
          .array(spiffeIdPattern)
          .optional()
          .describe('Who the peer may be: SPIFFE IDs, or prefixes that end in /*.'),
        inbound: z
          .unknown()
          .optional()
          .check(
            rule((value): Problem | undefined =>
              value === undefined
                ? undefined
                : {
                    code: 'RTP1134',
                    message:
                      '"inbound" does not belong in an egress rule, which is about outgoing connections',
                    fix: 'write it in spec.allowedSPIFFEIDs of the identity',
                    ofKey: true,
                  },
            ),
          )
          .meta({ not: {}, description: 'Belongs to spec.allowedSPIFFEIDs of the identity.' }),
      })
      .check(notEmptyMap({ message: 'nobody is named', fix: 'write outbound, or remove the field' }))
      .meta({ minProperties: 1 })
      .transform(({ outbound }): { inbound: readonly string[]; outbound: readonly string[] } => ({
        inbound: [],
        outbound: outbound ?? [],
      }))
      .meta({ cel: peerLists })
      .optional()
      .describe('Who the peer may be; as the identity says when left out.'),
    ports: ports.default([]).describe('Ports, of those that the services have; all of them when left out.'),
    ...conditionalFields,
    credentialName: z
      .unknown()
      .optional()
      .check(
        rule((value): Problem | undefined =>
          value === undefined
            ? undefined
            : {
                code: 'RTP1135',
                message: 'credentials are not named in egress rules any more',
                why: 'what is read here would never be injected',
                fix: 'write a CredentialBinding with the workloadID, the credentialSource and propagation.injection.selectors; riptides import writes one',
                ofKey: true,
              },
        ),
      )
      .meta({ not: {}, description: 'No longer used: write a CredentialBinding.' }),
  })
  .check(rule(timeOrder));

export const ingressRule = z
  .strictObject({
    peers: nonEmptyList(spiffeIdPattern)
      .optional()
      .transform((written) => written ?? [])
      .meta({ cel: z.array(spiffeIdPattern) })
      .describe('Who may connect: SPIFFE IDs, or prefixes that end in /*; any peer when left out.'),
    ports: ports.default([]).describe('Local ports of the process; all of them when left out.'),
    ...conditionalFields,
  })
  .check(rule(timeOrder));
