// SPDX-License-Identifier: Apache-2.0
// What a bundle says of an identity besides its selectors and the plain destinations of its egress rules: conditions, peers,
// inbound rules, TLS, certificates and credentials. One clause is one line, and the same line means the same.

import { compareText } from '../bundle/text.ts';
import type { BindingView, BundleView, IdentityView, RuleView } from '../bundle/view.ts';
import { countTests } from '../conditions/build.ts';
import { counted } from '../terminal/counted.ts';
import { describeCondition } from '../conditions/words.ts';
import { conditionOf } from '../conditions/of-program.ts';

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
  const { name: credential, provider } = view.sources[source] ?? {};
  return `credential ${credential} (${provider}) by ${name}: ${how.join(', ')}`;
}

function setWords(view: BundleView, set: number): string {
  const names = (view.sets[set] ?? []).map((service) => view.services[service]?.name ?? '');
  const rest = names.length - NAMES_SHOWN;
  return `${names.slice(0, NAMES_SHOWN).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

/** A condition in words, as explain has them. */
function conditionWords(view: BundleView, condition: number): string {
  const program = view.conditions[condition] ?? [];
  const whole = conditionOf(program);
  // What many ways lead to is not said for each of them.
  return countTests(whole, program.length) > program.length
    ? `a condition of ${counted(program.length, 'step')} holds`
    : describeCondition(whole);
}
