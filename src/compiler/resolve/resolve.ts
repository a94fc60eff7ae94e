// SPDX-License-Identifier: Apache-2.0

import { type Checked, type Diagnostic, hasErrors } from '../../diagnostics/diagnostic.ts';
import { memoCheck, memoLast } from '../incremental.ts';
import type { ProjectDocument, ShapedDocument } from '../shape/types.ts';
import { MOST_SUGGESTIONS, type ResolveContext } from './context.ts';
import { type ResolvedCredentials, resolveCredentials } from './credentials.ts';
import { fits, type Frame, kindFilter, makeFrame } from './frame.ts';
import { createNarrowing } from './narrow.ts';
import { resolveService } from './services.ts';
import type { Model, ModelProject, ResolveOptions } from './types.ts';

/** The model of a policy for a node. `documents` are all of its documents, shaped without error, in any order. */
export function resolveModel(
  documents: readonly ShapedDocument[],
  options: ResolveOptions = {},
): Checked<Model> {
  const { value, diagnostics } = createResolving()(documents, options);
  return { ...(value && { value: createNarrowing()(value, options.node) }), diagnostics };
}

/**
 * Resolves a policy whole, for all nodes, one version of it after the other. When nothing has changed that other documents look at, only
 * the documents that changed are resolved anew; all other parts of the model are the same objects as before.
 */
export function createResolving(): (
  documents: readonly ShapedDocument[],
  options: ResolveOptions,
) => Checked<Model> {
  let frame: Frame | undefined;
  let credentials: Kept<ResolvedCredentials> | undefined;
  const servicesOf = kindFilter('Service');
  const workloadsOf = kindFilter('WorkloadIdentity');
  const resolveServices = memoCheck(resolveService);
  const inOrder = memoLast(pick);
  const inIdOrder = memoLast(pick);
  const projectOf = memoLast(modelProject);

  const resolve = (
    { project, index, diagnostics: found, ...of }: Frame,
    documents: readonly ShapedDocument[],
    options: ResolveOptions,
  ): Checked<Model> => {
    const diagnostics = [...found];
    const services = inOrder(resolveServices(servicesOf(documents), { diagnostics }), of.serviceOrder);
    const trustDomain = project?.spec.trustDomain ?? '';
    const context: ResolveContext = {
      trustDomain,
      onRevoke: project?.spec.onRevoke ?? 'close',
      onAgentLoss: project?.spec.onAgentLoss ?? 'deny',
      services,
      index,
      options,
      diagnostics,
    };
    const identities = inIdOrder(
      of.resolveIdentities(workloadsOf(documents), context),
      of.identityOrder.order,
    );
    if (credentials === undefined) {
      const from = diagnostics.length;
      const value = resolveCredentials(of.sources, of.bindings, of.identityOrder, context);
      credentials = { value, found: diagnostics.slice(from) };
    } else diagnostics.push(...credentials.found);
    if (project === undefined || hasErrors(diagnostics)) return { diagnostics };
    if (index.isOverfull()) return { diagnostics: [...diagnostics, overfull(project)] };
    return {
      value: { project: projectOf(project), identities, services, ...credentials.value },
      diagnostics,
    };
  };

  return (documents, options) => {
    const again = frame !== undefined && fits(frame, documents, options);
    if (frame === undefined || !again) {
      frame = makeFrame(documents, options);
      credentials = undefined;
    } else frame = { ...frame, documents };
    const result = resolve(frame, documents, options);
    // An index grows with what is asked of it: whether that is too much is for a new one to say. And of many diagnostics the first
    // ones get suggestions: not those that were there first.
    if (!frame.index.isOverfull() && result.diagnostics.length < MOST_SUGGESTIONS) return result;
    frame = undefined;
    return again ? createResolving()(documents, options) : result;
  };
}

interface Kept<T> {
  readonly value: T;
  readonly found: readonly Diagnostic[];
}

/** The items with these indices, in this order. */
function pick<T>(items: readonly T[], indices: readonly number[]): readonly T[] {
  const picked: T[] = [];
  for (const index of indices) {
    const item = items[index];
    if (item !== undefined) picked.push(item);
  }
  return picked;
}

function modelProject({ metadata, spec, source }: ProjectDocument): ModelProject {
  const rangeOf = (side: 'egress' | 'ingress') => source.locate(['spec', 'defaultPosture', side]);
  return {
    name: metadata.name,
    trustDomain: spec.trustDomain,
    egress: { posture: spec.defaultPosture.egress, source: rangeOf('egress') },
    ingress: { posture: spec.defaultPosture.ingress, source: rangeOf('ingress') },
    keep: spec.onRevoke === 'keep',
    udp: spec.transports.includes('udp'),
    denyOthers: spec.otherTransports === 'deny',
  };
}

function overfull({ source }: ProjectDocument): Diagnostic {
  return {
    code: 'RTP1501',
    severity: 'error',
    range: source.locate(['metadata', 'name']),
    message: 'the egress rules select more services than fit into a bundle',
    fix: 'let rules select by the same labels, or compile for one node with --node',
  };
}
