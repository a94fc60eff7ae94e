// SPDX-License-Identifier: Apache-2.0
// The configuration of the agent: one document in a file of its own, in the manner of the documents of a policy.

import * as z from 'zod';
import { API_VERSION } from '../../schema/document.ts';
import { labelsSchema } from './labels.ts';

export const CONFIGURATION_KIND = 'AgentConfiguration';

/** Where the agent looks when no file is named. */
export const CONFIGURATION_FILE = '/etc/riptides/agent.yaml';

export const configurationSchema = z.strictObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal(CONFIGURATION_KIND),
  spec: z.strictObject({ labels: labelsSchema }),
});

/** What the agent is told to do, with all defaults. */
export type AgentConfiguration = z.output<typeof configurationSchema>['spec'];
