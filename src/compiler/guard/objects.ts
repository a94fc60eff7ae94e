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
import { either, type Profile, profileOf, SCALAR } from '../../cel/profile.ts';
import type { CelType, ObjectTypes } from '../../cel/values.ts';
import { isKind, type Kind } from '../../schema/json-schema.ts';
import { SCHEMAS } from '../../schema/kinds.ts';
import { FACT_TYPES } from './facts.ts';
import { memoFlatMap, memoFold } from '../incremental.ts';
import type { ShapedDocument } from '../shape/types.ts';
import { startTypes } from './derive.ts';
import type { GuardContext } from './types.ts';

/** All documents as CEL values, and how large they are. */
export interface GuardedPolicy {
  /** With `policy` and `git`; `object` and `oldObject` are added for each kind. */
  readonly environment: CelEnvironment;
  /** What `policy`, `git`, `object` and `oldObject` are for a document; `policy` is made when `whole` asks for it, else it is empty. */
  readonly valuesFor: (document: ShapedDocument, whole?: boolean) => Readonly<Record<string, unknown>>;
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

/** Converts documents, each once, for all guardrails. */
export function makeObjects(documents: readonly ShapedDocument[], context: GuardContext): GuardedPolicy {
  return createObjects()(documents, context);
}

/** `makeObjects` again and again: documents that are the same objects as before are not converted or measured again. */
export function createObjects(): typeof makeObjects {
  const types = objectTypes();
  const environment = extendEnvironment(
    createEnvironment(types, FACT_TYPES),
    {},
    { policy: 'Policy', git: 'Git' },
  );
  const converted = new WeakMap<ShapedDocument, unknown>();
  const convert = (document: ShapedDocument): unknown => {
    const known = converted.get(document) ?? celValue(environment, document, document.kind);
    converted.set(document, known);
    return known;
  };
  const nothing = new Map(guardedKinds().map((kind) => [kind, emptyObject(environment, kind)]));
  const nowOf = createSplit(types);
  const beforeOf = createSplit(types);
  return (documents, context) => {
    const now = nowOf(documents);
    const before = beforeOf(context.previous ?? []);
    const previous = new Map((context.previous ?? []).map((document) => [keyOf(document), document]));
    const oldObject = (document: ShapedDocument): unknown => {
      const old = previous.get(keyOf(document));
      if (old !== undefined) return convert(old);
      return isKind(document.kind) ? nothing.get(document.kind) : undefined;
    };
    const git = celValue(environment, { ...NO_GIT, ...context.git }, 'Git');
    const empty = emptyObject(environment, 'Policy');
    let policy: unknown;
    const wholePolicy = (): unknown =>
      (policy ??= policyValue(environment, (kind) => (now.get(kind)?.documents ?? []).map(convert)));
    return {
      environment,
      valuesFor: (document, whole = true) => ({
        policy: whole ? wholePolicy() : empty,
        git,
        object: convert(document),
        oldObject: oldObject(document),
      }),
      sizesFor: measure(now, before, profileOf([{ ...NO_GIT, ...context.git }], 'Git', types)),
      ofKind: (kind) => now.get(kind)?.documents ?? [],
    };
  };
}

/** The documents of one kind, and the most that any of them has. */
interface OfKind {
  readonly documents: readonly ShapedDocument[];
  readonly profile: Profile;
}

function createSplit(
  types: ObjectTypes,
): (documents: readonly ShapedDocument[]) => ReadonlyMap<Kind, OfKind> {
  const kinds = guardedKinds().map((kind) => ({
    kind,
    filter: memoFlatMap((document: ShapedDocument) => (document.kind === kind ? [document] : [])),
    profile: memoFold(
      (documents: readonly ShapedDocument[]) => profileOf(documents, kind, types),
      either,
      SCALAR,
    ),
  }));
  return (all) =>
    new Map(
      kinds.map(({ kind, filter, profile }) => {
        const documents = filter(all);
        return [kind, { documents, profile: profile(documents) }];
      }),
    );
}

function keyOf({ kind, metadata }: ShapedDocument): string {
  return `${kind} ${metadata.name}`;
}

/** The whole set, made of the values that `object` has: they are converted once. */
function policyValue(environment: CelEnvironment, objectsOf: (kind: Kind) => readonly unknown[]): unknown {
  const fields = guardedKinds().flatMap((kind) => {
    const list = objectsOf(kind);
    if (kind !== 'Project') return [[policyField(kind), list] as const];
    return list.slice(0, 1).map((project) => [policyField(kind), project] as const);
  });
  return Object.assign(emptyObject(environment, 'Policy'), Object.fromEntries(fields));
}

function measure(
  now: ReadonlyMap<Kind, OfKind>,
  before: ReadonlyMap<Kind, OfKind>,
  git: Profile,
): (kind: Kind) => Sizes {
  const fields = new Map(
    guardedKinds().map((kind): [string, Profile] => {
      const { documents, profile: item } = now.get(kind) ?? { documents: [], profile: SCALAR };
      const list = { entries: documents.length, chars: 0, item };
      return [policyField(kind), kind === 'Project' ? item : list];
    }),
  );
  const policy: Profile = { entries: 0, chars: 0, fields };
  return (kind) =>
    new Map([
      ['policy', policy],
      ['git', git],
      ['object', now.get(kind)?.profile ?? SCALAR],
      ['oldObject', before.get(kind)?.profile ?? SCALAR],
    ]);
}
