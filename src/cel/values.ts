// SPDX-License-Identifier: Apache-2.0
// Plain data to values of CEL, by declared types.

/** A type as CEL writes it: `string`, `int`, `double`, `bool`, `dyn`, `list<T>`, `map<string, T>`, or the name of an object type. */
export type CelType = string;

/** Object types by name: the fields, all of which a value may lack. */
export type ObjectTypes = Readonly<Record<string, Readonly<Record<string, CelType>>>>;

/** Makes an object of a type; the engine knows the type of a value by its class. */
export type Constructors = ReadonlyMap<string, new () => object>;

/** A class for each object type. */
export function makeConstructors(types: ObjectTypes): Constructors {
  return new Map(Object.keys(types).map((name) => [name, class {}]));
}

/**
 * A value as CEL wants it: whole numbers as BigInt, maps as Map, objects of the class of their type. Fields that the type
 * does not declare are left out, and so are fields without a value.
 *
 * @throws TypeError when the value does not have the type: a mistake of riptides.
 */
export function toCel(
  value: unknown,
  type: CelType,
  types: ObjectTypes,
  constructors: Constructors,
): unknown {
  const item = /^list<(.*)>$/.exec(type)?.[1];
  if (item !== undefined) return asList(value, type).map((entry) => toCel(entry, item, types, constructors));
  const entry = /^map<string, (.*)>$/.exec(type)?.[1];
  if (entry !== undefined) {
    const entries = Object.entries(asMap(value, type)).filter(([, inner]) => inner !== undefined);
    return new Map(entries.map(([key, inner]) => [key, toCel(inner, entry, types, constructors)]));
  }
  const fields = types[type];
  const Class = constructors.get(type);
  if (fields === undefined || Class === undefined) return toScalar(value, type);
  const from = asMap(value, type);
  const fieldValues = Object.entries(fields).flatMap(([name, fieldType]) =>
    from[name] === undefined ? [] : [[name, toCel(from[name], fieldType, types, constructors)] as const],
  );
  return Object.assign(new Class(), Object.fromEntries(fieldValues));
}

function toScalar(value: unknown, type: CelType): unknown {
  if (type === 'dyn') return toDyn(value);
  if (typeof value === 'number' && type === 'int') return BigInt(value);
  if (typeof value === 'number' && type === 'double') return value;
  if (typeof value === (type === 'bool' ? 'boolean' : type)) return value;
  throw mismatch(type);
}

/** Data whose type nothing says: whole numbers are int. */
function toDyn(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(toDyn);
  if (!isRecord(value)) return value;
  return new Map(
    Object.entries(value).flatMap(([key, inner]) =>
      inner === undefined ? [] : [[key, toDyn(inner)] as const],
    ),
  );
}

function asList(value: unknown, type: CelType): readonly unknown[] {
  if (!Array.isArray(value)) throw mismatch(type);
  return value;
}

function asMap(value: unknown, type: CelType): Readonly<Record<string, unknown>> {
  if (!isRecord(value)) throw mismatch(type);
  return value;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mismatch(type: CelType): TypeError {
  return new TypeError(`a value is not of the CEL type ${type}`);
}
