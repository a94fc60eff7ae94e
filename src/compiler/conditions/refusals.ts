// SPDX-License-Identifier: Apache-2.0
// What is CEL but cannot be decided in the kernel, and what can be written instead.

import type { CelNode } from '../../cel/tree.ts';
import type { Refusal, Translation } from './types.ts';

type Call = Extract<CelNode, { readonly kind: 'call' }>;
type Operator = Extract<CelNode, { readonly kind: 'operator' }>;

const SEARCH = {
  why: 'the kernel looks at each byte of a text once; a search would look at them again and again, on every connection',
  fix: 'use startsWith, endsWith, == or in',
} as const;

const CALENDAR = {
  fix: 'compare time itself, as in time < timestamp("2027-01-31T08:00:00Z"), or use getHours, getMinutes, getDayOfWeek',
} as const;

const FAMILY = { fix: 'use a prefix, as in cidr("127.0.0.0/8").containsIP(destination.ip)' } as const;

const CALLS: Readonly<Record<string, Omit<Refusal, 'code' | 'message'>>> = {
  contains: SEARCH,
  matches: SEARCH,
  indexOf: SEARCH,
  lastIndexOf: SEARCH,
  split: SEARCH,
  replace: SEARCH,
  substring: SEARCH,
  size: { fix: 'test whether the text is empty: size(…) == 0, or == ""' },
  has: { fix: 'leave it out: every field has a value; a text that is not known is "", a number 4294967295' },
  ip: { fix: 'use it on destination.ip or source.ip, in comparisons with == and != or in a list' },
  family: FAMILY,
  isLoopback: FAMILY,
  isGlobalUnicast: FAMILY,
  isLinkLocalUnicast: FAMILY,
  isLinkLocalMulticast: FAMILY,
  isUnspecified: FAMILY,
  filter: { fix: 'use all, exists or exists_one' },
  map: { fix: 'use all, exists or exists_one' },
  getDate: CALENDAR,
  getDayOfMonth: CALENDAR,
  getDayOfYear: CALENDAR,
  getMonth: CALENDAR,
  getFullYear: CALENDAR,
  getSeconds: CALENDAR,
  getMilliseconds: CALENDAR,
};

/** Reports a function of a field. */
export function refuseCall(node: Call, translation: Translation): undefined {
  const known = Object.hasOwn(CALLS, node.name) ? CALLS[node.name] : undefined;
  return translation.refuse(node, {
    code: 'RTP1605',
    message: `${node.name}() ${node.name === 'size' ? 'compared with this ' : ''}cannot be decided in the kernel`,
    ...(known ?? { fix: 'compare the field itself with constants' }),
  });
}

/** Reports a value that is computed from a field. */
export function refuseOperator(node: Operator, translation: Translation): undefined {
  switch (node.operator) {
    case '?:':
      return translation.refuse(node, {
        code: 'RTP1605',
        message: 'a value that depends on a field cannot be decided in the kernel',
        fix: 'choose between conditions: process.uid == 0 ? destination.port == 22 : destination.port == 443',
      });
    case '[]':
    case '[?]':
      return translation.refuse(node, {
        code: 'RTP1605',
        message: 'a field in brackets cannot be decided in the kernel',
        fix: 'write it with a dot, as in destination.port',
      });
    default:
      return translation.refuse(node, {
        code: 'RTP1605',
        message: 'a value that is computed from a field cannot be decided in the kernel',
        fix: 'compare the field itself with a constant, on which all operators can be used',
      });
  }
}
