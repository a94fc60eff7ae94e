// SPDX-License-Identifier: Apache-2.0

import { type LintRule, warning } from '../types.ts';

/** A project that denies what no rule grants, and says nothing of UDP. */
export const udpLeftOut: LintRule = {
  code: 'RTP1714',
  check: ({ documents }) =>
    documents.flatMap((document) => {
      if (document.kind !== 'Project' || document.spec.defaultPosture.egress !== 'deny') return [];
      if (document.spec.transports.includes('udp') || saysTransports(document.source.value)) return [];
      return [
        warning('RTP1714', document, ['spec', 'defaultPosture', 'egress'], {
          message: 'connections that no rule grants are denied, and datagrams are not: UDP is not governed',
          why: 'DNS, QUIC and anything else over UDP reaches every destination',
          fix: 'write transports: [tcp, udp], with a service for each destination of datagrams, or transports: [tcp] if that is meant',
        }),
      ];
    }),
};

function saysTransports(value: unknown): boolean {
  const spec: unknown =
    typeof value === 'object' && value !== null && 'spec' in value ? value.spec : undefined;
  return typeof spec === 'object' && spec !== null && 'transports' in spec;
}
