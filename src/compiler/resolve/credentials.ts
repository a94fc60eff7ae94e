// SPDX-License-Identifier: Apache-2.0
// Credentials: where they come from, who gets them, and towards what.

import { compareText } from '../../bundle/text.ts';
import { sha256 } from '../../crypto.ts';
import type { DocumentPath } from '../../diagnostics/diagnostic.ts';
import type { CredentialBindingDocument, CredentialSourceDocument } from '../shape/types.ts';
import { timeCondition } from './conditions.ts';
import { nearName, type ResolveContext } from './context.ts';
import { lazyRange } from './lazy-range.ts';
import type { IdentityNumbers } from './rules.ts';
import { selectServices } from './selectors.ts';
import type { ModelBinding, ModelSource } from './types.ts';

export interface ResolvedCredentials {
  readonly sources: readonly ModelSource[];
  readonly bindings: readonly ModelBinding[];
}

const SELECTORS: DocumentPath = ['spec', 'propagation', 'injection', 'selectors'];

/** A binding before its source has a number. */
interface UnresolvedBinding extends Omit<ModelBinding, 'credential'> {
  readonly document: CredentialBindingDocument;
}

/** The bindings, and the sources that they need. */
export function resolveCredentials(
  sources: readonly CredentialSourceDocument[],
  documents: readonly CredentialBindingDocument[],
  identities: IdentityNumbers,
  context: ResolveContext,
): ResolvedCredentials {
  const byName = new Map(sources.map((source) => [source.metadata.name, source]));
  const drafts = documents
    .flatMap((document) => resolveBinding(document, byName, identities, context))
    .sort((a, b) => a.identity - b.identity || compareText(a.name, b.name));
  checkInjections(drafts, context);
  reportUnused(sources, documents, context);
  const needed = [...new Set(drafts.map(({ document }) => document.spec.credentialSource))]
    .flatMap((name) => byName.get(name) ?? [])
    .sort((a, b) => compareText(a.metadata.name, b.metadata.name));
  const numbers = new Map(needed.map(({ metadata }, number) => [metadata.name, number]));
  return {
    sources: needed.map(({ metadata, spec, source }) => ({
      name: metadata.name,
      provider: spec.provider,
      digest: digestOf(spec),
      source: lazyRange(source, ['metadata', 'name']),
    })),
    bindings: drafts.flatMap(({ document, ...draft }) => {
      const credential = numbers.get(document.spec.credentialSource);
      return credential === undefined ? [] : [{ ...draft, credential }];
    }),
  };
}

function digestOf(spec: CredentialSourceDocument['spec']): string {
  return sha256(JSON.stringify(spec, (_key, value: unknown) => inOrder(value)));
}

/** With the fields of a map in order of their names, so that it does not matter how they are written. */
function inOrder(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => compareText(a, b)));
}

function resolveBinding(
  document: CredentialBindingDocument,
  sources: ReadonlyMap<string, CredentialSourceDocument>,
  { numbers }: IdentityNumbers,
  context: ResolveContext,
): readonly UnresolvedBinding[] {
  const { metadata, spec, source } = document;
  const { injection, sysfs } = spec.propagation;
  if (!sources.has(spec.credentialSource)) {
    const path = ['spec', 'credentialSource'];
    context.diagnostics.push({
      code: 'RTP1212',
      severity: 'error',
      range: source.locate(path),
      path,
      message: `there is no CredentialSource "${spec.credentialSource}"`,
      fix: 'correct the name, or add the source',
      ...nearName(spec.credentialSource, () => sources.keys(), context),
    });
  }
  const identity = numbers.get(spec.workloadID);
  if (identity === undefined) {
    const path = ['spec', 'workloadID'];
    context.diagnostics.push({
      code: 'RTP1213',
      severity: 'error',
      range: source.locate(path),
      path,
      message: `there is no WorkloadIdentity with the workloadID "${spec.workloadID}"`,
      fix: 'correct the workload ID, or add the identity that gets the credential',
      ...nearName(spec.workloadID, () => numbers.keys(), context),
    });
  }
  const what = { name: 'the injection', effect: 'the credential is never injected' };
  const path = SELECTORS;
  const services =
    injection === undefined ? undefined : selectServices(injection.selectors, source, path, what, context);
  // What selects nothing was reported.
  if (identity === undefined || services?.length === 0) return [];
  return [
    {
      name: metadata.name,
      identity,
      services,
      sysfs: sysfs !== undefined,
      condition: timeCondition(spec),
      uses: spec.uses,
      source: lazyRange(source, ['metadata', 'name']),
      ...(injection !== undefined && {
        injectedAt: lazyRange(source, injection.selectors.length === 1 ? [...SELECTORS, 0] : SELECTORS),
      }),
      document,
    },
  ];
}

/** Two bindings of an identity must not inject towards the same service at all times. `drafts` are in order of identities. */
function checkInjections(
  drafts: readonly UnresolvedBinding[],
  { services, diagnostics, index }: ResolveContext,
): void {
  const always = drafts.filter((draft) => draft.services !== undefined && draft.condition === undefined);
  for (const own of Map.groupBy(always, ({ identity }) => identity).values()) {
    if (own.length < 2) continue;
    const first = new Map<number, UnresolvedBinding>();
    for (const draft of own) {
      const service = draft.services?.find((number) => first.has(number));
      const other = service === undefined ? undefined : first.get(service);
      if (service === undefined || other === undefined) {
        for (const number of draft.services ?? []) first.set(number, draft);
        continue;
      }
      const path = selectorOf(draft, service, index);
      diagnostics.push({
        code: 'RTP1215',
        severity: 'error',
        range: draft.document.source.locate(path),
        path,
        message: `"${other.name}" and "${draft.name}" both inject towards the service "${services[service]?.name ?? ''}"`,
        why: 'a request carries one credential; riptides does not guess which of the two is meant',
        fix: 'select different services, or limit both in time',
        related: [
          {
            range: other.document.source.locate(selectorOf(other, service, index)),
            message: 'the other one is here',
          },
        ],
      });
    }
  }
}

/** The path of the selector by which an injection selects a service. */
function selectorOf(
  { document }: UnresolvedBinding,
  service: number,
  index: ResolveContext['index'],
): DocumentPath {
  const selectors = document.spec.propagation.injection?.selectors ?? [];
  const number = selectors.findIndex((selector) => index.select(selector).includes(service));
  return number < 0 ? SELECTORS : [...SELECTORS, number];
}

function reportUnused(
  sources: readonly CredentialSourceDocument[],
  bindings: readonly CredentialBindingDocument[],
  { diagnostics }: ResolveContext,
): void {
  const used = new Set(bindings.map(({ spec }) => spec.credentialSource));
  for (const { metadata, source } of sources) {
    if (used.has(metadata.name)) continue;
    diagnostics.push({
      code: 'RTP1216',
      severity: 'warning',
      range: source.locate(['metadata', 'name']),
      path: ['metadata', 'name'],
      message: `no CredentialBinding names the source "${metadata.name}"`,
      why: 'no workload gets the credential',
      fix: 'name it in a CredentialBinding, or remove it',
    });
  }
}
