// SPDX-License-Identifier: Apache-2.0

/** Whether a text begins with one of the texts: a shorter one, or, where it may be `whole`, the text itself. */
export function prefixTest(texts: Iterable<string>): (text: string, whole: boolean) => boolean {
  return affixTest(texts, (text, length) => text.slice(0, length));
}

/** `prefixTest` for what a text ends with. */
export function suffixTest(texts: Iterable<string>): (text: string, whole: boolean) => boolean {
  return affixTest(texts, (text, length) => text.slice(text.length - length));
}

/** Looks at each length that there is, not at each text. */
function affixTest(
  texts: Iterable<string>,
  cut: (text: string, length: number) => string,
): (text: string, whole: boolean) => boolean {
  const known = new Set(texts);
  const lengths = [...new Set([...known].map(({ length }) => length))].sort((a, b) => a - b);
  return (text, whole) => {
    for (const length of lengths) {
      if (length > text.length || (length === text.length && !whole)) return false;
      if (known.has(cut(text, length))) return true;
    }
    return false;
  };
}
