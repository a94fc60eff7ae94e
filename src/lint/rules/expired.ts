// SPDX-License-Identifier: Apache-2.0

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { ShapedDocument } from '../../compiler/shape/types.ts';
import { type LintRule, warning } from '../types.ts';

/** A rule or binding that has expired. */
export const expired: LintRule = {
  code: 'RTP1704',
  check: ({ documents, now }) =>
    documents.flatMap((document): readonly Diagnostic[] => {
      switch (document.kind) {
        case 'WorkloadIdentity':
          return (['egress', 'ingress'] as const).flatMap((field) =>
            document.spec[field].flatMap(({ notAfter }, i) =>
              over(document, ['spec', field, i, 'notAfter'], notAfter, now),
            ),
          );
        case 'CredentialBinding':
          return over(document, ['spec', 'notAfter'], document.spec.notAfter, now);
        case 'Project':
        case 'Service':
        case 'CredentialSource':
        case 'DaemonGroup':
        case 'Guardrail':
        case 'PolicyTest':
          return [];
      }
    }),
};

function over(
  document: ShapedDocument,
  path: readonly (string | number)[],
  notAfter: number | undefined,
  now: number,
): readonly Diagnostic[] {
  if (notAfter === undefined || notAfter > now) return [];
  const day = new Date(notAfter * 1000).toISOString().slice(0, 10);
  return [
    warning('RTP1704', document, path, {
      message: `this entry expired on ${day}`,
      why: 'it grants nothing any more',
      fix: 'remove it, or write a later time if it is still needed',
    }),
  ];
}
