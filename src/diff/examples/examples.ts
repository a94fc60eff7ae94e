// SPDX-License-Identifier: Apache-2.0
// Examples: connections evaluated on both sides.

import { NONE } from '../../bundle/generated.ts';
import type { Verdict } from '../../bundle/core.ts';
import { endWords } from '../../bundle/words.ts';
import { position } from '../../diagnostics/diagnostic.ts';
import type { Side } from '../sides/side.ts';
import type { Example, ExampleVerdict } from '../types.ts';
import type { Question } from '../space/witness.ts';

/** The verdict of a side. */
export interface Answer {
  readonly verdict: Verdict;
  readonly workloadId: string | undefined;
}

export function ask(side: Side, { facts, connection }: Question, direction: 'out' | 'in'): Answer {
  const verdict =
    direction === 'out'
      ? side.core.decideConnect(facts, connection)
      : side.core.decideAccept(facts, connection);
  return {
    verdict: verdict.filling === 'done' ? verdict : { ...verdict, action: ruleAction(side, verdict) },
    workloadId: side.view.identities[verdict.identity]?.workloadId,
  };
}

/** What the rules say: whether a process has the facts of a workload ID's placeholders is not compared. */
function ruleAction({ view }: Side, { rule, action }: Verdict): Verdict['action'] {
  return view.rules[rule]?.action ?? action;
}

export function spiffeId(side: Side, workloadId: string): string {
  return `spiffe://${side.view.trustDomain}/${workloadId}`;
}

/** An example with both verdicts. */
export function exampleOf(
  question: Question,
  direction: 'out' | 'in',
  before: { readonly side: Side; readonly answer: Answer },
  after: { readonly side: Side; readonly answer: Answer },
): Example {
  const { labels = [], ...facts } = question.facts;
  const { remote, name, localPort, peer, time = 0 } = question.connection;
  return {
    facts,
    labels,
    direction,
    remote: endWords(remote),
    name,
    localPort,
    peer,
    time: new Date(time * 1000).toISOString(),
    before: verdictOf(before.side, before.answer),
    after: verdictOf(after.side, after.answer),
  };
}

function verdictOf(side: Side, { verdict, workloadId }: Answer): ExampleVerdict {
  const { action, rule, service } = verdict;
  const name = service === NONE ? undefined : side.view.services[service]?.name;
  const at = side.sourceMap?.rules[rule];
  return {
    action,
    ...(workloadId === undefined ? {} : { identity: spiffeId(side, workloadId) }),
    service: name,
    ...(rule === NONE ? {} : { rule }),
    ...(at === undefined ? {} : { source: position(at) }),
  };
}
