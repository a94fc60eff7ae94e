// SPDX-License-Identifier: Apache-2.0

import type { CodeEntry } from './entry.ts';

export const ANALYSE_CODES = {
  RTP1401: {
    title: 'nothing selects a service',
    what: 'No egress rule of any identity selects the service.',
    why: 'Nobody is granted the way to it. Either a rule is missing or the service is no longer used.',
    fix: 'Select it in an egress rule, or remove it.',
    example: 'egress:\n  - selectors:\n      - app: api',
  },
  RTP1402: {
    title: 'an egress rule that is never used',
    what: 'An earlier egress rule of the identity grants the same services.',
    why: 'The first rule that grants a destination decides, so the later one has no effect, and neither has its mode.',
    fix: 'Remove one of the two.',
    example:
      '# the second is never used\negress:\n  - selectors: [{ app: api }]\n  - selectors: [{ app: api }]\n    mode: audit',
  },
  RTP1403: {
    title: 'a selector that never wins',
    what: 'A selector of another identity demands exactly the same and takes precedence.',
    why: 'The process gets the other identity, always.',
    fix: 'Demand something more in one of them: another user, another binary.',
    example: '- process:uid: 1001\n  process:binary:path: /opt/shop/bin/web',
  },
  RTP1404: {
    title: 'selectors that overlap',
    what: 'Selectors of two identities demand the same number of facts, and one process can satisfy both.',
    why: 'Which identity it gets is decided by the order of precedence, which is easy to overlook.',
    fix: 'Demand something more in the one that should win.',
    example: '- process:uid: 1001\n  process:binary:path: /opt/shop/bin/web',
  },
} as const satisfies Record<string, CodeEntry>;
