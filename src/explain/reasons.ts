// SPDX-License-Identifier: Apache-2.0
// Why a verdict is what it is, as a tree: who the process is, what is at the destination, and what each rule in question
// says. The core decides; this reads the model beside it, and a test holds the two against each other.

import type { NameView } from '../bundle/view.ts';
import { parseAddress } from '../bundle/address.ts';
import { FACTS, type FactName } from '../bundle/generated.ts';
import type { SelectorView, TermView } from '../bundle/view.ts';
import type { Condition } from '../conditions/types.ts';
import { counted } from '../terminal/counted.ts';
import type { SourceRange } from '../diagnostics/diagnostic.ts';
import { holdsOf } from '../conditions/holds.ts';
import { describeCondition } from '../conditions/words.ts';
import type { Question } from '../conditions/holds.ts';
import type { ExplainedIdentity, ExplainedModel, ExplainedRule, ExplainedService } from './model.ts';

/** One step of an explanation. `holds` says whether what the text states is true of the connection. */
export interface Reason {
  readonly text: string;
  readonly holds: boolean;
  /** Of several that hold, the one that decided. */
  readonly decides?: boolean;
  readonly source?: SourceRange | undefined;
  readonly reasons?: readonly Reason[];
}

/** A selector of a bundle, whose it is, and where it is written. */
export interface PlacedSelector extends SelectorView {
  readonly identity: ExplainedIdentity;
  readonly source: SourceRange;
}

/** Selectors that are shown beside the one that won, or instead of one. */
const MOST_SELECTORS = 3;
const MOST_RULES = 20;

/** Why the process is that identity, or none: `selectors` are in order of precedence. */
export function whoReasons(selectors: readonly PlacedSelector[], question: Question): Reason {
  const matching = selectors.filter(({ terms }) => terms.every((term) => termHolds(term, question)));
  const [winner, ...outranked] = matching;
  if (winner === undefined) {
    const near = nearest(selectors, question).map((selector) => selectorReason(selector, question));
    return {
      text: 'no identity matches the process',
      holds: true,
      ...(near.length === 0 ? {} : { reasons: near }),
    };
  }
  const others = outranked
    .filter(({ identity }) => identity !== winner.identity)
    .slice(0, MOST_SELECTORS)
    .map((selector) => ({
      ...selectorReason(selector, question),
      text: `${nameOf(selector)} matches as well, but is less specific`,
    }));
  return {
    text: `the process is ${winner.identity.workloadId}`,
    holds: true,
    source: winner.identity.source,
    reasons: [{ ...selectorReason(winner, question), decides: true }, ...others],
  };
}

function selectorReason(selector: PlacedSelector, question: Question): Reason {
  const reasons = selector.terms.map((term) => termReason(term, question));
  return {
    text: `a selector of ${nameOf(selector)}`,
    holds: reasons.every(({ holds }) => holds),
    source: selector.source,
    reasons,
  };
}

function nameOf({ identity }: PlacedSelector): string {
  return identity.workloadId;
}

/** The selectors of which the most terms hold, at least one. */
function nearest(selectors: readonly PlacedSelector[], question: Question): readonly PlacedSelector[] {
  return selectors
    .map((selector) => ({
      selector,
      share: selector.terms.filter((term) => termHolds(term, question)).length / selector.terms.length,
    }))
    .filter(({ share }) => share > 0)
    .sort((a, b) => b.share - a.share || a.selector.number - b.selector.number)
    .slice(0, MOST_SELECTORS)
    .map(({ selector }) => selector);
}

function termReason(term: TermView, question: Question): Reason {
  const { fact, values } = term;
  const wanted = values.join(' or ');
  const holds = termHolds(term, question);
  if (fact === 'label') return { text: `the process has the label ${wanted}`, holds };
  const verb = FACTS[fact].match === 'prefix' ? 'begins with' : 'is';
  const seen = seenValue(fact, question);
  const but = holds ? '' : seen === undefined ? ' (not known)' : ` (it is ${seen})`;
  return { text: `${fact} ${verb} ${wanted}${but}`, holds };
}

/** Whether one term of a selector holds of the process and the connection. */
export function termHolds({ fact, values }: TermView, question: Question): boolean {
  if (fact === 'label') {
    const labels = question.facts.labels ?? [];
    return values.some((value) => labels.includes(String(value)));
  }
  const seen = seenValue(fact, question);
  if (seen === undefined) return false;
  return FACTS[fact].match === 'prefix'
    ? values.some((value) => String(seen).startsWith(String(value)))
    : values.some((value) => value === seen);
}

function seenValue(
  fact: Exclude<FactName, 'label'>,
  { direction, facts, connection }: Question,
): string | number | undefined {
  const isOutput = direction === 'output';
  switch (fact) {
    case 'direction':
      return isOutput ? 0 : 1;
    case 'destination:port':
      return isOutput ? connection.remote.port : undefined;
    case 'destination:ip':
      return isOutput ? Buffer.from(connection.remote.address).toString('hex') : undefined;
    case 'source:port':
      return isOutput ? undefined : connection.remote.port;
    case 'source:ip':
      return isOutput ? undefined : Buffer.from(connection.remote.address).toString('hex');
    case 'process:name':
    case 'process:binary:path':
    case 'process:uid':
    case 'process:gid':
    case 'process:cmdline':
      return facts[fact];
  }
}

/** What is at the destination, and what the identity's egress rules say of it. */
export function egressReasons(
  model: ExplainedModel,
  identity: ExplainedIdentity,
  question: Question,
): readonly Reason[] {
  const here = new Set(
    model.services.flatMap((service, number) => (isAt(service, question) ? [number] : [])),
  );
  const names = [...here].map((number) => model.services[number]?.name ?? '');
  const where: Reason =
    names.length === 0
      ? { text: 'no service is at the destination', holds: true }
      : { text: `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} at the destination`, holds: true };
  const rules = identity.egress.flatMap((rule) => {
    const reached = rule.services.filter((service) => here.has(service));
    if (reached.length === 0) return [];
    const [first] = reached.map((service) => model.services[service]?.name ?? '');
    return [ruleReason(rule, `an egress rule grants ${first}`, question)];
  });
  return [where, ...decided(rules, 'no egress rule grants it')];
}

/** What the identity's rules about who may connect say. */
export function inboundReasons(inbound: readonly ExplainedRule[], question: Question): readonly Reason[] {
  const rules = inbound.map((rule) => ruleReason(rule, 'a rule admits the peer', question));
  return decided(rules, 'no rule admits the peer');
}

function ruleReason(rule: ExplainedRule, text: string, question: Question): Reason {
  const { condition, source } = rule;
  if (condition === undefined) return { text, holds: true, source };
  const parts = condition.kind === 'all' ? condition.of : [condition];
  return {
    text,
    holds: holdsOf(condition, question),
    source,
    reasons: parts.map((part) => conditionReason(part, question)),
  };
}

function conditionReason(condition: Condition, question: Question): Reason {
  return { text: describeCondition(condition), holds: holdsOf(condition, question) };
}

/** The first rule that holds decides; what comes after it was not looked at. */
function decided(rules: readonly Reason[], otherwise: string): readonly Reason[] {
  const first = rules.findIndex(({ holds }) => holds);
  if (first < 0) {
    const rest = rules.length - MOST_RULES;
    const more =
      rest > 0 ? [{ text: `and ${counted(rest, 'more rule')}, of which none holds`, holds: false }] : [];
    return [...rules.slice(0, MOST_RULES), ...more, { text: otherwise, holds: true, decides: true }];
  }
  return rules.slice(0, first + 1).map((rule, i) => (i === first ? { ...rule, decides: true } : rule));
}

/** Whether a service has the destination among its addresses or names. */
export function isAt(service: ExplainedService, { connection }: Question): boolean {
  const { remote, name, protocol = 'tcp' } = connection;
  const hasPort = ({ ports: { low, high }, protocol: only = protocol }: Omit<NameView, 'name'>): boolean =>
    low <= remote.port && remote.port <= high && only === protocol;
  if (name !== undefined && service.names.some((own) => own.name === name && hasPort(own))) return true;
  return service.endpoints.some((endpoint) => {
    if (!hasPort(endpoint)) return false;
    const { family, address, prefixLength } = endpoint;
    const offset = family === 4 ? 96 : 0;
    const isMapped = sameBits(remote.address, MAPPED, 96);
    if (isMapped !== (family === 4)) return false;
    return sameBits(remote.address.subarray(offset / 8), address, prefixLength);
  });
}

const MAPPED = parseAddress('0.0.0.0') ?? new Uint8Array(16);

function sameBits(a: Uint8Array, b: Uint8Array, length: number): boolean {
  for (let bit = 0; bit < length; bit++) {
    const mask = 0x80 >>> (bit & 7);
    if ((((a[bit >>> 3] ?? 0) ^ (b[bit >>> 3] ?? 0)) & mask) !== 0) return false;
  }
  return true;
}
