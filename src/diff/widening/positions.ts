// SPDX-License-Identifier: Apache-2.0
// The position in the documents of the cause of a widening change.

import { mapIPv4, maskAddress, parseAddress } from '../../bundle/address.ts';
import { expandPattern } from '../../compiler/resolve/conditions.ts';
import type { Model, ModelEndpoint, ModelService } from '../../compiler/resolve/types.ts';
import { valueAt } from '../../compiler/shape/paths.ts';
import type { LabelSelector, ShapedDocument, WorkloadIdentityDocument } from '../../compiler/shape/types.ts';
import type { CompiledModel } from '../../compiler/types.ts';
import type { DocumentPath, SourceRange } from '../../diagnostics/diagnostic.ts';
import type { Example, Origin } from '../types.ts';
import { InternalError } from '../../errors.ts';

export interface Position {
  readonly range: SourceRange;
  /** Where in the document, when that is known. */
  readonly path?: DocumentPath | undefined;
}

/**
 * Finds the position of a cause, for an identity (by its workload ID; undefined: processes without one) and, where peers are what is
 * gained, a peer.
 */
export type FindPosition = (
  origin: Origin,
  workloadId: string | undefined,
  peer: string | undefined,
) => Position;

/** Finds positions in a policy that was compiled from these documents. */
export function startFindingPositions(
  documents: readonly ShapedDocument[],
  { model, sourceMap }: CompiledModel,
): FindPosition {
  const identities = new Map(
    documents.flatMap((document) =>
      document.kind === 'WorkloadIdentity' ? [[document.spec.workloadID, document] as const] : [],
    ),
  );
  const ofPosture = ({ direction }: Example): Position => {
    const { egress, ingress } = model.project;
    const { source } = direction === 'out' ? egress : ingress;
    return {
      range: source,
      path: ['spec', 'defaultPosture', direction === 'out' ? 'egress' : 'ingress'],
    };
  };
  return (origin, workloadId, peer) => {
    const { example } = origin;
    const document = identities.get(workloadId ?? '');
    if (document === undefined) return ofPosture(example);
    switch (origin.of) {
      case 'posture':
        return ofPosture(example);
      case 'identity':
        return inDocument(document, ['spec', 'workloadID']);
      case 'mode':
        return inDocument(document, ['spec', 'mode']);
      case 'peers':
        return peerIn(document, 'outbound', peer, model);
      case 'tls':
        return inDocument(document, ['spec', 'connection', 'tls']);
      case 'selector':
        return entryAt(document, 'selectors', sourceMap.selectors[origin.selector]);
      case 'rule':
        return ofRule(document, sourceMap.rules[origin.rule], example, model);
      case 'endpoints':
        return ofAddress(model.services[origin.service], example);
      case 'service': {
        const rule = entryAt(document, 'egress', sourceMap.rules[origin.rule]);
        return isByLabels(document, rule.path, origin.service, model)
          ? ofService(model.services[origin.service])
          : rule;
      }
    }
  };
}

/** A value of the document; the workload ID where the value is not written. */
function inDocument({ source }: WorkloadIdentityDocument, path: DocumentPath): Position {
  const isWritten = valueAt(source.value, path) !== undefined;
  const written = isWritten ? path : ['spec', 'workloadID'];
  return { range: source.locate(written), path: written };
}

/** The entry of a list of the identity at a position. */
function entryAt(
  document: WorkloadIdentityDocument,
  list: 'selectors' | 'egress' | 'ingress',
  range: SourceRange | undefined,
): Position {
  for (const index of document.spec[list].keys()) {
    const path = ['spec', list, index];
    const own = document.source.locate(path);
    if (own.start.line === range?.start.line && own.start.column === range.start.column)
      return { range: own, path };
  }
  return range === undefined ? inDocument(document, ['spec', 'workloadID']) : { range };
}

/** An egress or inbound rule; of a list of allowed peers, the entry that matches the peer of the example. */
function ofRule(
  document: WorkloadIdentityDocument,
  range: SourceRange | undefined,
  { direction, peer }: Example,
  model: Model,
): Position {
  if (direction === 'out') return entryAt(document, 'egress', range);
  const list = inDocument(document, ['spec', 'allowedSPIFFEIDs', 'inbound']).range.start;
  return list.line === range?.start.line && list.column === range.start.column
    ? peerIn(document, 'inbound', peer, model)
    : entryAt(document, 'ingress', range);
}

/** The entry of a list of peers that matches one; the list where none does. */
function peerIn(
  document: WorkloadIdentityDocument,
  name: 'inbound' | 'outbound',
  peer: string | undefined,
  { project }: Model,
): Position {
  const patterns = document.spec.allowedSPIFFEIDs?.[name] ?? [];
  const entry = patterns.findIndex((pattern) => {
    const text = expandPattern(pattern, project.trustDomain);
    return text.endsWith('/*') ? peer?.startsWith(text.slice(0, -1)) : peer === text;
  });
  return inDocument(document, ['spec', 'allowedSPIFFEIDs', name, ...(entry < 0 ? [] : [entry])]);
}

/** The address or host name of a service that a connection matches. */
function ofAddress(service: ModelService | undefined, example: Example): Position {
  const colon = example.remote.lastIndexOf(':');
  const port = Number(example.remote.slice(colon + 1));
  const address = parseAddress(example.remote.slice(0, colon).replace(/^\[(.*)\]$/, '$1'));
  const isAt = ({ ports }: Pick<ModelEndpoint, 'ports'>): boolean => ports.low <= port && port <= ports.high;
  const found =
    service?.names.find((one) => one.name === example.name && isAt(one)) ??
    service?.endpoints.find((one) => address !== undefined && isAt(one) && holds(one, address));
  return found === undefined ? ofService(service) : { range: found.source };
}

function holds({ address, prefixLength }: ModelEndpoint, remote: Uint8Array): boolean {
  const isIPv4 = address.length === 4;
  const whole = isIPv4 ? mapIPv4(address) : address;
  const masked = maskAddress(remote, isIPv4 ? prefixLength + 96 : prefixLength);
  return Buffer.compare(masked, whole) === 0;
}

function ofService(service: ModelService | undefined): Position {
  if (service === undefined) throw new InternalError('a service that gives something is not in the model');
  return { range: service.source, path: ['metadata', 'name'] };
}

/** Whether a rule selects a service by labels that match other services, too: then the labels of the service are the cause. */
function isByLabels(
  document: WorkloadIdentityDocument,
  path: DocumentPath | undefined,
  service: number,
  { services }: Model,
): boolean {
  const index = path?.at(-1);
  const { selectors = [] } = document.spec.egress[Number(index ?? -1)] ?? {};
  const selects = (selector: LabelSelector, { labels }: ModelService): boolean =>
    Object.entries(selector).every(([name, values]) => values.includes(labels[name] ?? ''));
  const own = services[service];
  return (
    own !== undefined &&
    selectors.some(
      (selector) =>
        selects(selector, own) && services.some((other) => other !== own && selects(selector, other)),
    )
  );
}
