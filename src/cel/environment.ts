// SPDX-License-Identifier: Apache-2.0
// What an expression can see: variables with types, and functions.

import { Environment } from 'cel-js';
import type { EntryTypes } from './entries.ts';
import { registerFunctions } from './functions.ts';
import { isOwnName } from './functions/names.ts';
import { type CelType, type Constructors, makeConstructors, type ObjectTypes, toCel } from './values.ts';

/** Bounds of one expression. */
export const CEL_LIMITS = {
  /** UTF-16 code units */
  length: 16_384,
  /** nodes of the syntax tree */
  nodes: 2_000,
  /** levels of nesting */
  depth: 50,
  /** entries of a list that is written out */
  list: 500,
  /** entries of a map that is written out */
  map: 500,
  /** arguments of a call */
  args: 32,
  /** steps of one evaluation, as estimated from the sizes of the values (cost.ts); as much for the size of the result */
  steps: 1_000_000,
} as const;

/** Methods that the engine has and CEL has not. */
const NOT_OF_CEL: ReadonlySet<string> = new Set(['json', 'hex', 'base64', 'at', 'string']);

/** What can be called. */
export interface CallNames {
  readonly functions: ReadonlySet<string>;
  readonly methods: ReadonlySet<string>;
}

/** Declared variables and types. Immutable: `extend` makes a new one. */
export interface CelEnvironment {
  readonly engine: Environment;
  readonly types: ObjectTypes;
  readonly constructors: Constructors;
  readonly variables: Readonly<Record<string, CelType>>;
  readonly calls: CallNames;
  /** Maps of it whose entries have types of their own. */
  readonly entries: EntryTypes | undefined;
}

/** An environment without variables. Types may refer to each other in any order, but not in circles. */
export function createEnvironment(types: ObjectTypes, entries?: EntryTypes): CelEnvironment {
  const engine = new Environment({
    enableOptionalTypes: true,
    unlistedVariablesAreDyn: false,
    limits: {
      maxAstNodes: CEL_LIMITS.nodes,
      maxDepth: CEL_LIMITS.depth,
      maxListElements: CEL_LIMITS.list,
      maxMapEntries: CEL_LIMITS.map,
      maxCallArguments: CEL_LIMITS.args,
    },
  });
  registerFunctions(engine);
  const defined = engine.getDefinitions().functions;
  const namesOf = (isMethod: boolean): ReadonlySet<string> =>
    new Set(
      defined.flatMap(({ name, receiverType }) =>
        (receiverType !== null) === isMethod && !isOwnName(name) && !(isMethod && NOT_OF_CEL.has(name))
          ? [name]
          : [],
      ),
    );
  const empty = {
    engine,
    calls: { functions: namesOf(false), methods: namesOf(true) },
    types: {},
    constructors: new Map(),
    variables: {},
    entries,
  };
  return extendEnvironment(empty, types, {});
}

/** The environment with more types and variables; the given one stays as it is. */
export function extendEnvironment(
  base: CelEnvironment,
  types: ObjectTypes,
  variables: Readonly<Record<string, CelType>>,
): CelEnvironment {
  const engine = base.engine.clone();
  const made = makeConstructors(types);
  for (const name of inOrder(types)) {
    const Class = made.get(name);
    if (Class !== undefined) engine.registerType(name, { ctor: Class, fields: { ...types[name] } });
  }
  for (const [name, type] of Object.entries(variables)) engine.registerVariable(name, type);
  return {
    engine,
    types: { ...base.types, ...types },
    constructors: new Map([...base.constructors, ...made]),
    variables: { ...base.variables, ...variables },
    calls: base.calls,
    entries: base.entries,
  };
}

/** Names of types, each after those that its fields use: the engine wants to know them first. */
function inOrder(types: ObjectTypes): readonly string[] {
  const done = new Set<string>();
  const visit = (name: string): void => {
    if (done.has(name)) return;
    for (const type of Object.values(types[name] ?? {})) {
      for (const [used] of type.matchAll(/\w+/g)) if (used !== name && used in types) visit(used);
    }
    done.add(name);
  };
  for (const name of Object.keys(types)) visit(name);
  return [...done];
}

/** A value of a type of the environment. Throws TypeError when it is none. */
export function celValue(environment: CelEnvironment, value: unknown, type: CelType): unknown {
  return toCel(value, type, environment.types, environment.constructors);
}

/** An object of a type of the environment, without fields. */
export function emptyObject(environment: CelEnvironment, type: CelType): object {
  const Class = environment.constructors.get(type);
  if (Class === undefined) throw new TypeError(`there is no CEL type ${type}`);
  return new Class();
}
