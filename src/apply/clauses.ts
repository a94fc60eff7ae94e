// SPDX-License-Identifier: Apache-2.0
// What a bundle says of an identity besides its selectors and the plain destinations of its egress rules: conditions, peers,
// inbound rules, TLS, certificates and credentials. One clause is one line, and the same line means the same.

import { compareText } from '../bundle/text.ts';
import { clockWords, isClockField, momentWords, type TimeRange } from '../bundle/times.ts';
import type { BindingView, BundleView, IdentityView, InstructionView, RuleView } from '../bundle/view.ts';
import { counted } from '../counted.ts';

/** Steps of a condition that are shown; more are counted. */
const MOST_STEPS = 6;
const NAMES_SHOWN = 3;

/** The clauses of an identity, in ascending order of their texts. */
export function clausesOf(view: BundleView, identity: IdentityView): readonly string[] {
  const number = view.rules[identity.rules[0]?.id ?? 0]?.identity;
  return [
    ...(identity.tls === 'none' ? [] : [`tls ${identity.tls}`]),
    ...(identity.peers === undefined ? [] : [`peers: ${conditionWords(view, identity.peers)}`]),
    ...svidClauses(identity),
    ...identity.rules.flatMap((rule) => egressClauses(view, rule)),
    ...identity.inbound.map((rule) => inboundClause(view, rule)),
    ...view.bindings.filter((binding) => binding.identity === number).map((one) => bindingClause(view, one)),
  ].sort(compareText);
}

function svidClauses({ svid }: IdentityView): readonly string[] {
  if (svid === undefined) return [];
  const { x509Ttl, jwtTtl, dnsNames, audiences } = svid;
  return [
    ...(x509Ttl === undefined ? [] : [`certificates for ${x509Ttl} s`]),
    ...(dnsNames.length === 0 ? [] : [`certificates for ${dnsNames.join(', ')}`]),
    ...(jwtTtl === undefined ? [] : [`tokens for ${jwtTtl} s`]),
    ...(audiences.length === 0 ? [] : [`tokens for ${audiences.join(', ')}`]),
  ];
}

/** What an egress rule says besides which services it grants. */
function egressClauses(view: BundleView, rule: RuleView): readonly string[] {
  const { condition, peers, presents, tls, intercept, set, action } = rule;
  const more = [
    ...(condition === undefined ? [] : [`if ${conditionWords(view, condition)}`]),
    ...(peers === undefined ? [] : [`peers: ${conditionWords(view, peers)}`]),
    ...(presents === undefined ? [] : [`as ${view.identities[presents]?.workloadId}`]),
    ...(tls === 'none' ? [] : [`tls ${tls}`]),
    ...(intercept ? ['intercepted'] : []),
  ];
  return more.length === 0 || set === undefined
    ? []
    : [`${action} to ${setWords(view, set)}, ${more.join(', ')}`];
}

function inboundClause(view: BundleView, { kind, action, condition }: RuleView): string {
  if (kind === 'inboundDefault') return `${action} from whom no rule admits`;
  const who = condition === undefined ? 'anybody' : `whom ${conditionWords(view, condition)}`;
  return `${action} from ${who}`;
}

function bindingClause(view: BundleView, binding: BindingView): string {
  const { name, source, set, sysfs, condition, uses } = binding;
  const how = [
    ...(set === undefined ? [] : [`injected to ${setWords(view, set)}`]),
    ...(sysfs ? ['as files'] : []),
    ...(condition === undefined ? [] : [`if ${conditionWords(view, condition)}`]),
    ...(uses === undefined ? [] : [`at most ${counted(uses, 'time')}`]),
  ];
  return `credential ${view.sources[source]?.name} by ${name}: ${how.join(', ')}`;
}

function setWords(view: BundleView, set: number): string {
  const names = (view.sets[set] ?? []).map((service) => view.services[service]?.name ?? '');
  const rest = names.length - NAMES_SHOWN;
  return `${names.slice(0, NAMES_SHOWN).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

/**
 * A condition in words. Chains of "and" and of "or" are written as such; others step by step. A long one is cut, and told
 * apart from others of its length by what `inspect` shows of it.
 */
export function conditionWords(view: BundleView, condition: number): string {
  const steps = joinTimes(view.conditions[condition] ?? []);
  const isChain = (whenTrue: 'holds' | 'next', whenFalse: 'fails' | 'next'): boolean =>
    steps.every((step, i) => {
      const isLast = i === steps.length - 1;
      const after = (wanted: string): Outcome => (wanted === 'next' ? i + 1 : wanted);
      return isLast
        ? step.whenTrue === 'holds' && step.whenFalse === 'fails'
        : step.whenTrue === after(whenTrue) && step.whenFalse === after(whenFalse);
    });
  const join = isChain('next', 'fails') ? ' and ' : isChain('holds', 'next') ? ' or ' : undefined;
  const words = steps.map((step, i) => (join === undefined ? wholeStep(step, i) : step.words));
  const rest = words.length - MOST_STEPS;
  return `${words.slice(0, MOST_STEPS).join(join ?? '; ')}${rest > 0 ? ` … (${counted(rest, 'more step')})` : ''}`;
}

type Outcome = number | string;

/** A step, or several that ask for times of the clock and go on to the same place when one of them holds. */
interface Step {
  readonly words: string;
  readonly whenTrue: Outcome;
  readonly whenFalse: Outcome;
}

function joinTimes(program: readonly InstructionView[]): readonly Step[] {
  const entered = new Set(
    program.flatMap(({ whenTrue, whenFalse }, i) => [whenTrue, ...(whenFalse === i + 1 ? [] : [whenFalse])]),
  );
  const starts: number[] = [];
  program.forEach((step, i) => {
    const before = program[i - 1];
    const isJoined =
      isClockField(step.field) &&
      before?.field === step.field &&
      before.whenTrue === step.whenTrue &&
      before.whenFalse === i &&
      !entered.has(i);
    if (!isJoined) starts.push(i);
  });
  const numberOf = (to: Outcome): Outcome => (typeof to === 'number' ? starts.indexOf(to) : to);
  return starts.flatMap((start, i): readonly Step[] => {
    const group = program.slice(start, starts[i + 1]);
    const [first, last] = [group[0], group.at(-1)];
    if (first === undefined || last === undefined) return [];
    return [
      {
        words: groupWords(first, group),
        whenTrue: numberOf(first.whenTrue),
        whenFalse: numberOf(last.whenFalse),
      },
    ];
  });
}

const TESTS = { range: 'in', equal: 'is', starts: 'begins with', ends: 'ends with', inside: 'in' } as const;

function groupWords({ field, test, operand }: InstructionView, group: readonly InstructionView[]): string {
  if (isClockField(field)) return clockWords(field, group.map(rangeOf));
  if (field === 'time') return `time ${momentWords(rangeOf({ operand }))}`;
  const isText = test === 'equal' || test === 'starts' || test === 'ends';
  return `${field} ${TESTS[test]} ${isText ? JSON.stringify(operand) : operand}`;
}

function rangeOf({ operand }: Pick<InstructionView, 'operand'>): TimeRange {
  const [low = 0, high = low] = operand.split('-').map(Number);
  return [low, high];
}

function wholeStep({ words, whenTrue, whenFalse }: Step, i: number): string {
  return `${i}: ${words} → ${whenTrue}, else ${whenFalse}`;
}
