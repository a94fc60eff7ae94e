// SPDX-License-Identifier: Apache-2.0

import { z } from 'zod';
import { nonEmptyList, oneOrMany, rule, unsupported } from './check.ts';
import { documentSchema, mode } from './document.ts';
import { factSelector } from './facts.ts';
import { labelKeys, labelValue, workloadId } from './names.ts';

const NO_TLS =
  'this version decides who may connect where; it does not encrypt connections or check certificates';

/** Labels that one service must all have. */
const labelSelector = z
  .record(z.string(), oneOrMany(labelValue))
  .meta({ minProperties: 1 })
  .check(labelKeys)
  .check(
    rule((selector) =>
      Object.keys(selector).length > 0
        ? undefined
        : {
            code: 'RTP1113',
            message: 'the selector is empty',
            why: 'it would select every service',
            fix: 'name at least one label of the services that are meant',
          },
    ),
  );

const egressRule = z.strictObject({
  selectors: nonEmptyList(labelSelector).describe(
    'Which services: those that have all labels of one of the entries.',
  ),
  mode: mode
    .default('enforce')
    .describe('enforce: granted. audit: granted, and traced. off: as if the rule were not written.'),
  workloadID: unsupported('a process has one identity towards all destinations in this version'),
  connection: unsupported(NO_TLS),
  allowedSPIFFEIDs: unsupported(
    NO_TLS,
    'remove the field, and limit the rule by the addresses of its services',
  ),
  credentialName: unsupported('this version does not hand out credentials'),
  ports: unsupported(
    'an egress rule grants the ports of its services',
    'write the ports in the addresses of the service',
  ),
  when: unsupported('this version has no conditions on egress rules'),
  notBefore: unsupported('this version has no rules that are limited in time'),
  notAfter: unsupported('this version has no rules that are limited in time'),
  windows: unsupported('this version has no rules that are limited in time'),
});

const scope = z
  .strictObject({
    daemon: z
      .strictObject({ id: workloadId.describe('The workload ID of the node.') })
      .optional()
      .describe('One node.'),
    daemonGroup: unsupported(
      'this version knows no groups of nodes',
      'name one node with daemon.id, or remove the scope',
    ),
  })
  .check(
    rule((written) =>
      written.daemon !== undefined || written.daemonGroup !== undefined
        ? undefined
        : {
            code: 'RTP1106',
            message: 'the scope names no node',
            fix: 'add daemon: { id: <workload ID of the node> }, or remove the scope: then the identity is for every node',
          },
    ),
  )
  .transform(({ daemon }) => (daemon === undefined ? undefined : { daemon }));

export const workloadIdentitySchema = documentSchema(
  'WorkloadIdentity',
  z.strictObject({
    workloadID: workloadId.describe('The path of the SPIFFE ID, without the leading slash.'),
    scope: scope.optional().describe('The node that the identity is for; every node when it is left out.'),
    mode: mode
      .default('enforce')
      .describe(
        'enforce: what no rule grants gets the posture of the project. audit: it passes and is traced. off: everything is allowed.',
      ),
    selectors: nonEmptyList(factSelector).describe(
      'Which processes: those of which all facts of one of the entries hold.',
    ),
    egress: z.array(egressRule).default([]).describe('Where they may connect.'),
    svid: unsupported('this version does not issue certificates or tokens'),
    connection: unsupported(NO_TLS),
    allowedSPIFFEIDs: unsupported(
      'this version does not check who the peer is',
      'remove the field; to limit where the workload connects to, write egress rules',
    ),
  }),
);
