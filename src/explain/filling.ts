// SPDX-License-Identifier: Apache-2.0
// Workload IDs with placeholders: what stands for each, as a reason. The core fills them in; this says where it cannot.

import type { Filling } from '../bundle/core.ts';
import type { Question } from '../conditions/holds.ts';
import { placeholdersOf } from '../schema/workload-id.ts';
import { quoted } from '../terminal/visible.ts';
import type { Reason } from './reasons.ts';

const WHY: Readonly<Record<Exclude<Filling, 'done'>, string>> = {
  missing: 'the process lacks a fact that it names',
  several: 'the process has several values of a fact that it names',
  unfit: 'with the values of the process it is no path of a SPIFFE ID',
  tooLong: 'with the values of the process it is longer than a SPIFFE ID may be',
};

/** Why a workload ID cannot be filled in, in one clause. */
export function unfilledWords(workloadId: string, filling: Exclude<Filling, 'done'>): string {
  return `the workload ID ${workloadId} cannot be filled in: ${WHY[filling]}`;
}

/** The placeholders of a workload ID, and what the process has for each. */
export function fillingReason(workloadId: string, filled: string | undefined, question: Question): Reason {
  const facts = [...new Set(placeholdersOf(workloadId).map(({ fact }) => fact))];
  return {
    text: filled === undefined ? `${workloadId} cannot be filled in` : `its workload ID is ${filled}`,
    holds: filled !== undefined,
    reasons: facts.map((fact) => {
      const values = valuesOf(fact, question);
      const [value] = values;
      const is = values.length === 1 && value !== undefined && /^[\w.-]+$/.test(value);
      const text =
        value === undefined
          ? 'not known'
          : values.length === 1
            ? `${quoted(value)}${is ? '' : ', which paths cannot have'}`
            : `several: ${values.map(quoted).join(', ')}`;
      return { text: `[${fact}] is ${text}`, holds: is };
    }),
  };
}

function valuesOf(name: string, { direction, facts, connection }: Question): readonly string[] {
  const some = (value: string | number | undefined): readonly string[] =>
    value === undefined ? [] : [String(value)];
  switch (name) {
    case 'process:name':
    case 'process:uid':
    case 'process:gid':
      return some(facts[name]);
    case 'direction':
      return [direction];
    case 'destination:port':
      return some(direction === 'output' ? connection.remote.port : undefined);
    case 'source:port':
      return some(direction === 'input' ? connection.remote.port : undefined);
    default:
      return (facts.labels ?? [])
        .filter((label) => label.startsWith(`${name}=`))
        .map((label) => label.slice(name.length + 1));
  }
}
