// SPDX-License-Identifier: Apache-2.0
// The conditions of a rule together: when, ports and times.

import type { DocumentPath } from '../../diagnostics/diagnostic.ts';
import { alwaysHolds, holdsAlways } from '../../conditions/always.ts';
import { compileCondition } from '../conditions/compile.ts';
import type { LoadedDocument } from '../load/types.ts';
import type { Conditional } from '../shape/types.ts';
import { joinConditions, portCondition, timeCondition } from './conditions.ts';
import type { ResolveContext } from './context.ts';
import type { Condition } from '../../conditions/types.ts';

/** What limits a rule at `path`, with `more` beside it; undefined when it holds always. */
export function ruleCondition(
  rule: Conditional,
  where: 'egress' | 'inbound',
  { document, path }: { readonly document: LoadedDocument; readonly path: DocumentPath },
  context: ResolveContext,
  more?: Condition,
): Condition | undefined {
  return joinConditions([
    more,
    portCondition(rule.ports),
    timeCondition(rule),
    rule.when === undefined ? undefined : compileWhen(rule.when, where, document, [...path, 'when'], context),
  ]);
}

function compileWhen(
  text: string,
  where: 'egress' | 'inbound',
  document: LoadedDocument,
  path: DocumentPath,
  { diagnostics }: ResolveContext,
): Condition | undefined {
  const condition = compileCondition(text, where, ({ start, end, ...problem }) => {
    diagnostics.push({ severity: 'error', range: document.locateText(path, start, end), path, ...problem });
  });
  if (condition === undefined || !holdsAlways(condition)) return condition;
  // Beside other conditions it would not be seen any more.
  diagnostics.push({ ...alwaysHolds(document.locate(path)), path });
  return undefined;
}
