// SPDX-License-Identifier: Apache-2.0
// What documents of all kinds have in common.

import { z } from 'zod';
import { documentName, labels } from './names.ts';

export const API_VERSION = 'core.riptides.io/v1alpha1';

const metadata = z.strictObject({
  name: documentName,
  namespace: documentName.optional(),
  labels: labels.optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});

/** The schema of a kind: the envelope that all have, and its spec. What a server wrote under `status` is not policy. */
export function documentSchema<K extends string, S extends z.ZodType>(kind: K, spec: S) {
  return z.strictObject({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal(kind),
    metadata,
    spec,
    status: z.unknown().optional(),
  });
}

/** How far a document or a rule of it is enforced. */
export const mode = z.enum(['enforce', 'audit', 'off']);
