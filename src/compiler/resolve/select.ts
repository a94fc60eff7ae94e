// SPDX-License-Identifier: Apache-2.0
// Which services a label selector selects. An index from label to services keeps it from being a question of every
// selector to every service; equal selectors are answered once.

import { LIMITS } from '../../bundle/generated.ts';
import { compareText } from '../../bundle/text.ts';
import type { LabelSelector } from '../shape/types.ts';
import { listInterner } from './intern.ts';

/** More selected services than this, counted over all different selectors, could not be put into any bundle. */
const MOST_SELECTED = LIMITS.bundleSize / Uint32Array.BYTES_PER_ELEMENT;

export interface Labelled {
  readonly labels: Readonly<Record<string, string>>;
}

export interface Addressed {
  readonly endpoints: readonly unknown[];
  readonly names: readonly unknown[];
}

export interface ServiceIndex {
  /** Services that have all labels of the selector, each with one of its values: indices, ascending. */
  readonly select: (selector: LabelSelector) => readonly number[];
  /** Services that one of the selectors selects: indices, ascending; the same array for equal answers. */
  readonly selectAny: (selectors: readonly LabelSelector[]) => readonly number[];
  readonly hasKey: (key: string) => boolean;
  readonly hasLabel: (key: string, value: string) => boolean;
  /** All keys of labels. */
  readonly keys: () => readonly string[];
  /** All values of labels with this key. */
  readonly values: (key: string) => readonly string[];
  /** Whether one of the selected services has an address or a host name. An answer of `selectAny` is looked at once. */
  readonly hasAddress: (selected: readonly number[], services: readonly Addressed[]) => boolean;
  /** Whether the answers together became too long for a bundle; they are empty from then on. */
  readonly isOverfull: () => boolean;
}

/** Indexes services by their labels. */
export function indexServices(services: readonly Labelled[]): ServiceIndex {
  const byKey = new Map<string, Map<string, number[]>>();
  services.forEach(({ labels }, service) => {
    for (const [key, value] of Object.entries(labels)) {
      const values = byKey.get(key) ?? new Map<string, number[]>();
      byKey.set(key, values);
      const list = values.get(value);
      if (list === undefined) values.set(value, [service]);
      else list.push(service);
    }
  });
  const answers = new Map<string, readonly number[]>();
  const { intern } = listInterner();
  let selected = 0;
  let withAddress = new WeakMap<readonly number[], boolean>();
  let lastServices: readonly Addressed[] = [];

  const remember = (key: string, compute: () => readonly number[]): readonly number[] => {
    const known = answers.get(key);
    if (known !== undefined) return known;
    const answer = selected > MOST_SELECTED ? [] : intern(compute());
    selected += answer.length;
    answers.set(key, answer);
    return answer;
  };

  function compute(selector: LabelSelector): readonly number[] {
    const conditions = Object.entries(selector).map(([key, values]) => {
      const lists = values.map((value) => byKey.get(key)?.get(value) ?? []);
      return { key, values: new Set(values), lists, size: lists.reduce((sum, list) => sum + list.length, 0) };
    });
    // Only the services of the rarest label are looked at.
    const rarest = conditions.reduce((a, b) => (b.size < a.size ? b : a));
    const others = conditions.filter((condition) => condition !== rarest);
    return sorted(rarest.lists.flat()).filter((service) => {
      const labels = services[service]?.labels ?? {};
      return others.every(({ key, values }) => {
        const value = labels[key];
        return value !== undefined && values.has(value);
      });
    });
  }

  const select = (selector: LabelSelector): readonly number[] =>
    remember(selectorKey(selector), () => compute(selector));
  return {
    select,
    selectAny: (selectors) => {
      const [only] = selectors;
      if (only !== undefined && selectors.length === 1) return select(only);
      const keys = [...new Set(selectors.map(selectorKey))].sort(compareText);
      return remember(keys.join('\n'), () => sorted(selectors.flatMap(select)));
    },
    hasKey: (key) => byKey.has(key),
    hasLabel: (key, value) => byKey.get(key)?.has(value) ?? false,
    keys: () => [...byKey.keys()],
    values: (key) => [...(byKey.get(key)?.keys() ?? [])],
    hasAddress: (numbers, all) => {
      if (lastServices !== all) withAddress = new WeakMap();
      lastServices = all;
      const known = withAddress.get(numbers);
      if (known !== undefined) return known;
      const has = numbers.some((number) => {
        const service = all[number];
        return service !== undefined && service.endpoints.length + service.names.length > 0;
      });
      withAddress.set(numbers, has);
      return has;
    },
    isOverfull: () => selected > MOST_SELECTED,
  };
}

/** Ascending, without duplicates. */
function sorted(numbers: readonly number[]): readonly number[] {
  return [...new Set(numbers)].sort((a, b) => a - b);
}

/** The same text for selectors that mean the same. JSON, because labels may hold any character. */
function selectorKey(selector: LabelSelector): string {
  const entries = Object.entries(selector).map(([key, values]) => [
    key,
    ...[...new Set(values)].sort(compareText),
  ]);
  return JSON.stringify(entries.sort(([a = ''], [b = '']) => compareText(a, b)));
}
