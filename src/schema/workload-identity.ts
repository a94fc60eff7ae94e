// SPDX-License-Identifier: Apache-2.0

import * as z from 'zod';
import { nonEmptyList, notEmptyMap, noTwice, oneOrMany, type Problem, rule } from './check.ts';
import { documentSchema, mode, onAgentLoss, onRevoke } from './document.ts';
import { duration } from './duration.ts';
import { factSelector } from './facts/selector.ts';
import { hostNameProblem, normaliseHostName } from './host-name.ts';
import { labelValue, workloadId } from './names.ts';
import { connection, egressRule, ingressRule, peerLists } from './rules.ts';
import { spiffeIdPattern } from './spiffe.ts';
import { identityWorkloadId } from './workload-id.ts';

/** DNS names of one certificate. */
const MOST_DNS_NAMES = 100;

const node = z.strictObject({ id: workloadId.describe('The workload ID of the node.') });

const SCOPE_KEYS = ['daemon', 'daemonGroup', 'agent'] as const;

const scopeFields = {
  daemon: node.optional().describe('One node.'),
  daemonGroup: z
    .strictObject({ id: workloadId.describe('The workload ID of the group, that of a DaemonGroup.') })
    .optional()
    .describe('The nodes of a group.'),
};

const scope = z
  .strictObject({
    ...scopeFields,
    agent: node.optional().meta({ deprecated: true, description: 'The old name of daemon.' }),
  })
  .check(rule(scopeProblem))
  .transform(({ daemon, daemonGroup, agent }) => {
    const one = daemon ?? agent;
    if (daemonGroup !== undefined) return { daemonGroup };
    return one === undefined ? undefined : { daemon: one };
  })
  .meta({ cel: z.object(scopeFields) });

function scopeProblem(written: Readonly<Record<string, unknown>>): Problem | undefined {
  const [first, second] = SCOPE_KEYS.filter((key) => written[key] !== undefined);
  if (first === undefined) {
    return {
      code: 'RTP1106',
      message: 'the scope names no node',
      fix: 'add daemon: { id: <workload ID of the node> }, or remove the scope: then the identity is for every node',
    };
  }
  if (second === undefined) return undefined;
  return {
    code: 'RTP1136',
    message: `the scope has both ${first} and ${second}`,
    fix: 'keep one; for several nodes write a DaemonGroup',
    at: [second],
    ofKey: true,
  };
}

const dnsNames = z
  .array(z.string().check(rule(hostNameProblem)))
  .check(
    rule((names): Problem | undefined =>
      names.length <= MOST_DNS_NAMES
        ? undefined
        : {
            code: 'RTP1119',
            message: `there are ${names.length} DNS names; ${MOST_DNS_NAMES} are allowed`,
            fix: 'write fewer, or give the others to another identity',
          },
    ),
  )
  .transform((names) => names.map(normaliseHostName))
  .pipe(z.array(z.string()).check(noTwice('the DNS name')))
  .default([]);

const svid = z
  .strictObject({
    x509: z
      .strictObject({
        dnsNames: dnsNames.describe('Host names in the certificate, besides the SPIFFE ID.'),
        ttl: duration().optional().describe('How long a certificate is valid, such as 3600s.'),
      })
      .optional()
      .describe('X.509-SVIDs.'),
    jwt: z
      .strictObject({
        ttl: duration().optional().describe('How long a token is valid, such as 300s.'),
        audiences: oneOrMany(labelValue).optional().describe('The audiences of tokens.'),
        audience: oneOrMany(labelValue).optional().describe('The same.'),
      })
      .check(
        rule((jwt): Problem | undefined =>
          jwt.audience === undefined || jwt.audiences === undefined
            ? undefined
            : {
                code: 'RTP1136',
                message: 'audience and audiences mean the same',
                fix: 'keep audiences',
                at: ['audience'],
                ofKey: true,
              },
        ),
      )
      .transform(({ ttl, audiences, audience }) => ({
        ttl,
        audiences: [...new Set(audiences ?? audience ?? [])],
      }))
      .meta({ cel: z.object({ ttl: duration(), audiences: z.array(labelValue) }) })
      .optional()
      .describe('JWT-SVIDs.'),
  })
  .check(notEmptyMap({ message: 'nothing is said of SVIDs', fix: 'write x509 or jwt, or remove the field' }));

const allowedSpiffeIds = z
  .strictObject({
    inbound: z
      .array(spiffeIdPattern)
      .optional()
      .describe('Who may connect: SPIFFE IDs, or prefixes that end in /*.'),
    outbound: z
      .array(spiffeIdPattern)
      .optional()
      .describe('Who the peer of an outgoing connection may be, likewise.'),
  })
  .check(notEmptyMap({ message: 'nobody is named', fix: 'write inbound or outbound, or remove the field' }))
  .meta({ minProperties: 1 })
  .transform(({ inbound, outbound }) => ({ inbound: inbound ?? [], outbound: outbound ?? [] }))
  .meta({ cel: peerLists });

export const workloadIdentitySchema = documentSchema(
  'WorkloadIdentity',
  z.strictObject({
    workloadID: identityWorkloadId.describe(
      'The path of the SPIFFE ID, without the leading slash; [fact] stands for what the process has.',
    ),
    scope: scope.optional().describe('The nodes that the identity is for; every node when it is left out.'),
    mode: mode
      .default('enforce')
      .describe(
        'enforce: what no rule grants gets the posture of the project. audit: it passes and is traced. off: everything is allowed.',
      ),
    onRevoke: onRevoke
      .optional()
      .describe(
        'What becomes of connections that have begun when a later policy denies them; as the project says when left out.',
      ),
    onAgentLoss: onAgentLoss
      .optional()
      .describe(
        'What becomes of connections that need labels which the agent does not tell; as the project says when left out.',
      ),
    selectors: nonEmptyList(factSelector).describe(
      'Which processes: those of which all facts of one of the entries hold.',
    ),
    svid: svid.optional().describe('What its certificates and tokens are like.'),
    connection: connection.optional().describe('What protects its connections.'),
    allowedSPIFFEIDs: allowedSpiffeIds.optional().describe('Who its peers may be; any when left out.'),
    egress: z.array(egressRule).default([]).describe('Where they may connect to.'),
    ingress: nonEmptyList(ingressRule)
      .default([])
      .describe('Who may connect to them, besides allowedSPIFFEIDs.inbound.'),
  }),
);
