// SPDX-License-Identifier: Apache-2.0
//
// The bundle that the module decides a few connections with when it is loaded (kmod/selftest.c). Run this file to write
// kmod/selftest_bundle.h again after a change of the format.

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildParts } from '../core/build.ts';
import { encodeParts } from '../core/parts.ts';
import type { Policy } from '../core/policy.ts';

const HEADER = fileURLToPath(new URL('../../kmod/selftest_bundle.h', import.meta.url));

const policy: Policy = {
  trustDomain: 'example.org',
  egress: 'deny',
  ingress: 'allow',
  identities: [
    {
      workloadId: 'selftest',
      selectors: [
        [
          { fact: 'process:name', values: ['selftest'] },
          { fact: 'process:uid', values: [0] },
        ],
      ],
      fallback: 'audit',
      rules: [{ action: 'allow', services: [0] }],
    },
  ],
  services: [
    {
      name: 'documentation',
      endpoints: [{ address: Uint8Array.of(192, 0, 2, 0), prefixLength: 24, low: 443, high: 443 }],
    },
  ],
};

/** The text of kmod/selftest_bundle.h. */
export function selftestHeader(): string {
  const bytes = [...encodeParts(buildParts(policy))];
  const rows = Array.from({ length: Math.ceil(bytes.length / 12) }, (_, row) =>
    bytes
      .slice(row * 12, (row + 1) * 12)
      .map((byte) => `0x${byte.toString(16).padStart(2, '0')},`)
      .join(' '),
  );
  return `/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Written by test/kernel/selftest-bundle.ts. Do not edit.
 *
 * Egress deny, ingress allow. Identity 0 is a process named selftest of user 0; its rule 2
 * audits, its rule 3 allows service 0: 192.0.2.0/24, port 443.
 */
#ifndef _RT_SELFTEST_BUNDLE_H
#define _RT_SELFTEST_BUNDLE_H

static const u8 selftest_bundle[] __initconst __aligned(8) = {
${rows.map((row) => `\t${row}`).join('\n')}
};

#endif /* _RT_SELFTEST_BUNDLE_H */
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(HEADER, selftestHeader());
