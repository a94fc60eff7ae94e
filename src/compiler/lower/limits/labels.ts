// SPDX-License-Identifier: Apache-2.0
// Limits of what the kernel looks for in each process that connects.

import { FACTS, LIMITS } from '../../../bundle/generated.ts';
import { envName, isGroupLabel, labelName } from '../../../bundle/labels.ts';
import { textLength } from '../../../bundle/text.ts';
import type { Diagnostic, SourceRange } from '../../../diagnostics/diagnostic.ts';
import { placeholdersOf } from '../../../schema/workload-id.ts';
import type { Model } from '../../resolve/types.ts';
import { selectorAt, type SelectorTables } from '../selectors.ts';
import { firstSelectors } from './selectors.ts';

/** An error when a policy names more variables of the environment or supplementary groups than may be, or too long a variable. */
export function checkLabelLimits({ identities }: Model, who: SelectorTables): readonly Diagnostic[] {
  const names = new Map<string, SourceRange>();
  const groups = new Map<string, SourceRange>();
  const addName = (label: string, range: SourceRange): void => {
    const name = envName(label);
    if (name !== undefined && !names.has(name)) names.set(name, range);
  };
  for (const { workloadId, template, source } of identities)
    if (template) for (const { fact } of placeholdersOf(workloadId)) addName(fact, source);
  let firstOfTerm: readonly (number | undefined)[] | undefined;
  for (const { fact, data, terms } of who.values) {
    if (fact !== FACTS.label.number) continue;
    const label = String(data);
    if (!isGroupLabel(label) && envName(labelName(label)) === undefined) continue;
    firstOfTerm ??= firstSelectors(who);
    const range = selectorAt(identities, who, firstOfTerm[terms[0] ?? 0] ?? 0)?.source;
    if (range === undefined) continue;
    addName(labelName(label), range);
    if (isGroupLabel(label)) groups.set(label, range);
  }
  const tooLong = [...names].find(([name]) => textLength(name) > LIMITS.envNameLength);
  return [
    ...tooMany(names, LIMITS.envNames, 'variables of the environment'),
    ...tooMany(groups, LIMITS.namedGroups, 'supplementary groups'),
    ...(tooLong === undefined
      ? []
      : [
          error(
            `the name of the variable has ${textLength(tooLong[0])} bytes; ${LIMITS.envNameLength} are allowed`,
            tooLong[1],
          ),
        ]),
  ];
}

function tooMany(
  named: ReadonlyMap<string, SourceRange>,
  limit: number,
  what: string,
): readonly Diagnostic[] {
  const range = [...named.values()][limit];
  return range === undefined ? [] : [error(`${named.size} ${what} are named; ${limit} are allowed`, range)];
}

function error(message: string, range: SourceRange): Diagnostic {
  return {
    code: 'RTP1515',
    severity: 'error',
    range,
    message,
    why: 'the kernel looks for each of them in every process that connects',
    fix: 'name fewer, or select by facts that the kernel always knows',
  };
}
