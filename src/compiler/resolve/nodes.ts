// SPDX-License-Identifier: Apache-2.0
// Which identities are for the node that is compiled for: scopes, and groups of nodes.

import { suggestName } from '../../diagnostics/suggest.ts';
import { counted } from '../../terminal/counted.ts';
import type { DaemonGroupDocument, Scope, WorkloadIdentityDocument } from '../shape/types.ts';
import { nearName, type ResolveContext } from './context.ts';

/** The groups by their workload IDs. */
export type Groups = ReadonlyMap<string, DaemonGroupDocument>;

/** Groups by workload ID; reports those that no scope names. */
export function indexGroups(
  documents: readonly DaemonGroupDocument[],
  identities: readonly WorkloadIdentityDocument[],
  { diagnostics }: Pick<ResolveContext, 'diagnostics'>,
): Groups {
  const used = new Set(identities.map(({ spec }) => spec.scope?.daemonGroup?.id));
  for (const { metadata, spec, source } of documents) {
    if (used.has(spec.workloadID)) continue;
    diagnostics.push({
      code: 'RTP1217',
      severity: 'warning',
      range: source.locate(['metadata', 'name']),
      path: ['metadata', 'name'],
      message: `no scope names the group "${metadata.name}"`,
      fix: `name it with scope.daemonGroup.id: ${spec.workloadID}, or remove it`,
    });
  }
  return new Map(documents.map((document) => [document.spec.workloadID, document]));
}

/** Whether the identity is for the node; reports a scope without a node, and one that names no group. */
export function isForNode(
  { spec, source }: WorkloadIdentityDocument,
  groups: Groups,
  context: Pick<ResolveContext, 'options' | 'diagnostics'>,
  isNode: ReturnType<typeof nodeTest>,
): boolean {
  const { scope, workloadID } = spec;
  const { options, diagnostics } = context;
  if (scope === undefined) return true;
  const isGroup = scope.daemonGroup !== undefined;
  const id = scope.daemonGroup?.id ?? scope.daemon?.id ?? '';
  const path = ['spec', 'scope', isGroup ? 'daemonGroup' : writtenName(source.value), 'id'];
  const group = groups.get(id);
  if (isGroup && group === undefined) {
    diagnostics.push({
      code: 'RTP1214',
      severity: 'error',
      range: source.locate(path),
      path,
      message: `there is no DaemonGroup with the workloadID "${id}"`,
      fix: 'correct the id, or add a DaemonGroup that lists its nodes',
      ...nearName(id, () => groups.keys(), context),
    });
    return false;
  }
  if (options.scopes === 'ignore') return true;
  const { node } = options;
  if (node !== undefined) return isNode(nodesOf(scope, groups));
  diagnostics.push({
    code: 'RTP1206',
    severity: 'error',
    range: source.locate(path),
    path,
    message: `the identity "${workloadID}" is for ${isGroup ? 'nodes of the group' : 'the node'} "${id}", and no node is named`,
    why: 'without the node it would be given on every node, which is more than was written',
    fix: "name the node's workload ID with --node",
  });
  return false;
}

/** The nodes of a scope: workload IDs, or beginnings of them that end in `*`; undefined: every node. */
export function nodesOf(scope: Scope | undefined, groups: Groups): readonly string[] | undefined {
  if (scope === undefined) return undefined;
  if (scope.daemon !== undefined) return [scope.daemon.id];
  const daemons = groups.get(scope.daemonGroup.id)?.spec.daemons;
  return daemons?.includes('*') === true ? undefined : daemons;
}

/** Reports a node that no scope and no group names: most likely it is misspelt, and then its own identities are left out. */
export function checkNode(
  documents: readonly WorkloadIdentityDocument[],
  groups: Groups,
  own: number,
  { options: { node }, diagnostics }: Pick<ResolveContext, 'options' | 'diagnostics'>,
): void {
  const scoped = documents.filter(({ spec }) => spec.scope !== undefined);
  const [first] = scoped;
  if (node === undefined || first === undefined) return;
  const daemons = [...groups.values()].flatMap(({ spec }) => spec.daemons);
  const namesOf = ({ spec }: WorkloadIdentityDocument) => nodesOf(spec.scope, groups) ?? [];
  const names = [...daemons, ...scoped.flatMap(({ spec }) => spec.scope?.daemon?.id ?? [])];
  if (nodeTest(node)(names)) return;
  const suggestion = suggestName(
    node,
    names.filter((name) => !name.endsWith('*')),
  );
  const near = scoped.find((document) => suggestion !== undefined && namesOf(document).includes(suggestion));
  const { source } = near ?? first;
  const path = ['spec', 'scope'];
  const others = documents.length - own;
  diagnostics.push({
    code: 'RTP1220',
    severity: own === 0 ? 'error' : 'warning',
    range: source.locate(path),
    path,
    message: `no scope and no DaemonGroup names the node "${node}"`,
    why: `${counted(others, 'identity is', 'identities are')} for other nodes and left out${own === 0 ? '; none remains' : ''}`,
    fix: 'correct --node (or RIPTIDES_NODE), or add the node to a scope or a DaemonGroup',
    ...(suggestion !== undefined && { suggestion }),
  });
}

/** Whether a node is one of those of a scope. Identities of one group have one list of nodes, which is looked at once. */
export function nodeTest(node: string): (nodes: readonly string[] | undefined) => boolean {
  const known = new Map<readonly string[], boolean>();
  return (nodes) => {
    if (nodes === undefined) return true;
    const is =
      known.get(nodes) ??
      nodes.some((pattern) =>
        pattern.endsWith('*') ? node.startsWith(pattern.slice(0, -1)) : node === pattern,
      );
    known.set(nodes, is);
    return is;
  };
}

/** `agent` is the old name of `daemon`. */
function writtenName(value: unknown): 'daemon' | 'agent' {
  const { spec } = Object.assign({ spec: undefined }, value);
  const { scope } = Object.assign({ scope: undefined }, spec);
  return typeof scope === 'object' && scope !== null && 'agent' in scope ? 'agent' : 'daemon';
}
