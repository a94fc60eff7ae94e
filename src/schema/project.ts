// SPDX-License-Identifier: Apache-2.0

import * as z from 'zod';
import { quoted } from '../terminal/visible.ts';
import { nonEmptyList, rule } from './check.ts';
import { documentSchema, onAgentLoss, onRevoke } from './document.ts';
import { trustDomain } from './names.ts';
import { isInside } from './paths.ts';

const policyPath = z.string().check(
  rule((path) =>
    isInside(path)
      ? undefined
      : {
          code: 'RTP1109',
          message: `${quoted(path)} is not a path within the directory of the project`,
          why: 'a policy is what its repository holds; what lies outside is not reviewed with it',
          fix: 'write a path relative to riptides.yaml, without "..", or "." for the whole directory',
        },
  ),
);

export const projectSchema = documentSchema(
  'Project',
  z.strictObject({
    trustDomain: trustDomain.describe(
      'The trust domain: identities are spiffe://<trustDomain>/<workloadID>.',
    ),
    defaultPosture: z
      .strictObject({
        egress: z
          .enum(['allow', 'audit', 'deny'])
          .describe('The verdict for a connection that no rule grants. audit allows and traces it.'),
        ingress: z
          .enum(['allow', 'audit', 'deny'])
          .default('allow')
          .describe(
            'What becomes of a connection that is accepted by a process of which no identity says who may connect.',
          ),
      })
      .describe('The verdicts where no rule matches.'),
    onRevoke: onRevoke
      .default('close')
      .describe(
        'What becomes of connections that have begun when a later policy denies them: they are closed, or kept until they end.',
      ),
    onAgentLoss: onAgentLoss
      .default('deny')
      .describe(
        'What becomes of connections that need labels which the agent does not tell. deny: they are refused. keep: labels that it told before count on. allow: they go on.',
      ),
    transports: z
      .array(z.enum(['tcp', 'udp']))
      .check(
        rule((list) =>
          list.includes('tcp')
            ? undefined
            : {
                code: 'RTP1147',
                message: 'the list of transports has no tcp',
                why: 'TCP is always governed',
                fix: 'write [tcp], or [tcp, udp] to govern UDP as well',
              },
        ),
      )
      .default(['tcp'])
      .describe('What is governed: tcp always, and udp where it is listed.'),
    otherTransports: z
      .enum(['allow', 'deny'])
      .default('allow')
      .describe(
        'What becomes of sockets whose destinations cannot be decided, such as raw sockets and SCTP: with deny they are refused to whom the default for connections out denies.',
      ),
    policies: nonEmptyList(policyPath)
      .default(['.'])
      .describe('Files and directories of the policy, relative to this file.'),
  }),
);
