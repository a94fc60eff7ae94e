// SPDX-License-Identifier: Apache-2.0
// SPIFFE IDs of peers: whole ones, and beginnings that end in /*.

import * as z from 'zod';
import { quoted } from '../terminal/visible.ts';
import { type Problem, rule } from './check.ts';
import { isTrustDomain, SPIFFE_ID_LENGTH, workloadIdProblem } from './names.ts';

/** Stands for the trust domain of the project. */
export const TRUST_DOMAIN_PLACEHOLDER = '{{.TrustDomain}}';

const FORM = 'write spiffe://<trust domain>/<workload ID>, or spiffe://<trust domain>/<beginning>/*';

/** Whom a connection is from or to. */
export const spiffeIdPattern = z
  .string()
  .check(rule(patternProblem))
  .meta({ examples: ['spiffe://shop.example/web', 'spiffe://{{.TrustDomain}}/shop/*'] });

/** The SPIFFE ID that somebody proves: a whole one. */
export const spiffeId = z
  .string()
  .check(rule(spiffeIdProblem))
  .meta({ examples: ['spiffe://shop.example/web'] });

/** What is wrong with a text as the SPIFFE ID that somebody proves. */
export function spiffeIdProblem(text: string): Problem | undefined {
  const at = { code: 'RTP1121', fix: 'write spiffe://<trust domain>/<workload ID>' } as const;
  if (text.includes('*') || text.includes('{{'))
    return { ...at, message: `${quoted(text)} stands for more than one SPIFFE ID, and a peer proves one` };
  const problem = patternProblem(text);
  return problem && { ...at, message: problem.message };
}

function patternProblem(text: string): Problem | undefined {
  const code = 'RTP1121';
  const scheme = 'spiffe://';
  if (!text.startsWith(scheme)) {
    const bare = text.toLowerCase().startsWith(scheme) ? text.slice(scheme.length) : text.replace(/^\/+/, '');
    const near = text.toLowerCase().startsWith(scheme)
      ? `${scheme}${bare}`
      : `${scheme}${TRUST_DOMAIN_PLACEHOLDER}/${bare}`;
    return {
      code,
      message: `${quoted(text)} is not a SPIFFE ID`,
      fix: FORM,
      suggestion: patternProblem(near) === undefined ? near : undefined,
    };
  }
  const rest = text.slice(scheme.length);
  const slash = rest.indexOf('/');
  const domain = slash < 0 ? rest : rest.slice(0, slash);
  const path = slash < 0 ? '' : rest.slice(slash + 1);
  if (domain !== TRUST_DOMAIN_PLACEHOLDER && !isTrustDomain(domain)) {
    const template = domain.includes('{{');
    const near = `${scheme}${domain.toLowerCase()}${rest.slice(domain.length)}`;
    return {
      code,
      message: `${quoted(domain)} is not a trust domain`,
      fix: template
        ? `the only placeholder is ${TRUST_DOMAIN_PLACEHOLDER}`
        : 'write lower-case letters, digits, ".", "-" and "_" after spiffe://',
      suggestion: near !== text && patternProblem(near) === undefined ? near : undefined,
    };
  }
  if (path === '') {
    return {
      code,
      message: `${quoted(text)} names a trust domain and no workload`,
      fix: `write spiffe://${domain}/* for every workload of it`,
      suggestion: `spiffe://${domain}/*`,
    };
  }
  if (path === '*') return undefined;
  const beginning = path.endsWith('/*') ? path.slice(0, -2) : path;
  if (beginning.includes('*')) {
    return {
      code,
      message: `${quoted(text)} has a "*" that is not the last part of its path`,
      why: 'a pattern is a prefix: it is compared character by character',
      fix: FORM,
    };
  }
  const problem = workloadIdProblem(beginning);
  if (problem !== undefined) return { ...problem, code, fix: FORM };
  // How long it is with the trust domain in it is known when it is resolved.
  if (domain !== TRUST_DOMAIN_PLACEHOLDER && text.length > SPIFFE_ID_LENGTH) {
    return {
      code,
      message: `the SPIFFE ID has ${text.length} characters; ${SPIFFE_ID_LENGTH} are allowed`,
      fix: 'shorten it',
    };
  }
  return undefined;
}
