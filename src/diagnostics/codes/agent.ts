// SPDX-License-Identifier: Apache-2.0

import type { CodeEntry } from './entry.ts';

export const AGENT_CODES = {
  RTP2001: {
    title: 'a secret that every user can read',
    what: 'A file that holds a secret of the agent has permissions for all users of the host.',
    why: 'Any process could use the secret, or give the agent another one.',
    fix: 'Take the permissions of others away with chmod, or keep the file in a directory where nobody else can go.',
    example: 'chmod 600 /etc/riptides/kubelet.token',
  },
  RTP2002: {
    title: 'not one document',
    what: 'The file of the agent’s configuration has no document, or several.',
    why: 'Which of them is meant is not for the agent to guess.',
    fix: 'Write one document of kind AgentConfiguration.',
    example: 'apiVersion: core.riptides.io/v1alpha1\nkind: AgentConfiguration\nspec:\n  labels: {}',
  },
  RTP2003: {
    title: 'a file of the configuration cannot be read',
    what: 'The configuration of the agent names a file that does not exist or may not be read now.',
    why: 'The collector that needs it will not answer.',
    fix: 'Check the path, and as whom the agent runs. The file is read when it is needed, so it may still come.',
    example: 'tokenFile: /etc/riptides/kubelet.token',
  },
} as const satisfies Record<string, CodeEntry>;
