// SPDX-License-Identifier: Apache-2.0
// Conditions to a simpler form with the same meaning: what is not is pushed down to the tests, tests of one field that meet are
// joined, and what contradicts itself is seen. Equal parts are one object, so that they can be compared at once.

import { FIELD, TEST } from '../bundle/generated.ts';
import { compareText } from '../bundle/text.ts';
import { hasMoment } from './clock.ts';
import { commonToAll, joinRanges, MOST_NUMBERS, otherRanges, type Ranges } from './ranges.ts';
import type { Condition, NumberField } from './types.ts';
import { joinByField, type SimpleAddress, type SimpleText } from './join.ts';
import { joinAddresses } from './simplify-addresses.ts';
import { joinTexts } from './simplify-texts.ts';

/** A condition in its simple form. `number` tells it apart from others of one simplification. */
export type Simple = { readonly number: number } & SimpleBody;

type SimpleBody =
  | { readonly kind: 'constant'; readonly value: boolean }
  /** Neither none nor all of the numbers that the field can be. */
  | { readonly kind: 'number'; readonly field: NumberField; readonly ranges: Ranges }
  | SimpleText
  | SimpleAddress
  /** At least two, none of its own kind. */
  | { readonly kind: 'all' | 'any'; readonly of: readonly Simple[] }
  | { readonly kind: 'choose'; readonly when: Simple; readonly whenTrue: Simple; readonly whenFalse: Simple };

/** The simple form of a condition. Takes time in proportion to the tests, and to the lengths of texts. */
export function simplify(condition: Condition): Simple {
  const known = new Map<string, Simple>();
  const negations = new Map<Simple, Simple>();
  const simplified = new Map<Condition, Simple>();

  const intern = (body: SimpleBody): Simple => {
    const key = keyOf(body);
    const before = known.get(key);
    if (before !== undefined) return before;
    const simple: Simple = { ...body, number: known.size };
    known.set(key, simple);
    return simple;
  };
  const constant = (value: boolean): Simple => intern({ kind: 'constant', value });

  const numberIn = (field: NumberField, ranges: Ranges): Simple => {
    if (ranges.length === 0) return constant(false);
    const [first] = ranges;
    if (first?.low === 0 && first.high === MOST_NUMBERS[field]) return constant(true);
    return intern({ kind: 'number', field, ranges });
  };

  /** What the dual form of a simple form is, part by part; that is simple, too. */
  const negate = (simple: Simple): Simple => {
    const before = negations.get(simple);
    if (before !== undefined) return before;
    const negation = intern(negationOf(simple));
    negations.set(simple, negation).set(negation, simple);
    return negation;
  };
  const negationOf = (simple: Simple): SimpleBody => {
    switch (simple.kind) {
      case 'constant':
        return { kind: 'constant', value: !simple.value };
      case 'number': {
        const { kind, field, ranges } = simple;
        return { kind, field, ranges: otherRanges(ranges, MOST_NUMBERS[field]) };
      }
      case 'text':
      case 'address':
        return { ...simple, holds: !simple.holds };
      case 'all':
        return { kind: 'any', of: simple.of.map(negate) };
      case 'any':
        return { kind: 'all', of: simple.of.map(negate) };
      case 'choose': {
        const { when, whenTrue, whenFalse } = simple;
        return { kind: 'choose', when, whenTrue: negate(whenTrue), whenFalse: negate(whenFalse) };
      }
    }
  };

  /** A part where all the others hold. */
  const settle = (part: Simple, others: ReadonlySet<Simple>): Simple => {
    if (part.kind === 'choose') {
      if (others.has(part.when)) return part.whenTrue;
      return others.has(negate(part.when)) ? part.whenFalse : part;
    }
    if (part.kind !== 'any') return part;
    if (part.of.some((inner) => others.has(inner))) return constant(true);
    const open = part.of.filter((inner) => !others.has(negate(inner)));
    return open.length === part.of.length ? part : any(open);
  };
  const all = (parts: readonly Simple[]): Simple => {
    const flat = new Set<Simple>();
    for (const part of parts) {
      if (part.kind === 'all') for (const inner of part.of) flat.add(inner);
      else flat.add(part);
    }
    const settled = [...flat].map((part) => settle(part, flat));
    // What is settled by the others may be a test that joins with them.
    if (settled.some((part) => !flat.has(part))) return all(settled);
    const numbers = new Map<NumberField, Ranges[]>();
    const texts: SimpleText[] = [];
    const addresses: SimpleAddress[] = [];
    const others: Simple[] = [];
    for (const part of flat) {
      switch (part.kind) {
        case 'constant':
          if (!part.value) return part;
          break;
        case 'number': {
          const ofField = numbers.get(part.field);
          if (ofField === undefined) numbers.set(part.field, [part.ranges]);
          else ofField.push(part.ranges);
          break;
        }
        case 'text':
          texts.push(part);
          break;
        case 'address':
          addresses.push(part);
          break;
        case 'all':
        case 'any':
        case 'choose':
          others.push(part);
          break;
      }
    }
    const joinedTexts = joinByField(texts, joinTexts);
    const joinedAddresses = joinByField(addresses, joinAddresses);
    if (joinedTexts === undefined || joinedAddresses === undefined) return constant(false);
    const common = new Map(
      [...numbers].map(([field, sets]) => [field, commonToAll(sets, MOST_NUMBERS[field])]),
    );
    const joined = [...common].map(([field, ranges]) => numberIn(field, ranges));
    if (joined.some((part) => part.kind === 'constant' && !part.value) || !hasMoment(common))
      return constant(false);
    const [first, ...rest] = [
      ...joined,
      ...joinedAddresses.map((address) => intern(address)),
      ...joinedTexts.map((text) => intern(text)),
    ]
      .sort(compareTests)
      .concat(others);
    if (first === undefined) return constant(true);
    return rest.length === 0 ? first : intern({ kind: 'all', of: [first, ...rest] });
  };
  const any = (parts: readonly Simple[]): Simple => negate(all(parts.map(negate)));

  const choose = (when: Simple, whenTrue: Simple, whenFalse: Simple): Simple => {
    if (when.kind === 'constant') return when.value ? whenTrue : whenFalse;
    if (whenTrue === whenFalse) return whenTrue;
    if (whenTrue.kind === 'constant')
      return whenTrue.value ? any([when, whenFalse]) : all([negate(when), whenFalse]);
    if (whenFalse.kind === 'constant')
      return whenFalse.value ? any([negate(when), whenTrue]) : all([when, whenTrue]);
    return intern({ kind: 'choose', when, whenTrue, whenFalse });
  };

  const simple = (of: Condition): Simple => {
    const before = simplified.get(of);
    if (before !== undefined) return before;
    const after = simpleOf(of);
    simplified.set(of, after);
    return after;
  };
  const simpleOf = (of: Condition): Simple => {
    switch (of.kind) {
      case 'constant':
        return constant(of.value);
      case 'not':
        return negate(simple(of.of));
      case 'all':
        return all(of.of.map(simple));
      case 'any':
        return any(partsOf(of.of));
      case 'number':
        return numberIn(of.field, joinRanges([of], MOST_NUMBERS[of.field]));
      case 'text':
        if (of.text === '' && of.test !== 'equal') return constant(true);
        return intern({ ...of, holds: true });
      case 'address':
        return of.prefixLength === 0 ? constant(true) : intern({ ...of, holds: true });
    }
  };
  const partsOf = (parts: readonly Condition[]): readonly Simple[] => {
    const found: Simple[] = [];
    for (let i = 0; i < parts.length; i++) {
      const [part, next] = [parts[i], parts[i + 1]];
      const choice = part && next && choiceOf(part, next);
      if (choice !== undefined) {
        found.push(choose(simple(choice.when), simple(choice.whenTrue), simple(choice.whenFalse)));
        i++;
      } else if (part !== undefined) found.push(simple(part));
    }
    return found;
  };
  return simple(condition);
}

interface Choice {
  readonly when: Condition;
  readonly whenTrue: Condition;
  readonly whenFalse: Condition;
}

/** The form that `choose` of conditions/build.ts gives. */
function choiceOf(a: Condition, b: Condition): Choice | undefined {
  if (a.kind !== 'all' || b.kind !== 'all' || a.of.length !== 2 || b.of.length !== 2) return undefined;
  const [when, whenTrue] = a.of;
  const [unless, whenFalse] = b.of;
  if (when === undefined || whenTrue === undefined || whenFalse === undefined) return undefined;
  return unless?.kind === 'not' && unless.of === when ? { when, whenTrue, whenFalse } : undefined;
}

function keyOf(body: SimpleBody): string {
  switch (body.kind) {
    case 'constant':
      return String(body.value);
    case 'number':
      return `${body.field} ${body.ranges.map(({ low, high }) => `${low}-${high}`).join(' ')}`;
    case 'text':
      return `${body.field} ${body.holds} ${body.test} ${body.text}`;
    case 'address':
      return `${body.field} ${body.holds} ${Buffer.from(body.address).toString('hex')}/${body.prefixLength}`;
    case 'all':
    case 'any':
      return `${body.kind} ${body.of.map(({ number }) => number).join(' ')}`;
    case 'choose':
      return `choose ${body.when.number} ${body.whenTrue.number} ${body.whenFalse.number}`;
  }
}

/** Tests in the order in which they are made: numbers, which cost least, then addresses, then texts. */
function compareTests(a: Simple, b: Simple): number {
  const rank = rankOf(a) - rankOf(b);
  if (rank !== 0) return rank;
  if (a.kind === 'text' && b.kind === 'text')
    return TEST[a.test] - TEST[b.test] || compareText(a.text, b.text) || Number(a.holds) - Number(b.holds);
  if (a.kind === 'address' && b.kind === 'address') {
    const order = Buffer.compare(a.address, b.address) || a.prefixLength - b.prefixLength;
    return order || Number(a.holds) - Number(b.holds);
  }
  return 0;
}

function rankOf(simple: Simple): number {
  switch (simple.kind) {
    case 'number':
      return FIELD[simple.field];
    case 'address':
      return 100 + FIELD[simple.field];
    case 'text':
      return 200 + FIELD[simple.field];
    case 'constant':
    case 'all':
    case 'any':
    case 'choose':
      return 300;
  }
}
