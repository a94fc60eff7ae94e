// SPDX-License-Identifier: Apache-2.0

import { type LintRule, warning } from '../types.ts';

/** A peer pattern that admits a whole trust domain. */
export const widePeers: LintRule = {
  code: 'RTP1705',
  check: ({ documents }) =>
    documents.flatMap((document) => {
      if (document.kind !== 'WorkloadIdentity') return [];
      const { allowedSPIFFEIDs, ingress } = document.spec;
      const written = [
        ...(allowedSPIFFEIDs?.inbound ?? []).map((peer, i) => ({
          peer,
          at: ['spec', 'allowedSPIFFEIDs', 'inbound', i],
        })),
        ...ingress.flatMap(({ peers }, i) =>
          peers.map((peer, j) => ({ peer, at: ['spec', 'ingress', i, 'peers', j] })),
        ),
      ];
      return written.flatMap(({ peer, at }) => {
        if (!/^spiffe:\/\/[^/]+\/\*$/.test(peer)) return [];
        return [
          warning('RTP1705', document, at, {
            message: `${peer} admits every workload of the trust domain`,
            why: 'any workload that is compromised can connect here',
            fix: 'name the workloads that connect, or a prefix of their IDs',
          }),
        ];
      });
    }),
};
