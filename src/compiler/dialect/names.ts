// SPDX-License-Identifier: Apache-2.0
// Names for documents that have none.

/** Longest name that is made: a number still fits behind it. */
const LENGTH = 200;

/** Gives each text a name that is valid and was not given before for the kind, nor is `taken`. The same texts in the same order get the same names. */
export function nameGiver(taken: ReadonlySet<string>): (kind: string, text: string) => string {
  const given = new Set(taken);
  /** Where the search for a free number goes on: many entries may have one name. */
  const next = new Map<string, number>();
  return (kind, text) => {
    const base = nameFrom(text) || (kind === 'Service' ? 'service' : 'identity');
    const key = nameKey(kind, base);
    let name = base;
    let number = next.get(key) ?? 2;
    while (given.has(nameKey(kind, name))) name = `${base}-${number++}`;
    next.set(key, number);
    given.add(nameKey(kind, name));
    return name;
  };
}

/** How a name is kept among those that are taken. */
export function nameKey(kind: string, name: string): string {
  return `${kind}/${name}`;
}

/** The text as a name: lower case, and dashes for what a name may not have. */
function nameFrom(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-')
    .slice(0, LENGTH)
    .split('.')
    .map((label) => label.replace(/^-+|-+$/g, ''))
    .filter((label) => label !== '')
    .join('.');
}
