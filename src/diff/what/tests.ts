// SPDX-License-Identifier: Apache-2.0
// What an instruction of a condition tests, in terms of dimensions.

import { parsePrefix } from '../../bundle/address.ts';
import type { InstructionView } from '../../bundle/view.ts';
import { InternalError } from '../../errors.ts';
import type { Diagram, Diagrams } from '../space/diagrams.ts';
import { boundsOfPrefix } from '../space/numbers.ts';
import type { TextTestName } from '../space/texts.ts';
import {
  DIMENSION,
  MINUTES_OF_WEEK,
  type NumberName,
  type TextName,
  type Space,
  type SpaceParts,
} from '../space/space.ts';

/** `out`: connections that are opened; `in`: that are accepted. Fields mean different things for each. */
export type Direction = 'out' | 'in';

export type Formula =
  | { readonly kind: 'constant'; readonly value: boolean }
  | { readonly kind: 'all' | 'any'; readonly of: readonly Formula[] }
  | { readonly kind: 'not'; readonly of: Formula }
  | { readonly kind: 'number'; readonly dimension: NumberName; readonly low: number; readonly high: number }
  | {
      readonly kind: 'text';
      readonly dimension: TextName;
      readonly test: TextTestName;
      readonly text: string;
    }
  | { readonly kind: 'address'; readonly low: string; readonly high: string };

const YES: Formula = { kind: 'constant', value: true };
const NO: Formula = { kind: 'constant', value: false };
const DAY = 24 * 60;
const NOT_KNOWN = 4294967295;

/** The test of an instruction. What a field means depends on the direction, as in kmod/core/condition.c. */
export function formulaOf({ field, test, operand }: InstructionView, direction: Direction): Formula {
  const goesOut = direction === 'out';
  switch (field) {
    case 'processUid':
      return numberFormula('uid', operand);
    case 'processGid':
      return numberFormula('gid', operand);
    case 'destinationPort':
      return numberFormula(goesOut ? 'port' : 'localPort', operand);
    case 'sourcePort':
      return goesOut ? holdsOf(numberFormula('port', operand), 0) : numberFormula('port', operand);
    case 'time':
      return numberFormula('time', operand);
    case 'weekMinute':
      return numberFormula('weekMinute', operand);
    case 'dayMinute':
      return dayFormula(operand);
    case 'processName':
      return textFormula('name', test, operand);
    case 'processBinaryPath':
      return textFormula('path', test, operand);
    case 'processCmdline':
      return textFormula('cmdline', test, operand);
    case 'destinationName':
      return goesOut ? textFormula('hostName', test, operand) : ofNothing(test, operand);
    case 'peerId':
      return goesOut ? ofNothing(test, operand) : idFormula(textTest(test), operand);
    case 'peerDomain':
      return goesOut ? ofNothing(test, operand) : textFormula('peerDomain', test, operand);
    case 'peerPath':
      return goesOut ? ofNothing(test, operand) : textFormula('peerPath', test, operand);
    case 'destinationIp':
      return goesOut ? addressFormula(operand) : ofNowhere(operand);
    case 'sourceIp':
      return goesOut ? ofNowhere(operand) : addressFormula(operand);
  }
}

function numberFormula(dimension: NumberName, operand: string): Formula & { readonly kind: 'number' } {
  const [low = '', high = low] = operand.split('-');
  return { kind: 'number', dimension, low: Number(low), high: Number(high) };
}

function holdsOf({ low, high }: { readonly low: number; readonly high: number }, value: number): Formula {
  return low <= value && value <= high ? YES : NO;
}

/** A part of the day is that part of each day of the week. */
function dayFormula(operand: string): Formula {
  const { low, high } = numberFormula('weekMinute', operand);
  const last = Math.min(high, DAY - 1);
  if (low > last) return NO;
  return {
    kind: 'any',
    of: Array.from({ length: MINUTES_OF_WEEK / DAY }, (_, day): Formula => {
      return { kind: 'number', dimension: 'weekMinute', low: day * DAY + low, high: day * DAY + last };
    }),
  };
}

function textTest(test: InstructionView['test']): TextTestName {
  if (test === 'equal' || test === 'starts' || test === 'ends') return test;
  throw new InternalError(`a text is tested by ${test}`);
}

function textFormula(dimension: TextName, test: InstructionView['test'], text: string): Formula {
  return { kind: 'text', dimension, test: textTest(test), text };
}

/** A test of a text that is not known, so empty. */
function ofNothing(test: InstructionView['test'], text: string): Formula {
  return test === 'equal' && text === '' ? YES : NO;
}

function addressFormula(operand: string): Formula {
  const prefix = parsePrefix(operand);
  if ('problem' in prefix) throw new InternalError(`${operand} is no prefix`);
  return { kind: 'address', ...boundsOfPrefix(prefix.address, prefix.prefixLength) };
}

/** A test of an address that is not known, so all zero. */
function ofNowhere(operand: string): Formula {
  const formula = addressFormula(operand);
  return formula.kind === 'address' && formula.low === '0'.repeat(32) ? YES : NO;
}

const SCHEME = 'spiffe://';
const domain = (test: TextTestName, text: string): Formula => ({
  kind: 'text',
  dimension: 'peerDomain',
  test,
  text,
});
const path = (test: TextTestName, text: string): Formula => ({
  kind: 'text',
  dimension: 'peerPath',
  test,
  text,
});
const all = (...of: readonly Formula[]): Formula => ({ kind: 'all', of });
/** A peer is known when it has a trust domain. */
const KNOWN: Formula = { kind: 'not', of: domain('equal', '') };

/** A test of spiffe://domain/path, in terms of the two parts. */
function idFormula(test: TextTestName, text: string): Formula {
  switch (test) {
    case 'equal': {
      if (text === '') return domain('equal', '');
      const { host, rest } = splitId(text);
      return host === '' ? NO : all(domain('equal', host), path('equal', rest));
    }
    case 'starts': {
      if (SCHEME.startsWith(text)) return KNOWN;
      const { host, rest } = splitId(text);
      if (host === '') return NO;
      return rest === '' ? domain('starts', host) : all(domain('equal', host), path('starts', rest));
    }
    case 'ends':
      return all(KNOWN, { kind: 'any', of: [path('ends', text), ...endings(text)] });
  }
}

function splitId(text: string): { readonly host: string; readonly rest: string } {
  if (!text.startsWith(SCHEME)) return { host: '', rest: '' };
  const slash = text.indexOf('/', SCHEME.length);
  return slash < 0
    ? { host: text.slice(SCHEME.length), rest: '' }
    : { host: text.slice(SCHEME.length, slash), rest: text.slice(slash) };
}

/** The ways in which an ID ends with a text that holds the whole path and some of what is before it. */
function endings(text: string): readonly Formula[] {
  const found: Formula[] = [];
  for (let at = 1; at <= text.length; at++) {
    const [before, whole] = [text.slice(0, at), text.slice(at)];
    if (whole !== '' && !whole.startsWith('/')) continue;
    if (!before.includes('/')) found.push(all(domain('ends', before), path('equal', whole)));
    for (let length = 1; length < before.length; length++) {
      const host = before.slice(length);
      if (SCHEME.endsWith(before.slice(0, length)) && !host.includes('/'))
        found.push(all(domain('equal', host), path('equal', whole)));
    }
  }
  return found;
}

/** Partitions the space at the boundaries of a formula. */
export function cutBy(formula: Formula, parts: SpaceParts): void {
  switch (formula.kind) {
    case 'constant':
      return;
    case 'not':
      return cutBy(formula.of, parts);
    case 'all':
    case 'any':
      for (const part of formula.of) cutBy(part, parts);
      return;
    case 'number':
      parts[formula.dimension].cut(formula.low, formula.high);
      return;
    case 'text':
      parts[formula.dimension].cut(formula.test, formula.text);
      return;
    case 'address':
      parts.address.cut(formula.low, formula.high);
  }
}

/** The connections of which a formula is true, in a space that it has cut. */
export function diagramOf(formula: Formula, space: Space, diagrams: Diagrams): Diagram {
  switch (formula.kind) {
    case 'constant':
      return formula.value ? diagrams.everything : diagrams.nothing;
    case 'not':
      return diagrams.except(diagrams.everything, diagramOf(formula.of, space, diagrams));
    case 'any':
      return diagrams.unite(formula.of.map((part) => diagramOf(part, space, diagrams)));
    case 'all':
      return formula.of
        .map((part) => diagramOf(part, space, diagrams))
        .reduce(diagrams.and, diagrams.everything);
    case 'number': {
      const { range, absent } = space[formula.dimension];
      const number = DIMENSION[formula.dimension];
      const known = diagrams.inside(number, range(formula.low, formula.high));
      if (absent === undefined || formula.high < NOT_KNOWN) return known;
      return diagrams.or(known, diagrams.inside(number, [absent, absent + 1]));
    }
    case 'text':
      return diagrams.inside(
        DIMENSION[formula.dimension],
        space[formula.dimension].passing(formula.test, formula.text),
      );
    case 'address':
      return diagrams.inside(DIMENSION.address, space.address.range(formula.low, formula.high));
  }
}

/** The connections of which a condition holds: from its last instruction to its first. */
export function conditionDiagram(
  program: readonly InstructionView[],
  direction: Direction,
  space: Space,
  diagrams: Diagrams,
): Diagram {
  const done: Diagram[] = [];
  const follow = (target: InstructionView['whenTrue']): Diagram => {
    if (target === 'holds') return diagrams.everything;
    return target === 'fails' ? diagrams.nothing : (done[target] ?? diagrams.nothing);
  };
  for (let i = program.length - 1; i >= 0; i--) {
    const instruction = program[i];
    if (instruction === undefined) continue;
    const test = diagramOf(formulaOf(instruction, direction), space, diagrams);
    done[i] = diagrams.choose(test, follow(instruction.whenTrue), follow(instruction.whenFalse));
  }
  return done[0] ?? diagrams.nothing;
}
