// SPDX-License-Identifier: Apache-2.0
// The policy as guardrails see it. Documents are those of the shape stage: defaults are filled in, what may be one value or
// a list is a list, ports are ranges. An expression therefore need not know how a document was written.

import type { Sizes } from '../../cel/cost.ts';
import {
  celValue,
  type CelEnvironment,
  createEnvironment,
  emptyObject,
  extendEnvironment,
} from '../../cel/environment.ts';
import { type Profile, profileOf, SCALAR } from '../../cel/profile.ts';
import type { CelType, ObjectTypes } from '../../cel/values.ts';
import { isKind, type Kind } from '../../schema/json-schema.ts';
import { SCHEMAS } from '../../schema/kinds.ts';
import type { ShapedDocument } from '../shape/types.ts';
import { startTypes } from './derive.ts';
import type { GuardContext } from './types.ts';

/** All documents as CEL values, and how large they are. */
export interface GuardedPolicy {
  /** With `policy` and `git`; `object` and `oldObject` are added for each kind. */
  readonly environment: CelEnvironment;
  /** What `policy`, `git`, `object` and `oldObject` are for a document. */
  readonly valuesFor: (document: ShapedDocument) => Readonly<Record<string, unknown>>;
  /** How large they are for the documents of a kind. */
  readonly sizesFor: (kind: Kind) => Sizes;
  /** The documents of a kind. */
  readonly ofKind: (kind: Kind) => readonly ShapedDocument[];
}

const GIT = { author: 'string', branch: 'string', commit: 'string', signed: 'bool' } as const;

/** What `git` is where there is no repository, or nothing was committed. */
const NO_GIT = { author: '', branch: '', commit: '', signed: false } as const;

/** The field of `policy` with the documents of a kind: workloadIdentities, services… Of projects there is one. */
export function policyField(kind: Kind): string {
  const name = kind.charAt(0).toLowerCase() + kind.slice(1);
  if (kind === 'Project') return name;
  return name.endsWith('y') ? `${name.slice(0, -1)}ies` : `${name}s`;
}

/** The kinds that a policy is made of. */
export function guardedKinds(): readonly Kind[] {
  return Object.keys(SCHEMAS).filter(isKind);
}

/** The types of all kinds, of `policy` and of `git`. A field that a document does not have is asked for with has(). */
export function objectTypes(): ObjectTypes {
  const table = startTypes([...guardedKinds(), 'Policy', 'Git']);
  const policy: Record<string, CelType> = {};
  for (const kind of guardedKinds()) {
    const type = table.add(SCHEMAS[kind], kind) ?? 'dyn';
    policy[policyField(kind)] = kind === 'Project' ? type : `list<${type}>`;
  }
  return { ...table.types, Policy: policy, Git: GIT };
}

/** Converts the documents once, for all guardrails. */
export function makeObjects(documents: readonly ShapedDocument[], context: GuardContext): GuardedPolicy {
  const types = objectTypes();
  const environment = extendEnvironment(createEnvironment(types), {}, { policy: 'Policy', git: 'Git' });
  const convert = (document: ShapedDocument): unknown => celValue(environment, document, document.kind);
  const byKind = grouped(documents);
  const objects = new Map(
    documents.filter(({ kind }) => isKind(kind)).map((document) => [document, convert(document)]),
  );
  const previous = new Map((context.previous ?? []).map((document) => [keyOf(document), document]));
  const old = new Map<ShapedDocument, unknown>();
  const oldObject = (document: ShapedDocument): unknown => {
    const before = previous.get(keyOf(document));
    const known =
      old.get(document) ?? (before === undefined ? emptyObject(environment, document.kind) : convert(before));
    old.set(document, known);
    return known;
  };
  const git = { ...NO_GIT, ...context.git };
  const shared = { policy: policyValue(environment, objects), git: celValue(environment, git, 'Git') };
  const sizes = measure(byKind, grouped(context.previous ?? []), types, git);
  return {
    environment,
    valuesFor: (document) => ({ ...shared, object: objects.get(document), oldObject: oldObject(document) }),
    sizesFor: sizes,
    ofKind: (kind) => byKind.get(kind) ?? [],
  };
}

function grouped(documents: readonly ShapedDocument[]): ReadonlyMap<string, readonly ShapedDocument[]> {
  const groups = new Map<string, ShapedDocument[]>();
  for (const document of documents) {
    const group = groups.get(document.kind);
    if (group === undefined) groups.set(document.kind, [document]);
    else group.push(document);
  }
  return groups;
}

function keyOf({ kind, metadata }: ShapedDocument): string {
  return `${kind} ${metadata.name}`;
}

/** The whole set, made of the values that `object` has: they are converted once. */
function policyValue(environment: CelEnvironment, objects: ReadonlyMap<ShapedDocument, unknown>): unknown {
  const lists = new Map(guardedKinds().map((kind): [string, unknown[]] => [kind, []]));
  for (const [document, object] of objects) lists.get(document.kind)?.push(object);
  const fields = guardedKinds().flatMap((kind) => {
    const list = lists.get(kind) ?? [];
    if (kind !== 'Project') return [[policyField(kind), list] as const];
    return list.slice(0, 1).map((project) => [policyField(kind), project] as const);
  });
  return Object.assign(emptyObject(environment, 'Policy'), Object.fromEntries(fields));
}

function measure(
  documents: ReadonlyMap<string, readonly ShapedDocument[]>,
  previous: ReadonlyMap<string, readonly ShapedDocument[]>,
  types: ObjectTypes,
  git: object,
): (kind: Kind) => Sizes {
  const profilesOf = (of: ReadonlyMap<string, readonly ShapedDocument[]>): ReadonlyMap<string, Profile> =>
    new Map(guardedKinds().map((kind) => [kind, profileOf(of.get(kind) ?? [], kind, types)]));
  const now = profilesOf(documents);
  const before = profilesOf(previous);
  const fields = new Map(
    guardedKinds().map((kind): [string, Profile] => {
      const item = now.get(kind) ?? SCALAR;
      const entries = documents.get(kind)?.length ?? 0;
      return [policyField(kind), kind === 'Project' ? item : { entries, chars: 0, item }];
    }),
  );
  const policy: Profile = { entries: 0, chars: 0, fields };
  const gitProfile = profileOf([git], 'Git', types);
  return (kind) =>
    new Map([
      ['policy', policy],
      ['git', gitProfile],
      ['object', now.get(kind) ?? SCALAR],
      ['oldObject', before.get(kind) ?? SCALAR],
    ]);
}
