// SPDX-License-Identifier: Apache-2.0
// The rules of an identity: which services an egress rule grants, whom an inbound rule admits, and when.

import { textLength } from '../../bundle/text.ts';
import { LIMITS } from '../../bundle/generated.ts';
import type { DocumentPath } from '../../diagnostics/diagnostic.ts';
import type { LoadedDocument } from '../load/types.ts';
import type { Connection, EgressRule, WorkloadIdentityDocument } from '../shape/types.ts';
import { expandPattern, peerCondition } from './conditions.ts';
import { nearName, type ResolveContext } from './context.ts';
import { lazyRange } from './lazy-range.ts';
import { selectServices } from './selectors.ts';
import type { Condition } from '../../conditions/types.ts';
import type { ModelEgress, ModelInbound, PeerEntry, TlsMode } from './types.ts';
import { ruleCondition } from './when.ts';

/** Indices of the identities in the model, by workload ID; and which of them are for the node. */
export interface IdentityNumbers {
  readonly numbers: ReadonlyMap<string, number>;
  readonly own: ReadonlySet<string>;
}

/** The egress rules that grant something, in the order written. */
export function resolveEgress(
  document: WorkloadIdentityDocument,
  identities: IdentityNumbers,
  context: ResolveContext,
): readonly ModelEgress[] {
  const { spec, source } = document;
  return spec.egress.flatMap((rule, i): readonly ModelEgress[] => {
    const path = ['spec', 'egress', i];
    const what = { name: 'the rule', effect: 'the rule grants nothing' };
    const services = selectServices(rule.selectors, source, [...path, 'selectors'], what, context);
    const peers = resolvePeers(
      rule.allowedSPIFFEIDs?.outbound ?? [],
      source,
      [...path, 'allowedSPIFFEIDs', 'outbound'],
      context,
    );
    const condition = ruleCondition(rule, 'egress', { document: source, path }, context);
    const identity = shownIdentity(rule, document, path, identities, context);
    // What selects nothing was reported; a rule that is off grants nothing, and is checked so that it can be switched on.
    if (services.length === 0 || rule.mode === 'off') return [];
    return [
      {
        action: rule.mode === 'audit' ? 'audit' : 'allow',
        services,
        condition,
        peers,
        identity,
        tls: tlsMode(rule.connection),
        intercept: (rule.connection ?? spec.connection)?.tls.intercept ?? false,
        source: lazyRange(source, path),
      },
    ];
  });
}

/** Whom the identity lets in: undefined when it says nothing of it; an empty list when what it says admits nobody. */
export function resolveInbound(
  { spec, source }: WorkloadIdentityDocument,
  context: ResolveContext,
): readonly ModelInbound[] | undefined {
  const allowed = spec.allowedSPIFFEIDs?.inbound ?? [];
  if (allowed.length === 0 && spec.ingress.length === 0) return undefined;
  const path = ['spec', 'allowedSPIFFEIDs', 'inbound'];
  const listed = resolvePeers(allowed, source, path, context);
  const rules = spec.ingress.flatMap((rule, i): readonly ModelInbound[] => {
    const at = ['spec', 'ingress', i];
    const peers = resolvePeers(rule.peers, source, [...at, 'peers'], context);
    const condition = ruleCondition(rule, 'inbound', { document: source, path: at }, context, peers);
    if (rule.mode === 'off') return [];
    return [
      {
        action: rule.mode === 'audit' ? 'audit' : 'allow',
        peers: peerEntries(rule.peers, source, [...at, 'peers'], context),
        condition,
        source: lazyRange(source, at),
      },
    ];
  });
  if (listed === undefined) return rules;
  const peers = peerEntries(allowed, source, path, context);
  return [{ action: 'allow', peers, condition: listed, source: lazyRange(source, path) }, ...rules];
}

function peerEntries(
  patterns: readonly string[],
  document: LoadedDocument,
  path: DocumentPath,
  { trustDomain }: ResolveContext,
): readonly PeerEntry[] {
  return patterns.map((pattern, i) => {
    return { pattern: expandPattern(pattern, trustDomain), source: lazyRange(document, [...path, i]) };
  });
}

/** What the peer must be; undefined when no pattern is written. Reports patterns that became too long. */
export function resolvePeers(
  patterns: readonly string[],
  document: LoadedDocument,
  path: DocumentPath,
  { trustDomain, diagnostics }: ResolveContext,
): Condition | undefined {
  patterns.forEach((pattern, i) => {
    const length = textLength(expandPattern(pattern, trustDomain));
    if (length <= LIMITS.spiffeIdLength) return;
    const at = [...path, i];
    diagnostics.push({
      code: 'RTP1210',
      severity: 'error',
      range: document.locate(at),
      path: at,
      message: `the SPIFFE ID has ${length} bytes; ${LIMITS.spiffeIdLength} are allowed`,
      fix: 'shorten it',
    });
  });
  return peerCondition(patterns, trustDomain);
}

export function tlsMode(connection: Connection | undefined): TlsMode {
  switch (connection?.tls.mode) {
    case 'MUTUAL':
      return 'mutual';
    case 'SIMPLE':
      return 'simple';
    case 'PERMISSIVE':
      return 'permissive';
    case undefined:
      return 'none';
  }
}

/** The identity that is shown to the peer, when it is not the own one. */
function shownIdentity(
  { workloadID }: EgressRule,
  { spec, source }: WorkloadIdentityDocument,
  path: DocumentPath,
  { numbers, own }: IdentityNumbers,
  context: ResolveContext,
): number | undefined {
  if (workloadID === undefined || workloadID === spec.workloadID) return undefined;
  const at = [...path, 'workloadID'];
  const shared = { severity: 'error', range: source.locate(at), path: at } as const;
  const number = numbers.get(workloadID);
  if (number === undefined) {
    context.diagnostics.push({
      ...shared,
      code: 'RTP1213',
      message: `there is no WorkloadIdentity with the workloadID "${workloadID}"`,
      fix: 'correct the workload ID, or add the identity that is shown',
      ...nearName(workloadID, () => numbers.keys(), context),
    });
  } else if (!own.has(workloadID) && own.has(spec.workloadID)) {
    context.diagnostics.push({
      ...shared,
      code: 'RTP1218',
      message: `the identity "${workloadID}" is not for this node, and cannot be shown here`,
      why: 'its scope excludes the node, so the node has no certificate of it',
      fix: 'widen the scope of that identity, or show another',
    });
  }
  return number;
}
