// SPDX-License-Identifier: Apache-2.0
// Identities: which of them are for the node, and which services their egress rules select.

import { type FactName, FACTS } from '../../bundle/generated.ts';
import { compareText, textLength } from '../../bundle/text.ts';
import type { Diagnostic, DocumentPath } from '../../diagnostics/diagnostic.ts';
import { suggestName } from '../../diagnostics/suggest.ts';
import type { FactSelector, LabelSelector, WorkloadIdentityDocument } from '../shape/types.ts';
import { placeOf } from './places.ts';
import type { ServiceIndex } from './select.ts';
import type { ModelEgress, ModelIdentity, ModelService, ModelTerm, ResolveOptions } from './types.ts';

/** Bytes of a SPIFFE ID (SPIFFE-ID specification, section 2.3). */
const SPIFFE_ID_LENGTH = 2048;
/** Near names are looked for in the first findings only: with thousands, the work would be thousands times thousands. */
const MOST_SUGGESTIONS = 100;

export interface IdentityContext {
  readonly trustDomain: string;
  readonly services: readonly ModelService[];
  readonly index: ServiceIndex;
  readonly options: ResolveOptions;
  readonly diagnostics: Diagnostic[];
}

/** The identities of the node in order of their workload IDs. All are checked, also those of other nodes. */
export function resolveIdentities(
  documents: readonly WorkloadIdentityDocument[],
  context: IdentityContext,
): readonly ModelIdentity[] {
  return documents
    .flatMap((document) => {
      const identity = resolveIdentity(document, context);
      return isForNode(document, context) ? [identity] : [];
    })
    .sort((a, b) => compareText(a.workloadId, b.workloadId));
}

function isForNode(
  { spec, source }: WorkloadIdentityDocument,
  { options, diagnostics }: IdentityContext,
): boolean {
  if (spec.scope === undefined || options.scopes === 'ignore') return true;
  if (options.node !== undefined) return spec.scope.daemon.id === options.node;
  const path = ['spec', 'scope', 'daemon', 'id'];
  diagnostics.push({
    code: 'RTP1206',
    severity: 'error',
    range: source.locate(path),
    path,
    message: `the identity "${spec.workloadID}" is for the node "${spec.scope.daemon.id}", and it is not said for which node this is`,
    why: 'without the node it would be given on every node: wider than it was written',
    fix: "name the node's workload ID with --node",
  });
  return false;
}

function resolveIdentity(
  { spec, source }: WorkloadIdentityDocument,
  context: IdentityContext,
): ModelIdentity {
  const place = placeOf(source, ['spec', 'workloadID']);
  const length = textLength(`spiffe://${context.trustDomain}/${spec.workloadID}`);
  if (length > SPIFFE_ID_LENGTH) {
    context.diagnostics.push({
      code: 'RTP1210',
      severity: 'error',
      range: place,
      path: ['spec', 'workloadID'],
      message: `the SPIFFE ID has ${length} bytes; ${SPIFFE_ID_LENGTH} are allowed`,
      fix: 'shorten the workload ID',
    });
  }
  return {
    workloadId: spec.workloadID,
    mode: spec.mode,
    selectors: spec.selectors.map((selector, i) => ({
      terms: resolveTerms(selector),
      source: placeOf(source, ['spec', 'selectors', i]),
    })),
    egress: spec.egress.flatMap((rule, i): readonly ModelEgress[] => {
      const path = ['spec', 'egress', i];
      rule.selectors.forEach((selector, j) => {
        checkSelector(selector, source, [...path, 'selectors', j], context);
      });
      const services = context.index.selectAny(rule.selectors);
      // What selects nothing was reported; a rule that is off grants nothing, and is checked so that it can be switched on.
      if (services.length === 0 || rule.mode === 'off') return [];
      checkAddresses(services, source, path, context);
      const action = rule.mode === 'audit' ? 'audit' : 'allow';
      return [{ action, services, source: placeOf(source, path) }];
    }),
    source: place,
  };
}

function resolveTerms(selector: FactSelector): readonly ModelTerm[] {
  return Object.entries(selector).flatMap(([fact, values]): ModelTerm[] =>
    isFact(fact) ? [{ fact, values: sortValues(values) }] : [],
  );
}

function isFact(name: string): name is FactName {
  return Object.hasOwn(FACTS, name);
}

/** Ascending, without duplicates. */
function sortValues(values: readonly number[] | readonly string[]): readonly number[] | readonly string[] {
  if (values.length === 1) return values;
  const numbers = values.filter((value) => typeof value === 'number');
  if (numbers.length > 0) return [...new Set(numbers)].sort((a, b) => a - b);
  return [...new Set(values.filter((value) => typeof value === 'string'))].sort(compareText);
}

/** Every label that a selector names must exist, and one service must have them all. */
function checkSelector(
  selector: LabelSelector,
  document: WorkloadIdentityDocument['source'],
  path: DocumentPath,
  { index, diagnostics }: IdentityContext,
): void {
  let known = true;
  const nearest = (name: string, candidates: () => readonly string[]): string | undefined =>
    diagnostics.length < MOST_SUGGESTIONS ? suggestName(name, candidates()) : undefined;
  const report = (finding: Pick<Diagnostic, 'range' | 'path' | 'message' | 'fix' | 'suggestion'>): void => {
    known = false;
    diagnostics.push({ code: 'RTP1205', severity: 'error', ...finding });
  };
  for (const [key, values] of Object.entries(selector)) {
    if (!index.hasKey(key)) {
      const near = nearest(key, index.keys);
      report({
        range: document.locateKey([...path, key]),
        path: [...path, key],
        message: `no service has a label "${key}"`,
        fix: 'correct the label, or give it to a service',
        ...(near === undefined ? {} : { suggestion: near }),
      });
      continue;
    }
    values.forEach((value, i) => {
      if (index.hasLabel(key, value)) return;
      const similar = nearest(value, () => index.values(key));
      const at = values.length === 1 ? [...path, key] : [...path, key, i];
      report({
        range: document.locate(at),
        path: at,
        message: `no service has the label "${key}: ${value}"`,
        fix: 'correct the value, or add the service',
        ...(similar === undefined ? {} : { suggestion: similar }),
      });
    });
  }
  if (known && index.select(selector).length === 0 && !index.isOverfull()) {
    report({
      range: document.locate(path),
      path,
      message: 'no service has all of these labels',
      fix: 'write labels of one service; labels of several are separate entries of the list',
    });
  }
}

function checkAddresses(
  selected: readonly number[],
  document: WorkloadIdentityDocument['source'],
  path: DocumentPath,
  { services, diagnostics }: IdentityContext,
): void {
  if (selected.some((service) => (services[service]?.endpoints.length ?? 0) > 0)) return;
  const names = selected.map((service) => services[service]?.name ?? '').join(', ');
  diagnostics.push({
    code: 'RTP1211',
    severity: 'warning',
    range: document.locate([...path, 'selectors']),
    path: [...path, 'selectors'],
    message: `the services that the rule selects have no addresses (${names})`,
    why: 'the rule grants nothing',
    fix: 'add addresses to the service, or remove the rule',
  });
}
