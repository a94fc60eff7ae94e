// SPDX-License-Identifier: Apache-2.0
// What fields of a rule say of a connection, as conditions. `when`, which is CEL, is the business of compiler/conditions.

import { TRUST_DOMAIN_PLACEHOLDER } from '../../schema/spiffe.ts';
import { allOf, anyOf, numberIn } from '../../conditions/build.ts';
import { type Ranges, turnRanges } from '../../conditions/ranges.ts';
import type { PortRange, TimeWindow } from '../shape/types.ts';
import type { Condition, TextTest } from '../../conditions/types.ts';

const DAY_MINUTES = 24 * 60;
const WEEK_DAYS = 7;
const MOST_TIME = 0xffff_ffff;

/** What limits a rule or a credential in time. */
export interface Timed {
  readonly notBefore?: number | undefined;
  readonly notAfter?: number | undefined;
  readonly windows: readonly TimeWindow[];
}

/** All of the parts; undefined when it holds always. */
export function joinConditions(parts: readonly (Condition | undefined)[]): Condition | undefined {
  const all = allOf(parts.filter((part) => part !== undefined));
  return all.kind === 'constant' && all.value ? undefined : all;
}

/** Whether the peer is one of those named; undefined when none is named: any peer. */
export function peerCondition(patterns: readonly string[], trustDomain: string): Condition | undefined {
  if (patterns.length === 0) return undefined;
  const texts = [...new Set(patterns.map((pattern) => expandPattern(pattern, trustDomain)))];
  const beginnings = new Set(texts.filter((text) => text.endsWith('/*')).map((text) => text.slice(0, -1)));
  return anyOf(
    texts.flatMap((text): readonly Condition[] => {
      const isBeginning = text.endsWith('/*');
      const name = isBeginning ? text.slice(0, -1) : text;
      return isCovered(name, beginnings) ? [] : [peerTest(isBeginning ? 'starts' : 'equal', name)];
    }),
  );
}

/** Whether a shorter beginning admits all that the text does. */
function isCovered(text: string, beginnings: ReadonlySet<string>): boolean {
  for (
    let slash = text.indexOf('/');
    slash >= 0 && slash < text.length - 1;
    slash = text.indexOf('/', slash + 1)
  ) {
    if (beginnings.has(text.slice(0, slash + 1))) return true;
  }
  return false;
}

/** A pattern with the trust domain of the project in it. */
export function expandPattern(pattern: string, trustDomain: string): string {
  return pattern.replace(TRUST_DOMAIN_PLACEHOLDER, () => trustDomain);
}

function peerTest(test: TextTest['test'], text: string): Condition {
  return { kind: 'text', field: 'peerId', test, text };
}

/** Whether the port is one of those named; undefined when none is named. */
export function portCondition(ports: readonly PortRange[]): Condition | undefined {
  return ports.length === 0 ? undefined : numberIn('destinationPort', ports);
}

/** Whether it is the time; undefined when it is always. */
export function timeCondition({ notBefore, notAfter, windows }: Timed): Condition | undefined {
  const bounded = notBefore !== undefined || notAfter !== undefined;
  return joinConditions([
    bounded
      ? numberIn('time', [{ low: notBefore ?? 0, high: notAfter === undefined ? MOST_TIME : notAfter - 1 }])
      : undefined,
    windows.length === 0 ? undefined : windowCondition(windows),
  ]);
}

/** Windows that are the same every day are told by the minute of the day, which takes fewer tests. */
function windowCondition(windows: readonly TimeWindow[]): Condition {
  const daily: Ranges[] = [];
  const weekly: Ranges[] = [];
  for (const { days, from, to, offset } of windows) {
    const length = to > from ? to - from : to - from + DAY_MINUTES;
    if (days.length === WEEK_DAYS) {
      daily.push(turnRanges([{ low: from, high: from + length - 1 }], -offset, DAY_MINUTES));
    } else {
      const begun = days.map((day) => day * DAY_MINUTES + from);
      const ranges = begun.map((low) => ({ low, high: low + length - 1 }));
      weekly.push(turnRanges(ranges, -offset, WEEK_DAYS * DAY_MINUTES));
    }
  }
  return anyOf([numberIn('dayMinute', daily.flat()), numberIn('weekMinute', weekly.flat())]);
}
