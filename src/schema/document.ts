// SPDX-License-Identifier: Apache-2.0
// What documents of all kinds have in common.

import * as z from 'zod';
import { documentName, labels } from './names.ts';

export const API_VERSION = 'core.riptides.io/v1alpha1';

/** What a server adds to a document that it gives out. */
const serverWritten = z
  .unknown()
  .optional()
  .meta({ readOnly: true, description: 'What a server wrote; not policy.' });

const metadata = z.strictObject({
  name: documentName.describe('The name of the document, once for each kind.'),
  namespace: documentName.optional().describe('Accepted, without effect.'),
  labels: labels.optional().describe('For guardrails and for people.'),
  annotations: z.record(z.string(), z.string()).optional().describe('For guardrails and for people.'),
  creationTimestamp: serverWritten,
  generation: serverWritten,
  managedFields: serverWritten,
  resourceVersion: serverWritten,
  uid: serverWritten,
});

/** The schema of a kind: the envelope that all have, and its spec. What a server wrote under `status` is not policy. */
export function documentSchema<K extends string, S extends z.ZodType>(kind: K, spec: S) {
  return z.strictObject({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal(kind),
    metadata,
    spec,
    status: z.unknown().optional().describe('What a server wrote; not policy.'),
  });
}

/** What becomes of connections that have begun when a later policy denies them. */
export const onRevoke = z.enum(['close', 'keep']);

/** What becomes of connections that need labels which the agent does not tell. */
export const onAgentLoss = z.enum(['deny', 'keep', 'allow']);

/** How far a document or a rule of it is enforced. */
export const mode = z.enum(['enforce', 'audit', 'off']);
