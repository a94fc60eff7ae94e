// SPDX-License-Identifier: Apache-2.0

import { type Checked, type Diagnostic, hasErrors } from '../../diagnostics/diagnostic.ts';
import type { ShapedDocument } from '../shape/types.ts';
import type { ResolveContext } from './context.ts';
import { resolveCredentials } from './credentials.ts';
import { resolveIdentities } from './identities.ts';
import { checkNames, findProject } from './names.ts';
import { indexGroups } from './nodes.ts';
import { indexServices } from './select.ts';
import { resolveServices } from './services.ts';
import type { Model, ResolveOptions } from './types.ts';

/** The model of a policy. `documents` are all of its documents, shaped without error, in any order. */
export function resolveModel(
  documents: readonly ShapedDocument[],
  options: ResolveOptions = {},
): Checked<Model> {
  const diagnostics: Diagnostic[] = [];
  checkNames(documents, diagnostics);
  const project = findProject(documents, diagnostics);
  const services = resolveServices(
    documents.filter((document) => document.kind === 'Service'),
    diagnostics,
  );
  const index = indexServices(services);
  const context: ResolveContext = {
    trustDomain: project?.spec.trustDomain ?? '',
    services,
    index,
    options,
    diagnostics,
  };
  const workloads = documents.filter((document) => document.kind === 'WorkloadIdentity');
  const groups = indexGroups(
    documents.filter((document) => document.kind === 'DaemonGroup'),
    workloads,
    context,
  );
  const identities = resolveIdentities(workloads, groups, context);
  const credentials = resolveCredentials(
    documents.filter((document) => document.kind === 'CredentialSource'),
    documents.filter((document) => document.kind === 'CredentialBinding'),
    identities,
    context,
  );
  if (project === undefined || hasErrors(diagnostics)) return { diagnostics };
  const { trustDomain, defaultPosture } = project.spec;
  const source = (side: 'egress' | 'ingress') => project.source.locate(['spec', 'defaultPosture', side]);
  if (index.isOverfull()) {
    diagnostics.push({
      code: 'RTP1501',
      severity: 'error',
      range: project.source.locate(['metadata', 'name']),
      message: 'the egress rules select more services than fit into a bundle',
      fix: 'let rules select by the same labels, or compile for one node with --node',
    });
    return { diagnostics };
  }
  const model: Model = {
    project: {
      name: project.metadata.name,
      trustDomain,
      egress: { posture: defaultPosture.egress, source: source('egress') },
      ingress: { posture: defaultPosture.ingress, source: source('ingress') },
    },
    identities: identities.identities,
    services,
    sources: credentials.sources,
    bindings: credentials.bindings,
  };
  return { value: model, diagnostics };
}
