// SPDX-License-Identifier: Apache-2.0
// What documents know of each other: names, labels, order. As long as that stays the same, a document that has changed can be
// resolved without looking at the others.

import { isDeepStrictEqual } from 'node:util';
import { compareText } from '../../bundle/text.ts';
import { type Diagnostic, hasErrors } from '../../diagnostics/diagnostic.ts';
import { memoCheck, memoFlatMap } from '../incremental.ts';
import type {
  CredentialBindingDocument,
  CredentialSourceDocument,
  ProjectDocument,
  ServiceDocument,
  ShapedDocument,
  WorkloadIdentityDocument,
} from '../shape/types.ts';
import type { ResolveContext } from './context.ts';
import { type IdentityOrder, orderIdentities, resolveIdentity } from './identities.ts';
import { checkNames, findProject } from './names.ts';
import { indexGroups } from './nodes.ts';
import { indexServices, type ServiceIndex } from './select.ts';
import { hasAddressOrName } from './services.ts';
import type { ModelIdentity, ResolveOptions } from './types.ts';

export interface Frame {
  readonly documents: readonly ShapedDocument[];
  readonly options: ResolveOptions;
  readonly project: ProjectDocument | undefined;
  /** Indices of the documents of services, in order of their names. */
  readonly serviceOrder: readonly number[];
  readonly index: ServiceIndex;
  readonly identityOrder: IdentityOrder;
  readonly sources: readonly CredentialSourceDocument[];
  readonly bindings: readonly CredentialBindingDocument[];
  /** Diagnostics of making it. */
  readonly diagnostics: readonly Diagnostic[];
  readonly resolveIdentities: (
    documents: readonly WorkloadIdentityDocument[],
    context: ResolveContext,
  ) => readonly ModelIdentity[];
}

type OfKind<K extends ShapedDocument['kind']> = Extract<ShapedDocument, { readonly kind: K }>;

/** The documents of one kind, in order. */
export function ofKind<K extends ShapedDocument['kind']>(
  documents: readonly ShapedDocument[],
  kind: K,
): readonly OfKind<K>[] {
  return documents.filter((document): document is OfKind<K> => document.kind === kind);
}

/** `ofKind` again and again. */
export function kindFilter<K extends ShapedDocument['kind']>(
  kind: K,
): (documents: readonly ShapedDocument[]) => readonly OfKind<K>[] {
  return memoFlatMap((document: ShapedDocument) => ofKind([document], kind));
}

/** Looks at all documents together. Diagnostics: RTP1201, RTP1203 to RTP1206, RTP1214, RTP1217. */
export function makeFrame(documents: readonly ShapedDocument[], options: ResolveOptions): Frame {
  const diagnostics: Diagnostic[] = [];
  checkNames(documents, diagnostics);
  const project = findProject(documents, diagnostics);
  const services = ofKind(documents, 'Service');
  const nameOf = (index: number): string => services[index]?.metadata.name ?? '';
  const serviceOrder = [...services.keys()].sort((a, b) => compareText(nameOf(a), nameOf(b)));
  const workloads = ofKind(documents, 'WorkloadIdentity');
  const groups = indexGroups(ofKind(documents, 'DaemonGroup'), workloads, { diagnostics });
  const identityOrder = orderIdentities(workloads, groups, { options, diagnostics });
  return {
    documents,
    options,
    project,
    serviceOrder,
    index: indexServices(serviceOrder.map((index) => ({ labels: services[index]?.spec.labels ?? {} }))),
    identityOrder,
    sources: ofKind(documents, 'CredentialSource'),
    bindings: ofKind(documents, 'CredentialBinding'),
    diagnostics,
    resolveIdentities: memoCheck((document, context) =>
      resolveIdentity(document, identityOrder, groups, context),
    ),
  };
}

/** Whether a frame is also that of these documents: what has changed of them is nobody else's business. */
export function fits(frame: Frame, documents: readonly ShapedDocument[], options: ResolveOptions): boolean {
  return (
    !hasErrors(frame.diagnostics) &&
    documents.length === frame.documents.length &&
    isDeepStrictEqual(options, frame.options) &&
    documents.every((document, index) => {
      const before = frame.documents[index];
      return document === before || (before !== undefined && looksAlike(document, before));
    })
  );
}

/** Whether two documents are the same to others. */
function looksAlike(a: ShapedDocument, b: ShapedDocument): boolean {
  if (a.metadata.name !== b.metadata.name) return false;
  if (a.kind === 'Service' && b.kind === 'Service')
    return isDeepStrictEqual(shownService(a), shownService(b));
  if (a.kind === 'WorkloadIdentity' && b.kind === 'WorkloadIdentity') {
    return a.spec.workloadID === b.spec.workloadID && isDeepStrictEqual(a.spec.scope, b.spec.scope);
  }
  return (a.kind === 'PolicyTest' || a.kind === 'Guardrail') && a.kind === b.kind;
}

function shownService(document: ServiceDocument): readonly unknown[] {
  return [document.spec.labels, hasAddressOrName(document)];
}
