// SPDX-License-Identifier: Apache-2.0
// The policy as guardrails see it. Documents are those of the shape stage: defaults are filled in, what may be one value or
// a list is a list, ports are ranges. An expression therefore need not know how a document was written.

import {
  celValue,
  type CelEnvironment,
  createEnvironment,
  extendEnvironment,
} from '../../cel/environment.ts';
import type { ObjectTypes } from '../../cel/values.ts';
import type { Kind, ShapedDocument } from '../shape/types.ts';

/** The kinds, in CEL. A field that a document does not have is asked for with has(). */
export const OBJECT_TYPES = {
  Metadata: {
    name: 'string',
    namespace: 'string',
    labels: 'map<string, string>',
    annotations: 'map<string, string>',
  },
  Project: { kind: 'string', metadata: 'Metadata', spec: 'ProjectSpec' },
  ProjectSpec: { trustDomain: 'string', defaultPosture: 'DefaultPosture', policies: 'list<string>' },
  DefaultPosture: { egress: 'string', ingress: 'string' },
  WorkloadIdentity: { kind: 'string', metadata: 'Metadata', spec: 'WorkloadIdentitySpec' },
  WorkloadIdentitySpec: {
    workloadID: 'string',
    scope: 'Scope',
    mode: 'string',
    selectors: 'list<map<string, list<dyn>>>',
    egress: 'list<EgressRule>',
  },
  Scope: { daemon: 'Daemon' },
  Daemon: { id: 'string' },
  EgressRule: { selectors: 'list<map<string, list<string>>>', mode: 'string' },
  Service: { kind: 'string', metadata: 'Metadata', spec: 'ServiceSpec' },
  ServiceSpec: {
    labels: 'map<string, string>',
    addresses: 'list<ServiceAddress>',
    external: 'bool',
    tls: 'bool',
  },
  ServiceAddress: {
    address: 'string',
    port: 'PortRange',
    networkPrefixes: 'list<string>',
    tags: 'list<string>',
  },
  PortRange: { low: 'int', high: 'int' },
  Guardrail: { kind: 'string', metadata: 'Metadata', spec: 'GuardrailSpec' },
  GuardrailSpec: {
    matchKinds: 'list<string>',
    variables: 'list<GuardrailVariable>',
    rules: 'list<GuardrailRule>',
  },
  GuardrailVariable: { name: 'string', expression: 'string' },
  GuardrailRule: {
    id: 'string',
    expression: 'string',
    message: 'string',
    messageExpression: 'string',
    severity: 'string',
  },
  Policy: {
    project: 'Project',
    workloadIdentities: 'list<WorkloadIdentity>',
    services: 'list<Service>',
    guardrails: 'list<Guardrail>',
  },
} as const satisfies ObjectTypes;

/** All documents as CEL values, and how long their lists are. */
export interface GuardedPolicy {
  readonly environment: CelEnvironment;
  readonly policy: unknown;
  readonly objects: ReadonlyMap<ShapedDocument, unknown>;
  readonly lengths: {
    /** Documents of a field of `policy`, at most. */
    readonly documents: number;
    /** Entries of any list or map inside a document, at most. */
    readonly inside: number;
  };
}

/** Converts the documents once, for all guardrails. */
export function makeObjects(documents: readonly ShapedDocument[]): GuardedPolicy {
  const environment = extendEnvironment(createEnvironment(OBJECT_TYPES), {}, { policy: 'Policy' });
  const objects = new Map(
    documents.map((document) => [document, celValue(environment, document, document.kind)]),
  );
  const ofKind = (kind: Kind): readonly ShapedDocument[] =>
    documents.filter((document) => document.kind === kind);
  const [project] = ofKind('Project');
  const policy = celValue(
    environment,
    {
      project,
      workloadIdentities: ofKind('WorkloadIdentity'),
      services: ofKind('Service'),
      guardrails: ofKind('Guardrail'),
    },
    'Policy',
  );
  const inside = documents.reduce(
    (most, { metadata, spec }) => Math.max(most, longest(metadata), longest(spec)),
    0,
  );
  return { environment, policy, objects, lengths: { documents: documents.length, inside } };
}

function longest(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const parts: readonly unknown[] = Object.values(value);
  return parts.reduce<number>((most, part) => Math.max(most, longest(part)), parts.length);
}
