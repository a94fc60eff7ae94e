// SPDX-License-Identifier: Apache-2.0
// What a bundle says of an identity besides its mode and selectors, as statements: egress and inbound rules, peers, TLS, certificates
// and credentials. Two statements are the same when their keys are, which are made of data; their words are for people.

import type { BindingView, IdentityView, RuleView } from '../../bundle/view.ts';
import { countTests } from '../../conditions/build.ts';
import { conditionOf } from '../../conditions/of-program.ts';
import { describeCondition } from '../../conditions/words.ts';
import { counted } from '../../terminal/counted.ts';
import type { Side } from '../sides/side.ts';
import type { StatementKind } from '../types.ts';

export interface Statement {
  readonly what: StatementKind;
  /** The same for statements of either side that differ in their services at most. */
  readonly key: string;
  /** Names of the services that it is about; absent: it is about none. */
  readonly services?: ReadonlySet<string>;
  readonly words: () => StatementWords;
}

export interface StatementWords {
  readonly statement: string;
  readonly terms: readonly string[];
}

const AGENT_LOSS_WORDS = {
  keep: 'labels that the agent has told count on when it is lost',
  allow: 'without labels of the agent its connections go on',
} as const;

/** The statements of an identity. Egress rules with the same terms are one statement, about the services of all of them. */
export function statementsOf(side: Side, number: number): readonly Statement[] {
  const identity = side.view.identities[number];
  if (identity === undefined) return [];
  return [
    ...(identity.tls === 'none' ? [] : [plain('tls', identity.tls)]),
    ...(identity.peers === undefined
      ? []
      : [aboutPeers(side, identity.peers, (peers) => ({ statement: peers, terms: [] }))]),
    ...(identity.keep ? [plain('revocation', 'connections that have begun are kept')] : []),
    ...(identity.agentLoss === 'deny' ? [] : [plain('agent loss', AGENT_LOSS_WORDS[identity.agentLoss])]),
    ...certificates(identity),
    ...egressStatements(side, identity),
    ...inDecidingOrder(identity.inbound).map((rule) => inboundStatement(side, rule)),
    ...(side.bindings.get(number) ?? []).map((binding) => credentialStatement(side, binding)),
  ];
}

/**
 * Whether two identities surely have the same statements, told without making them: of a large policy most have. Those with certificates, tokens or
 * credentials are not looked at so closely.
 */
export function surelySame(before: Side, a: number, after: Side, b: number): boolean {
  const [was, is] = [before.view.identities[a], after.view.identities[b]];
  if (was === undefined || is === undefined) return false;
  if (was.svid !== undefined || is.svid !== undefined || before.bindings.has(a) || after.bindings.has(b))
    return false;
  const isSame = (one: RuleView, other: RuleView | undefined): boolean =>
    other !== undefined &&
    one.kind === other.kind &&
    one.action === other.action &&
    one.used === other.used &&
    one.tls === other.tls &&
    one.intercept === other.intercept &&
    before.servicesOf(one.set) === after.servicesOf(other.set) &&
    keyOf(before, one.condition) === keyOf(after, other.condition) &&
    keyOf(before, one.peers) === keyOf(after, other.peers) &&
    nameOf(before, one.presents) === nameOf(after, other.presents);
  return (
    was.tls === is.tls &&
    was.template === is.template &&
    was.keep === is.keep &&
    was.agentLoss === is.agentLoss &&
    keyOf(before, was.peers) === keyOf(after, is.peers) &&
    was.rules.length === is.rules.length &&
    was.inbound.length === is.inbound.length &&
    was.rules.every((rule, i) => isSame(rule, is.rules[i])) &&
    was.inbound.every((rule, i) => isSame(rule, is.inbound[i]))
  );
}

function plain(what: StatementKind, statement: string): Statement {
  return { what, key: JSON.stringify([what, statement]), words: () => ({ statement, terms: [] }) };
}

function aboutPeers(side: Side, peers: number, words: (peers: string) => StatementWords): Statement {
  return {
    what: 'peers',
    key: JSON.stringify(['peers', side.conditionKeys[peers]]),
    words: () => words(conditionWords(side, peers)),
  };
}

function certificates({ svid, template }: IdentityView): readonly Statement[] {
  const { x509Ttl, jwtTtl, dnsNames = [], audiences = [] } = svid ?? {};
  return [
    ...(template ? [plain('certificate', 'one for each value of the workload ID')] : []),
    ...(x509Ttl === undefined ? [] : [plain('certificate', `valid for ${x509Ttl} s`)]),
    ...(dnsNames.length === 0 ? [] : [plain('certificate', `for ${dnsNames.join(', ')}`)]),
    ...(jwtTtl === undefined ? [] : [plain('token', `valid for ${jwtTtl} s`)]),
    ...(audiences.length === 0 ? [] : [plain('token', `for ${audiences.join(', ')}`)]),
  ];
}

function egressStatements(side: Side, { rules }: IdentityView): readonly Statement[] {
  const groups = Map.groupBy(
    rules.filter(({ set, used }) => set !== undefined && used),
    ({ action, condition, peers, presents, tls, intercept }) =>
      JSON.stringify([
        'egress',
        action,
        keyOf(side, condition),
        keyOf(side, peers),
        nameOf(side, presents),
        tls,
        intercept,
      ]),
  );
  return Array.from(groups, ([key, [first, ...others]]): readonly Statement[] =>
    first === undefined
      ? []
      : [
          {
            what: 'egress',
            key,
            services:
              others.length === 0
                ? side.servicesOf(first.set)
                : new Set([first, ...others].flatMap(({ set }) => [...side.servicesOf(set)])),
            words: () => ({ statement: first.action, terms: egressTerms(side, first) }),
          },
        ],
  ).flat();
}

/** The default comes first in a bundle, and decides last. */
function inDecidingOrder([fallback, ...rules]: readonly RuleView[]): readonly RuleView[] {
  return fallback === undefined ? [] : [...rules, fallback];
}

function egressTerms(
  side: Side,
  { condition, peers, presents, tls, intercept }: RuleView,
): readonly string[] {
  return [
    ...(condition === undefined ? [] : [`if ${conditionWords(side, condition)}`]),
    ...(peers === undefined ? [] : [`peers: ${conditionWords(side, peers)}`]),
    ...(presents === undefined ? [] : [`as ${nameOf(side, presents)}`]),
    ...(tls === 'none' ? [] : [`tls ${tls}`]),
    ...(intercept ? ['intercepted'] : []),
  ];
}

function inboundStatement(side: Side, { kind, action, condition }: RuleView): Statement {
  if (kind === 'inboundDefault') return plain('inbound', `${action} by default`);
  return {
    what: 'inbound',
    key: JSON.stringify(['inbound', action, keyOf(side, condition)]),
    words: () => ({
      statement: action,
      terms: condition === undefined ? [] : [`if ${conditionWords(side, condition)}`],
    }),
  };
}

function credentialStatement(side: Side, binding: BindingView): Statement {
  const { name, source, set, sysfs, condition, uses } = binding;
  const { name: credential, provider, digest } = side.view.sources[source] ?? {};
  return {
    what: 'credential',
    key: JSON.stringify([
      'credential',
      name,
      credential,
      digest,
      set === undefined,
      sysfs,
      keyOf(side, condition),
      uses,
    ]),
    ...(set === undefined ? {} : { services: side.servicesOf(set) }),
    words: () => ({
      statement: `${credential} (${provider}) by ${name}${set === undefined ? '' : ', injected'}`,
      terms: [
        ...(sysfs ? ['as files'] : []),
        ...(condition === undefined ? [] : [`if ${conditionWords(side, condition)}`]),
        ...(uses === undefined ? [] : [`at most ${counted(uses, 'time')}`]),
      ],
    }),
  };
}

function keyOf({ conditionKeys }: Side, condition: number | undefined): number | undefined {
  return condition === undefined ? undefined : conditionKeys[condition];
}

function nameOf({ view }: Side, identity: number | undefined): string | undefined {
  return identity === undefined ? undefined : view.identities[identity]?.workloadId;
}

function conditionWords({ view }: Side, condition: number): string {
  const program = view.conditions[condition] ?? [];
  const whole = conditionOf(program);
  // A program shares steps that text would have to repeat.
  return countTests(whole, program.length) > program.length
    ? `a condition of ${counted(program.length, 'step')}`
    : describeCondition(whole);
}
