// SPDX-License-Identifier: Apache-2.0
// Models in a few words, for tests of the later stages.

import { parsePrefix } from '../../src/bundle/address.ts';
import { compareText } from '../../src/bundle/text.ts';
import type { CompileOptions } from '../../src/compiler/types.ts';
import { resolveModel } from '../../src/compiler/resolve/resolve.ts';
import type {
  Model,
  ModelEgress,
  ModelEndpoint,
  ModelIdentity,
  ModelInbound,
  ModelSelector,
  ModelService,
} from '../../src/compiler/resolve/types.ts';
import type { ShapedDocument } from '../../src/compiler/shape/types.ts';
import type { SourceRange } from '../../src/diagnostics/diagnostic.ts';

/** A place that says who stands there. */
export function rangeIn(file: string): SourceRange {
  return { file, start: { line: 1, column: 1 }, end: { line: 1, column: 1 } };
}

/** `facts` are the terms: a value, or several. */
export function selector(
  facts: Readonly<Record<string, number | string | readonly (number | string)[]>>,
): ModelSelector {
  const terms = Object.entries(facts).map(([fact, value]) => ({
    fact,
    values: Array.isArray(value) ? value : [value],
  }));
  return { terms: terms as unknown as ModelSelector['terms'], source: rangeIn(JSON.stringify(facts)) };
}

export function identity(
  workloadId: string,
  selectors: readonly ModelSelector[],
  {
    egress = [],
    inbound,
    ...rest
  }: Partial<Pick<ModelIdentity, 'mode' | 'nodes' | 'peers' | 'tls' | 'svid' | 'template'>> & {
    readonly egress?: readonly (Partial<ModelEgress> & Pick<ModelEgress, 'services'>)[];
    readonly inbound?: readonly Partial<ModelInbound>[];
  } = {},
): ModelIdentity {
  return {
    workloadId,
    nodes: undefined,
    mode: 'enforce',
    selectors,
    peers: undefined,
    tls: 'none',
    svid: undefined,
    template: false,
    keep: false,
    agentLoss: 'deny',
    egress: egress.map((rule, i) => ({
      action: 'allow',
      condition: undefined,
      peers: undefined,
      identity: undefined,
      tls: 'none',
      intercept: false,
      source: rangeIn(`${workloadId}#${i}`),
      ...rule,
    })),
    inbound: inbound?.map((rule, i) => ({
      action: 'allow',
      peers: [],
      condition: undefined,
      source: rangeIn(`${workloadId}<${i}`),
      ...rule,
    })),
    source: rangeIn(workloadId),
    ...rest,
  };
}

/** Endpoints are `prefix`, `prefix port` or `prefix low-high`. */
export function service(
  name: string,
  endpoints: readonly string[] = [],
  rest: Partial<ModelService> = {},
): ModelService {
  return {
    name,
    labels: { app: name },
    external: false,
    tls: false,
    endpoints: endpoints.map(endpoint),
    names: [],
    source: rangeIn(name),
    ...rest,
  };
}

export function endpoint(text: string): ModelEndpoint {
  const [prefix = '', ports = '0-65535'] = text.split(' ');
  const parsed = parsePrefix(prefix);
  if (!('address' in parsed)) throw new Error(`${prefix}: ${parsed.problem}`);
  const [low, high = low] = ports.split('-').map(Number);
  return { ...parsed, ports: { low: low ?? 0, high: high ?? 0 }, source: rangeIn(text) };
}

export function model(
  identities: readonly ModelIdentity[],
  services: readonly ModelService[] = [],
  posture: Model['project']['egress']['posture'] = 'deny',
): Model {
  const project = {
    name: 'test',
    trustDomain: 'test.example',
    egress: { posture, source: rangeIn('egress') },
    ingress: { posture: 'allow' as const, source: rangeIn('ingress') },
    udp: false,
    denyOthers: false,
    keep: false,
  };
  return {
    project,
    identities: [...identities].sort((a, b) => compareText(a.workloadId, b.workloadId)),
    services,
    sources: [],
    bindings: [],
  };
}

/** The model of documents that are known to resolve. */
export function resolved(documents: readonly ShapedDocument[], options: CompileOptions = {}): Model {
  const { value, diagnostics } = resolveModel(documents, options);
  if (value === undefined) throw new Error(diagnostics[0]?.message ?? 'not resolved');
  return value;
}
