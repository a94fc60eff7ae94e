// SPDX-License-Identifier: Apache-2.0

import type { z } from 'zod';
import type { Checked, Diagnostic, DocumentPath } from '../../diagnostics/diagnostic.ts';
import { suggestName } from '../../diagnostics/suggest.ts';
import { quoted } from '../../diagnostics/visible.ts';
import { API_VERSION } from '../../schema/document.ts';
import { API_GROUPS, KINDS, SCHEMAS, UNSUPPORTED_KINDS } from '../../schema/kinds.ts';
import type { LoadedDocument } from '../load/types.ts';
import { issueFindings } from './issues.ts';
import type { ShapedDocument } from './types.ts';

/** The typed documents, in the order given. Findings: RTP11xx and RTP1301, RTP1308; documents with findings are left out. */
export function shapeDocuments(documents: readonly LoadedDocument[]): Checked<readonly ShapedDocument[]> {
  const shaped: ShapedDocument[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const document of documents) {
    const result = shapeDocument(document);
    if (result.value !== undefined) shaped.push(result.value);
    for (const diagnostic of result.diagnostics) diagnostics.push(diagnostic);
  }
  return { value: shaped, diagnostics };
}

/** One document, by its kind. */
export function shapeDocument(document: LoadedDocument): Checked<ShapedDocument> {
  const { value } = document;
  if (!isMap(value)) {
    return refuse(document, [], 'RTP1101', {
      message: 'the document is not a map',
      why: 'a document of a policy is a map with apiVersion, kind, metadata and spec',
      fix: `begin it with "apiVersion: ${API_VERSION}", or keep it outside the paths of the policy`,
    });
  }
  const version = value['apiVersion'];
  const kind = value['kind'];
  if (typeof version !== 'string' || !isKnownVersion(version, kind)) return refuseVersion(document, version);
  switch (kind) {
    case 'Project': {
      const { data, diagnostics } = parse(SCHEMAS.Project, document);
      return data === undefined ? { diagnostics } : { value: { ...data, source: document }, diagnostics };
    }
    case 'WorkloadIdentity': {
      const { data, diagnostics } = parse(SCHEMAS.WorkloadIdentity, document);
      return data === undefined ? { diagnostics } : { value: { ...data, source: document }, diagnostics };
    }
    case 'Service': {
      const { data, diagnostics } = parse(SCHEMAS.Service, document);
      return data === undefined ? { diagnostics } : { value: { ...data, source: document }, diagnostics };
    }
    case 'Guardrail': {
      const { data, diagnostics } = parse(SCHEMAS.Guardrail, document);
      return data === undefined ? { diagnostics } : { value: { ...data, source: document }, diagnostics };
    }
    default:
      return refuseKind(document, kind);
  }
}

function parse<S extends z.ZodType>(
  schema: S,
  document: LoadedDocument,
): { readonly data?: z.output<S>; readonly diagnostics: readonly Diagnostic[] } {
  const result = schema.safeParse(document.value);
  if (result.success) return { data: result.data, diagnostics: [] };
  return { diagnostics: issueFindings(result.error.issues, schema, document) };
}

/** Kinds that are not supported live in other groups, and get their own answer. */
function isKnownVersion(version: string, kind: unknown): boolean {
  if (version === API_VERSION) return true;
  const other = typeof kind === 'string' && Object.hasOwn(UNSUPPORTED_KINDS, kind);
  return other && API_GROUPS.some((group) => version.startsWith(group));
}

function refuseVersion(document: LoadedDocument, version: unknown): Checked<never> {
  if (version === undefined) {
    return refuse(document, ['apiVersion'], 'RTP1102', {
      message: 'the document has no apiVersion',
      why: 'the version says which fields there are and what they mean',
      fix: `add "apiVersion: ${API_VERSION}", or keep the document outside the paths of the policy`,
    });
  }
  const written = typeof version === 'string' ? quoted(version) : 'the value';
  return refuse(document, ['apiVersion'], 'RTP1102', {
    message: `${written} is not an apiVersion that this version of riptides reads`,
    fix: `write ${API_VERSION}, or keep the document outside the paths of the policy`,
  });
}

function refuseKind(document: LoadedDocument, kind: unknown): Checked<never> {
  if (kind === undefined || kind === null) {
    return refuse(document, ['kind'], 'RTP1106', {
      message: 'the field "kind" is missing',
      fix: `add one of ${KINDS.join(', ')}`,
    });
  }
  const text = typeof kind === 'string' ? kind : '';
  const why = Object.hasOwn(UNSUPPORTED_KINDS, text) ? UNSUPPORTED_KINDS[text] : undefined;
  if (why !== undefined) {
    return refuse(document, ['kind'], 'RTP1104', {
      message: `the kind ${quoted(text)} is not supported in this version`,
      why,
      fix: 'keep the document outside the paths of the policy (spec.policies of riptides.yaml)',
    });
  }
  const suggestion = suggestName(text, KINDS);
  return refuse(document, ['kind'], 'RTP1103', {
    message: typeof kind === 'string' ? `there is no kind ${quoted(kind)}` : 'the kind is not text',
    fix: `the kinds are ${KINDS.join(', ')}`,
    ...(suggestion !== undefined && { suggestion }),
  });
}

function refuse(
  document: LoadedDocument,
  path: DocumentPath,
  code: Diagnostic['code'],
  words: Pick<Diagnostic, 'message' | 'why' | 'fix' | 'suggestion'>,
): Checked<never> {
  return { diagnostics: [{ code, severity: 'error', range: document.locate(path), path, ...words }] };
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
