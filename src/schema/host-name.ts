// SPDX-License-Identifier: Apache-2.0
// Host names: RFC 1123 labels, of at most 63 bytes each and 253 together.

import { domainToASCII } from 'node:url';
import * as z from 'zod';
import { LIMITS } from '../bundle/generated.ts';
import { quoted } from '../terminal/visible.ts';
import { type Problem, rule } from './check.ts';

const LABEL_LENGTH = 63;

/** The name as it is compared: in lower case, without a dot at the end. */
export function normaliseHostName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

/** Whether a text was meant as a host name, and not as an address: its last label is not a number. */
export function looksLikeHostName(text: string): boolean {
  return /^[\p{L}\p{N}\p{M}_*.-]+$/u.test(text) && !/(^|\.)[0-9]+\.?$/.test(text) && /[\p{L}*]/u.test(text);
}

/** What is wrong with a text as a host name. */
export function hostNameProblem(text: string): Problem | undefined {
  const code = 'RTP1127';
  const name = normaliseHostName(text);
  if (/[\u0080-\u{10ffff}]/u.test(name)) {
    const ascii = domainToASCII(name);
    return {
      code,
      message: `${quoted(text)} has letters that host names do not have in DNS`,
      why: 'names are compared as in DNS, where letters that look alike can differ',
      fix: ascii === '' ? 'write the name as DNS has it (xn--…)' : `write ${ascii}`,
    };
  }
  if (name.includes('*')) {
    return {
      code,
      message: `${quoted(text)} is a wildcard`,
      why: 'a name stands for one host, which is looked up; a wildcard cannot be',
      fix: 'write each name; for a service of many hosts use networkPrefixes',
    };
  }
  if (name.length > LIMITS.hostNameLength) {
    return {
      code,
      message: `the host name has ${name.length} characters; ${LIMITS.hostNameLength} are allowed`,
      fix: 'shorten it',
    };
  }
  const labels = name.split('.');
  const long = labels.find((label) => label.length > LABEL_LENGTH);
  if (long !== undefined) {
    return {
      code,
      message: `a part of ${quoted(text)} has ${long.length} characters; ${LABEL_LENGTH} are allowed`,
      fix: 'shorten it',
    };
  }
  if (labels.every((label) => /^[a-z0-9_]([-a-z0-9_]*[a-z0-9_])?$/.test(label)) && looksLikeHostName(name))
    return undefined;
  return {
    code,
    message: `${quoted(text)} is not a host name`,
    fix: 'write letters, digits and dashes in parts with single dots between, such as api.example.com, without scheme, port or path',
  };
}

/** A host name. */
export const hostName = z.string().check(rule(hostNameProblem));
