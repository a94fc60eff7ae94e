// SPDX-License-Identifier: Apache-2.0
// Conditions for people: the names of fields and the words of tests, the same in plan, diff, explain and inspect.

import { formatPrefix, isMapped } from '../bundle/address.ts';
import { type ClockField, clockWords, isClockField, momentWords, type TimeRange } from '../bundle/times.ts';
import { listWords } from '../terminal/list.ts';
import type {
  AddressField,
  AddressTest,
  Condition,
  NumberField,
  NumberTest,
  TextField,
  TextTest,
} from './types.ts';

const NAMES: Readonly<Record<Exclude<NumberField, ClockField> | TextField | AddressField, string>> = {
  processName: 'process.name',
  processBinaryPath: 'process.binary.path',
  processUid: 'process.uid',
  processGid: 'process.gid',
  processCmdline: 'process.cmdline',
  destinationPort: 'destination.port',
  destinationIp: 'destination.ip',
  destinationName: 'destination.name',
  sourceIp: 'source.ip',
  sourcePort: 'source.port',
  peerId: 'peer.spiffeID',
  peerDomain: 'peer.trustDomain',
  peerPath: 'peer.path',
  time: 'time',
};
const UNKNOWN_ID = 0xffff_ffff;

/** A condition in words. */
export function describeCondition(condition: Condition): string {
  switch (condition.kind) {
    case 'constant':
      return String(condition.value);
    case 'not': {
      const clock = clockOf(condition.of);
      return clock === undefined
        ? `not (${describeCondition(condition.of)})`
        : clockWords(clock.field, clock.ranges, false);
    }
    case 'all':
      return condition.of.map(describePart).join(' and ');
    case 'any':
      return describeAny(condition.of).join(' or ');
    case 'number':
      return describeNumber(condition);
    case 'text':
      return `${NAMES[condition.field]} ${TEXT_TESTS[condition.test]} ${JSON.stringify(condition.text)}`;
    case 'address':
      return `${NAMES[condition.field]} in ${prefixOf(condition)}`;
  }
}

function describeNumber({ field, low, high }: NumberTest): string {
  // Any time, or none that is known: to be said as the numbers that they are.
  if (field === 'time' && low === 0 && high === UNKNOWN_ID) return `time is ${low} or more`;
  return numberWords(field, [[low, high]]);
}

/** That a number is in one of some ranges, `process.uid is 5 or from 7 to 9`; or, with `orUnknown`, that there is none. */
export function numberWords(field: NumberField, ranges: readonly TimeRange[], orUnknown = false): string {
  if (isClockField(field)) return clockWords(field, ranges);
  const words = ranges.map((range) => (field === 'time' ? momentWords(range) : rangeWords(range)));
  return `${NAMES[field]} is ${listWords([...words, ...(orUnknown ? ['unknown'] : [])], ' or ')}`;
}

function rangeWords([low, high]: TimeRange): string {
  if (low === high) return String(low);
  return high === UNKNOWN_ID ? `${low} or more` : `from ${low} to ${high}`;
}

export const TEXT_TESTS: Readonly<Record<TextTest['test'], string>> = {
  equal: 'is',
  starts: 'begins with',
  ends: 'ends with',
};

/** The name of a field as a policy has it. */
export function fieldName(field: TextField): string {
  return NAMES[field];
}

/** Times of the clock, where a condition is about nothing else. */
function clockOf(
  condition: Condition,
): { readonly field: ClockField; readonly ranges: readonly TimeRange[] } | undefined {
  const parts = condition.kind === 'any' ? condition.of : [condition];
  const ranges: TimeRange[] = [];
  let field: ClockField | undefined;
  for (const part of parts) {
    if (part.kind !== 'number' || !isClockField(part.field)) return undefined;
    field ??= part.field;
    if (part.field !== field) return undefined;
    ranges.push([part.low, part.high]);
  }
  return field === undefined ? undefined : { field, ranges };
}

/** The parts of "any" in words; times of the clock that follow one another together. */
function describeAny(parts: readonly Condition[]): readonly string[] {
  const words: string[] = [];
  for (let i = 0; i < parts.length; ) {
    const first = parts[i];
    if (first === undefined) break;
    if (first.kind !== 'number' || !isClockField(first.field)) {
      words.push(describePart(first));
      i++;
      continue;
    }
    const ranges: TimeRange[] = [];
    for (let part = parts[i]; part?.kind === 'number' && part.field === first.field; part = parts[++i])
      ranges.push([part.low, part.high]);
    words.push(clockWords(first.field, ranges));
  }
  return words;
}

/** A condition as a part of another one. */
function describePart(condition: Condition): string {
  const isOne =
    condition.kind !== 'all' && (condition.kind !== 'any' || describeAny(condition.of).length === 1);
  return isOne ? describeCondition(condition) : `(${describeCondition(condition)})`;
}

function prefixOf({ address, prefixLength }: AddressTest): string {
  return isMapped(address) && prefixLength >= 96
    ? formatPrefix({ family: 4, address: address.subarray(12), prefixLength: prefixLength - 96 })
    : formatPrefix({ family: 6, address, prefixLength });
}
