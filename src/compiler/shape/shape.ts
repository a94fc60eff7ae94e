// SPDX-License-Identifier: Apache-2.0

import type * as z from 'zod';
import { type Checked, type Diagnostic, type DocumentPath, hasErrors } from '../../diagnostics/diagnostic.ts';
import { suggestName } from '../../diagnostics/suggest.ts';
import { quoted } from '../../terminal/visible.ts';
import { API_VERSION } from '../../schema/document.ts';
import { API_GROUPS, BYSTANDERS, KINDS, REFUSED_KINDS, SCHEMAS } from '../../schema/kinds.ts';
import { memoFlatMap, memoMap } from '../incremental.ts';
import { createExpansion } from '../dialect/expand.ts';
import type { LoadedDocument } from '../load/types.ts';
import { issueDiagnostics } from './issues.ts';
import { pathKey, valueAt } from './paths.ts';
import { findSecrets } from './secrets.ts';
import type { ShapedDocument } from './types.ts';
import { checkTexts, namePatterns, withoutEchoes } from './texts.ts';
import { shapeWarnings } from './warnings.ts';

/** The typed documents, in the order given; lists of the older dialect are expanded. Diagnostics: RTP105x, RTP11xx and RTP1301, RTP1308; documents with errors are left out. */
export function shapeDocuments(documents: readonly LoadedDocument[]): Checked<readonly ShapedDocument[]> {
  return createShaping()(documents);
}

/** `shapeDocuments` again and again: a document that is the same object as before is not looked at again. */
export function createShaping(): (
  documents: readonly LoadedDocument[],
) => Checked<readonly ShapedDocument[]> {
  const expand = createExpansion();
  let jitless = false;
  const shapeEach = memoMap((document: LoadedDocument) => shapeDocument(document, { jitless }));
  const valuesOf = memoFlatMap(({ value }: Checked<ShapedDocument>) => (value === undefined ? [] : [value]));
  const diagnosticsOf = memoFlatMap(({ diagnostics }: Checked<ShapedDocument>) => diagnostics);
  return (documents) => {
    jitless = documents.length < FEW_DOCUMENTS;
    const expanded = expand(documents);
    const results = shapeEach(expanded.value ?? []);
    return { value: valuesOf(results), diagnostics: [...expanded.diagnostics, ...diagnosticsOf(results)] };
  };
}

/** Fewer documents than these are checked sooner without zod's compiler, which makes code for each schema. The results are the same. */
const FEW_DOCUMENTS = 1000;

/** One document, by its kind. */
export function shapeDocument(
  document: LoadedDocument,
  context?: Pick<z.core.ParseContext, 'jitless'>,
): Checked<ShapedDocument> {
  const secrets = findSecrets(document);
  const result = shapeTexts(secrets.document, context);
  if (secrets.diagnostics.length === 0) return result;
  // What stands for a secret is nothing to be judged.
  const hidden = new Set(secrets.paths.map(pathKey));
  const others = result.diagnostics.filter(({ path }) => !hidden.has(pathKey(path ?? [])));
  return { diagnostics: [...secrets.diagnostics, ...others] };
}

/** A document whose texts are looked at as well. */
function shapeTexts(
  document: LoadedDocument,
  context: Pick<z.core.ParseContext, 'jitless'> | undefined,
): Checked<ShapedDocument> {
  const result = shapeByKind(document, context);
  const kind = valueAt(document.value, ['kind']);
  const texts = typeof kind === 'string' && Object.hasOwn(SCHEMAS, kind) ? checkTexts(document) : [];
  const others = namePatterns(withoutEchoes(result.diagnostics, texts), document);
  const diagnostics = [...texts, ...others];
  return hasErrors(texts) || result.value === undefined
    ? { diagnostics }
    : { value: result.value, diagnostics };
}

function shapeByKind(
  document: LoadedDocument,
  context: Pick<z.core.ParseContext, 'jitless'> | undefined,
): Checked<ShapedDocument> {
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
  if (typeof kind === 'string' && Object.hasOwn(BYSTANDERS, kind)) return bystander(document, kind);
  switch (kind) {
    case 'Project': {
      const { data, diagnostics } = parse(SCHEMAS.Project, document, context);
      return data === undefined ? { diagnostics } : { value: { ...data, source: document }, diagnostics };
    }
    case 'WorkloadIdentity': {
      const { data, diagnostics } = parse(SCHEMAS.WorkloadIdentity, document, context);
      return data === undefined ? { diagnostics } : { value: { ...data, source: document }, diagnostics };
    }
    case 'Service': {
      const { data, diagnostics } = parse(SCHEMAS.Service, document, context);
      return data === undefined ? { diagnostics } : { value: { ...data, source: document }, diagnostics };
    }
    case 'CredentialSource': {
      const { data, diagnostics } = parse(SCHEMAS.CredentialSource, document, context);
      return data === undefined ? { diagnostics } : { value: { ...data, source: document }, diagnostics };
    }
    case 'CredentialBinding': {
      const { data, diagnostics } = parse(SCHEMAS.CredentialBinding, document, context);
      return data === undefined ? { diagnostics } : { value: { ...data, source: document }, diagnostics };
    }
    case 'DaemonGroup': {
      const { data, diagnostics } = parse(SCHEMAS.DaemonGroup, document, context);
      return data === undefined ? { diagnostics } : { value: { ...data, source: document }, diagnostics };
    }
    case 'Guardrail': {
      const { data, diagnostics } = parse(SCHEMAS.Guardrail, document, context);
      return data === undefined ? { diagnostics } : { value: { ...data, source: document }, diagnostics };
    }
    case 'PolicyTest': {
      const { data, diagnostics } = parse(SCHEMAS.PolicyTest, document, context);
      return data === undefined ? { diagnostics } : { value: { ...data, source: document }, diagnostics };
    }
    default:
      return refuseKind(document, kind);
  }
}

function parse<S extends z.ZodType>(
  schema: S,
  document: LoadedDocument,
  context: Pick<z.core.ParseContext, 'jitless'> | undefined,
): { readonly data?: z.output<S>; readonly diagnostics: readonly Diagnostic[] } {
  const result = schema.safeParse(document.value, context);
  if (result.success) return { data: result.data, diagnostics: shapeWarnings(document) };
  return { diagnostics: issueDiagnostics(result.error.issues, schema, document) };
}

/** Kinds that no policy is made of live in other groups, too, and get their own answer. */
function isKnownVersion(version: string, kind: unknown): boolean {
  if (version === API_VERSION) return true;
  const other =
    typeof kind === 'string' && (Object.hasOwn(BYSTANDERS, kind) || Object.hasOwn(REFUSED_KINDS, kind));
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
  const refused = Object.hasOwn(REFUSED_KINDS, text) ? REFUSED_KINDS[text] : undefined;
  if (refused !== undefined) {
    const { code, why, fix } = refused;
    return refuse(document, ['kind'], code, {
      message: `documents of kind ${text} are not accepted`,
      why,
      fix,
    });
  }
  const suggestion = suggestName(text, KINDS);
  return refuse(document, ['kind'], 'RTP1103', {
    message: typeof kind === 'string' ? `there is no kind ${quoted(kind)}` : 'the kind is not text',
    fix: `the kinds are ${KINDS.join(', ')}`,
    ...(suggestion !== undefined && { suggestion }),
  });
}

/** What no bundle comes of is read no further. */
function bystander(document: LoadedDocument, kind: string): Checked<never> {
  const path = ['kind'];
  return {
    diagnostics: [
      {
        code: 'RTP1130',
        severity: 'warning',
        range: document.locate(path),
        path,
        message: `the ${kind} has no effect on the policy`,
        ...(BYSTANDERS[kind] === undefined ? {} : { why: BYSTANDERS[kind] }),
        fix: 'leave it if something else reads it, or keep it outside the paths of the policy (spec.policies of riptides.yaml)',
      },
    ],
  };
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
