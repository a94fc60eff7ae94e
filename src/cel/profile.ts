// SPDX-License-Identifier: Apache-2.0
// How large values are: what bounds the work of an expression before it runs. A profile is measured of values that are there,
// by their types, and says the most that any of them has.

import type { CelType, ObjectTypes } from './values.ts';

/** The largest sizes of any value of one field. */
export interface Profile {
  /** Entries of a list or a map. */
  readonly entries: number;
  /** UTF-16 code units of a text, or of the longest key of a map. */
  readonly chars: number;
  /** Whether it is a map: a loop is then over its keys. */
  readonly isMap?: boolean;
  /** Any entry. */
  readonly item?: Profile | undefined;
  /** Fields of an object. */
  readonly fields?: ReadonlyMap<string, Profile>;
}

/** Of a value without parts. */
export const SCALAR: Profile = { entries: 0, chars: 0 };

/** The profile of values of a type, as plain data. */
export function profileOf(values: Iterable<unknown>, type: CelType, types: ObjectTypes): Profile {
  const building = start();
  for (const value of values) measure(building, value, type, types);
  return building;
}

/** The profile of what may be one value or the other. */
export function either(a: Profile, b: Profile): Profile {
  if (a === b || b === SCALAR) return a;
  if (a === SCALAR) return b;
  const item = a.item === undefined || b.item === undefined ? (a.item ?? b.item) : either(a.item, b.item);
  const names = new Set([...(a.fields?.keys() ?? []), ...(b.fields?.keys() ?? [])]);
  const fields = new Map(
    [...names].map((name) => [name, either(a.fields?.get(name) ?? SCALAR, b.fields?.get(name) ?? SCALAR)]),
  );
  return {
    entries: Math.max(a.entries, b.entries),
    chars: Math.max(a.chars, b.chars),
    isMap: a.isMap === true || b.isMap === true,
    item,
    fields,
  };
}

/** The work of looking at all of a value, in steps. */
export function weight(profile: Profile): number {
  const fields = [...(profile.fields?.values() ?? [])].reduce((sum, field) => sum + weight(field), 0);
  const items = profile.entries * (1 + (profile.item === undefined ? 0 : weight(profile.item)));
  return 1 + profile.chars / CHARS_PER_STEP + items + fields;
}

/** Characters that a native function of JavaScript looks at in the time of one step. */
export const CHARS_PER_STEP = 32;

interface Building {
  entries: number;
  chars: number;
  isMap: boolean;
  item: Building | undefined;
  readonly fields: Map<string, Building>;
}

function start(): Building {
  return { entries: 0, chars: 0, isMap: false, item: undefined, fields: new Map() };
}

function measure(into: Building, value: unknown, type: CelType, types: ObjectTypes): void {
  if (typeof value === 'string') into.chars = Math.max(into.chars, value.length);
  if (typeof value !== 'object' || value === null) return;
  // Where nothing says what a value is, it is what it is.
  const inner = type === 'dyn' ? type : (/^list<(.*)>$/.exec(type) ?? /^map<string, (.*)>$/.exec(type))?.[1];
  const fields = types[type];
  if (fields !== undefined) {
    for (const [name, of] of Object.entries(value)) {
      const fieldType = fields[name];
      if (fieldType === undefined) continue;
      const field = into.fields.get(name) ?? start();
      into.fields.set(name, field);
      measure(field, of, fieldType, types);
    }
  } else if (inner !== undefined) {
    const parts: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
    into.entries = Math.max(into.entries, parts.length);
    into.item ??= start();
    for (const part of parts) measure(into.item, part, inner, types);
    if (Array.isArray(value)) return;
    into.isMap = true;
    for (const key of Object.keys(value)) into.chars = Math.max(into.chars, key.length);
  }
}
