// SPDX-License-Identifier: Apache-2.0
// Names: of documents, labels, workloads and trust domains.

import * as z from 'zod';
import { quoted } from '../terminal/visible.ts';
import { type Problem, rule } from './check.ts';

/** Bytes of a SPIFFE ID, and of the trust domain in it (SPIFFE-ID, 2.3). */
export const SPIFFE_ID_LENGTH = 2048;
export const TRUST_DOMAIN_LENGTH = 255;
const NAME_LENGTH = 253;
const LABEL_LENGTH = 253;

/** The name of a document: a DNS subdomain, as in Kubernetes. */
export const documentName = z
  .string()
  .meta({ maxLength: NAME_LENGTH })
  .check(
    rule((name) =>
      name.length <= NAME_LENGTH &&
      /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name)
        ? undefined
        : {
            code: 'RTP1118',
            message: `${quoted(name)} is not a valid name`,
            fix: `use lower-case letters, digits, dashes and dots, beginning and ending with a letter or digit, at most ${NAME_LENGTH}`,
          },
    ),
  );

/** Path of a SPIFFE ID without the leading slash (SPIFFE-ID, 2.2). */
export const workloadId = z
  .string()
  .check(rule(workloadIdProblem))
  .meta({ examples: ['shop/web'] });

/** What is wrong with a text as a workload ID. */
export function workloadIdProblem(id: string): Problem | undefined {
  const at = {
    code: 'RTP1114',
    fix: 'write segments of letters, digits, ".", "-" and "_", separated by single slashes',
  } as const;
  if (id.startsWith('spiffe:')) {
    return {
      ...at,
      message: `${quoted(id)} is a whole SPIFFE ID; a workload ID is only its path`,
      fix: 'leave out spiffe:// and the trust domain',
    };
  }
  if (id === '') return { ...at, message: 'the workload ID is empty' };
  if (id.startsWith('/') || id.endsWith('/')) {
    return { ...at, message: `${quoted(id)} begins or ends with a slash`, fix: 'remove the slash' };
  }
  for (const segment of id.split('/')) {
    if (segment === '')
      return { ...at, message: `${quoted(id)} has an empty segment`, fix: 'write one slash, not two' };
    if (segment === '.' || segment === '..') {
      return {
        ...at,
        message: `${quoted(id)} has the segment "${segment}"`,
        fix: 'write the path without "." and ".." segments',
      };
    }
    const bad = /[^a-zA-Z0-9._-]/u.exec(segment);
    if (bad !== null) return { ...at, message: `${quoted(id)} has the character ${quoted(bad[0])}` };
  }
  return workloadIdTooLong(id);
}

/** What is wrong with the length of a text as a workload ID. */
export function workloadIdTooLong(id: string): Problem | undefined {
  if (id.length <= SPIFFE_ID_LENGTH - 'spiffe:///'.length - 1) return undefined;
  return {
    code: 'RTP1114',
    message: `the workload ID has ${id.length} characters; a whole SPIFFE ID has at most ${SPIFFE_ID_LENGTH}`,
    fix: 'shorten it',
  };
}

/** Whether a text is a SPIFFE trust domain (SPIFFE-ID, 2.1). */
export function isTrustDomain(name: string): boolean {
  return name.length <= TRUST_DOMAIN_LENGTH && /^[a-z0-9._-]+$/.test(name);
}

export const trustDomain = z.string().check(
  rule((name) => {
    if (isTrustDomain(name)) return undefined;
    const bare = name
      .replace(/^spiffe:\/\//, '')
      .replace(/[/:].*/, '')
      .toLowerCase();
    return {
      code: 'RTP1115',
      message: `${quoted(name)} is not a trust domain`,
      fix: /^[a-z0-9._-]{1,255}$/.test(bare)
        ? `write ${bare}`
        : `use lower-case letters, digits, ".", "-" and "_", at most ${TRUST_DOMAIN_LENGTH}, without scheme, port or path`,
    };
  }),
);

/** A text that people choose: labels, tags, rule ids. */
function shortText(what: string, most: number) {
  return z.string().check(rule((text) => textProblem(what, text, most)));
}

function textProblem(what: string, text: string, most: number): Problem | undefined {
  if (text === '')
    return { code: 'RTP1118', message: `${what} is empty`, fix: 'write at least one character' };
  if (text.length > most) {
    return {
      code: 'RTP1119',
      message: `${what} has ${text.length} characters; the limit is ${most}`,
      fix: 'shorten it',
    };
  }
  return undefined;
}

export const labelValue = shortText('the value', LABEL_LENGTH);
export const ruleId = shortText('the id', LABEL_LENGTH);

/** Finds keys that cannot be labels. */
export const labelKeys = rule<Readonly<Record<string, unknown>>>((map) =>
  Object.keys(map).flatMap((key) => {
    const problem = textProblem('the key', key, LABEL_LENGTH);
    return problem === undefined ? [] : [{ ...problem, at: [key], ofKey: true }];
  }),
);

/** Labels: texts with names, which are texts too. */
export const labels = z.record(z.string(), labelValue).check(labelKeys);
