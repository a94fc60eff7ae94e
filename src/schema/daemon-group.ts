// SPDX-License-Identifier: Apache-2.0

import * as z from 'zod';
import { quoted } from '../terminal/visible.ts';
import { nonEmptyList, type Problem, rule } from './check.ts';
import { documentSchema } from './document.ts';
import { workloadId, workloadIdProblem } from './names.ts';

/** The workload ID of a node, or the beginning of several. */
const nodePattern = z.string().check(
  rule((text): Problem | undefined => {
    if (text === '*') return undefined;
    const beginning = text.endsWith('/*') ? text.slice(0, -2) : text;
    if (!beginning.includes('*')) return workloadIdProblem(beginning);
    return {
      code: 'RTP1114',
      message: `${quoted(text)} has a "*" that is not the last part of it`,
      fix: 'write a whole workload ID, or a beginning that ends in /*',
    };
  }),
);

export const daemonGroupSchema = documentSchema(
  'DaemonGroup',
  z
    .strictObject({
      workloadID: workloadId.describe('What scope.daemonGroup.id of identities names.'),
      daemons: nonEmptyList(nodePattern).describe(
        'Workload IDs of nodes, beginnings of them that end in /*, or * for every node.',
      ),
    })
    .check(
      rule(({ workloadID, daemons }) =>
        daemons.flatMap((node, i): readonly Problem[] =>
          node === workloadID
            ? [
                {
                  code: 'RTP1109',
                  message: 'the group names itself',
                  why: 'it lists nodes, and a group is not one',
                  fix: 'write the workload IDs of its nodes',
                  at: ['daemons', i],
                },
              ]
            : [],
        ),
      ),
    ),
);
