// SPDX-License-Identifier: Apache-2.0
// Identities: their order, and what they are.

import { LIMITS } from '../../bundle/generated.ts';
import { compareText, textLength } from '../../bundle/text.ts';
import { isTemplate } from '../../schema/workload-id.ts';
import type { Svid, WorkloadIdentityDocument } from '../shape/types.ts';
import type { ResolveContext } from './context.ts';
import { checkNode, type Groups, isForNode, nodesOf, nodeTest } from './nodes.ts';
import { lazyRange } from './lazy-range.ts';
import { type IdentityNumbers, resolveEgress, resolveInbound, resolvePeers, tlsMode } from './rules.ts';
import { contradiction, resolveTerms } from './terms.ts';
import type { ModelIdentity, ModelSelector, ModelSvid } from './types.ts';

/** The order of the identities, and which of them are for the node. */
export interface IdentityOrder extends IdentityNumbers {
  /** Indices of the documents, in order of their workload IDs. */
  readonly order: readonly number[];
}

/** Puts the identities in order. */
export function orderIdentities(
  documents: readonly WorkloadIdentityDocument[],
  groups: Groups,
  context: Pick<ResolveContext, 'options' | 'diagnostics'>,
): IdentityOrder {
  const idOf = (index: number): string => documents[index]?.spec.workloadID ?? '';
  const order = [...documents.keys()].sort((a, b) => compareText(idOf(a), idOf(b)));
  const isNode = nodeTest(context.options.node ?? '');
  const own = documents.filter((document) => isForNode(document, groups, context, isNode));
  checkNode(documents, groups, own.length, context);
  return {
    order,
    numbers: new Map(order.map((index, number) => [idOf(index), number])),
    own: new Set(own.map(({ spec }) => spec.workloadID)),
  };
}

/** An identity, whichever node it is for. */
export function resolveIdentity(
  document: WorkloadIdentityDocument,
  numbers: IdentityNumbers,
  groups: Groups,
  context: ResolveContext,
): ModelIdentity {
  const { spec, source } = document;
  const range = lazyRange(source, ['spec', 'workloadID']);
  const length = textLength(`spiffe://${context.trustDomain}/${spec.workloadID}`);
  if (length > LIMITS.spiffeIdLength) {
    context.diagnostics.push({
      code: 'RTP1210',
      severity: 'error',
      range,
      path: ['spec', 'workloadID'],
      message: `the SPIFFE ID has ${length} bytes; ${LIMITS.spiffeIdLength} are allowed`,
      fix: 'shorten the workload ID',
    });
  }
  const outbound = ['spec', 'allowedSPIFFEIDs', 'outbound'];
  return {
    workloadId: spec.workloadID,
    nodes: nodesOf(spec.scope, groups),
    mode: spec.mode,
    selectors: resolveSelectors(document, context),
    egress: resolveEgress(document, numbers, context),
    inbound: resolveInbound(document, context),
    peers: resolvePeers(spec.allowedSPIFFEIDs?.outbound ?? [], source, outbound, context),
    tls: tlsMode(spec.connection),
    svid: resolveSvid(spec.svid),
    template: isTemplate(spec.workloadID),
    keep: (spec.onRevoke ?? context.onRevoke) === 'keep',
    agentLoss: spec.onAgentLoss ?? context.onAgentLoss,
    source: range,
  };
}

function resolveSelectors(
  { spec, source }: WorkloadIdentityDocument,
  { diagnostics }: ResolveContext,
): readonly ModelSelector[] {
  return spec.selectors.map((selector, i) => {
    const path = ['spec', 'selectors', i];
    const facts = contradiction(selector);
    if (facts !== undefined) {
      diagnostics.push({
        code: 'RTP1219',
        severity: 'warning',
        range: source.locate(path),
        path,
        message: `the selector never holds: no connection has ${facts.map((fact) => `"${fact}"`).join(' and ')} like this`,
        why: 'connections that a process opens have a destination, those that it accepts a source',
        fix: 'remove one of the two, or write a selector for each',
      });
    }
    return { terms: resolveTerms(selector), source: lazyRange(source, path) };
  });
}

/** Undefined when nothing is said. */
function resolveSvid(svid: Svid | undefined): ModelSvid | undefined {
  const resolved = {
    x509Ttl: svid?.x509?.ttl,
    jwtTtl: svid?.jwt?.ttl,
    dnsNames: svid?.x509?.dnsNames ?? [],
    audiences: svid?.jwt?.audiences ?? [],
  };
  const isSaid = resolved.x509Ttl !== undefined || resolved.jwtTtl !== undefined;
  return isSaid || resolved.dnsNames.length + resolved.audiences.length > 0 ? resolved : undefined;
}
