// SPDX-License-Identifier: Apache-2.0
// Which labels are told: those that a policy can ask for, in one order, and no more than the kernel takes.

import { LIMITS } from '../../bundle/generated.ts';
import { compareText } from '../../bundle/text.ts';
import { findFact } from '../../schema/facts/table.ts';
import { normaliseValue, valueProblem } from '../../schema/facts/values.ts';
import type { Label } from './types.ts';

/** Labels of a process that are told. */
export const MOST_LABELS = 256;

/** Why a label is not told. */
export type DropReason =
  /** The language has no such fact, or the name cannot be told from the value. */
  | 'name'
  | 'control-character'
  /** `name=value` has more bytes than a label may have (`label-length` of spec/bundle.yaml). */
  | 'too-long'
  /** No selector can have the value: it is empty, or not of the type of its fact. */
  | 'value'
  /** There are more than MOST_LABELS. */
  | 'too-many';

/** How many labels were dropped, by the reason. */
export type Dropped = Readonly<Partial<Record<DropReason, number>>>;

export interface BoundLabels {
  readonly labels: readonly Label[];
  readonly dropped: Dropped;
}

/** Controls, halves of surrogate pairs, and what separates lines. */
const CONTROL = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;

/**
 * The labels of one collector that can be told, each once, as a selector has them. Facts with a name of their own come before those of families,
 * as whoever starts a container can give it any number of labels.
 */
export function boundLabels(labels: readonly Label[]): BoundLabels {
  const dropped: Partial<Record<DropReason, number>> = {};
  const told = new Map<string, Label & { readonly isOfFamily: boolean }>();
  for (const label of labels) {
    const judged = judge(label);
    if (typeof judged === 'string') dropped[judged] = (dropped[judged] ?? 0) + 1;
    else told.set(textOf(judged), judged);
  }
  const sorted = [...told.values()].sort(
    (a, b) =>
      Number(a.isOfFamily) - Number(b.isOfFamily) ||
      compareText(a.name, b.name) ||
      compareText(a.value, b.value),
  );
  return { labels: sorted.map(({ name, value }) => ({ name, value })), dropped };
}

/** A label as the kernel is told it. */
export function textOf({ name, value }: Label): string {
  return `${name}=${value}`;
}

function judge({ name, value }: Label): DropReason | (Label & { readonly isOfFamily: boolean }) {
  if (CONTROL.test(name) || CONTROL.test(value)) return 'control-character';
  const fact = findFact(name);
  if (fact === undefined || fact.native !== undefined || name.includes('=')) return 'name';
  if (Buffer.byteLength(name) + 1 + Buffer.byteLength(value) > LIMITS.labelLength) return 'too-long';
  if (valueProblem(value, fact, name) !== undefined) return 'value';
  return { name, value: String(normaliseValue(value, fact)), isOfFamily: fact.name.includes('<') };
}
