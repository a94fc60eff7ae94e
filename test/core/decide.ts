// SPDX-License-Identifier: Apache-2.0
// What a policy means: the oracle of the core's tests. It knows no tables, only sentences.

import { FACTS, type FactName, FEATURE_FLAGS, type FIELD, LIMITS, NONE } from '../../src/bundle/generated.ts';
import { type Connection, type Facts, namesOf, type TlsMode, type Verdict } from '../../src/bundle/core.ts';
import {
  conditionsOf,
  type Field,
  firstInbound,
  firstRule,
  type Instruction,
  type Name,
  numberConditions,
  orderSelectors,
  type Policy,
  type Prefix,
  type Program,
} from './policy.ts';

/** Denies for want of sense. */
export const NO_ANSWER: Verdict = {
  action: 'deny',
  rule: NONE,
  identity: NONE,
  service: NONE,
  presents: NONE,
  peers: NONE,
  tls: 'none',
  intercept: false,
  keeps: false,
  filling: 'done',
};

/** What the policy says of a connection that a process opens: of what each name leads to by itself, the first rule. */
export function decideConnect(policy: Policy, facts: Facts, connection: Connection): Verdict {
  return afterFilling(policy, connectVerdict(policy, facts, connection), facts, connection, false);
}

function connectVerdict(policy: Policy, facts: Facts, connection: Connection): Verdict {
  const { name: _, names: _all, ...nameless } = connection;
  const names = namesOf(connection);
  if (names.length > LIMITS.names) return NO_ANSWER;
  const each = (names.length === 0 ? [''] : names).map((name) =>
    decideByName(policy, facts, { ...nameless, name }),
  );
  const granted = each.filter(({ service }) => service !== NONE);
  const [best] = (granted.length === 0 ? each : granted).sort(
    (a, b) => a.rule - b.rule || a.service - b.service,
  );
  return best ?? NO_ANSWER;
}

function decideByName(policy: Policy, facts: Facts, connection: Connection): Verdict {
  const who = findIdentity(policy, facts, connection, false);
  const identity = policy.identities[who];
  if (identity === undefined)
    return { ...NO_ANSWER, action: policy.egress, rule: 0, keeps: policy.keep ?? false };
  const numberOf = numberConditions(policy);
  const first = firstRule(policy, who);
  const own = {
    ...NO_ANSWER,
    identity: who,
    presents: who,
    peers: numberOf(identity.peers),
    tls: identity.tls ?? 'none',
    keeps: identity.keep ?? false,
  };
  const found = policy.services.map(
    ({ endpoints, names = [] }) =>
      endpoints.some((e) => isAt(connection, e) && isInside(connection.remote.address, e)) ||
      names.some((n) => n.name === connection.name && isAt(connection, n)),
  );
  for (const [i, rule] of identity.rules.entries()) {
    const service = rule.services.find((s) => found[s]);
    if (service === undefined || !holds(rule.condition, facts, connection, false)) continue;
    return {
      action: rule.action,
      rule: first + 1 + i,
      identity: who,
      service,
      presents: rule.identity ?? who,
      peers: rule.peers === undefined ? own.peers : numberOf(rule.peers),
      tls: orElse(rule.tls, own.tls),
      intercept: rule.intercept ?? false,
      keeps: own.keeps,
      filling: 'done',
    };
  }
  return { ...own, action: identity.fallback, rule: first };
}

function orElse(tls: TlsMode | undefined, otherwise: TlsMode): TlsMode {
  return tls === undefined || tls === 'none' ? otherwise : tls;
}

/** What the policy says of a connection that a process accepts. */
export function decideAccept(policy: Policy, facts: Facts, connection: Connection): Verdict {
  return afterFilling(policy, acceptVerdict(policy, facts, connection), facts, connection, true);
}

function acceptVerdict(policy: Policy, facts: Facts, connection: Connection): Verdict {
  const who = findIdentity(policy, facts, connection, true);
  const identity = policy.identities[who];
  const own = {
    ...NO_ANSWER,
    identity: who,
    presents: who,
    tls: identity?.tls ?? 'none',
    keeps: (identity ?? policy).keep ?? false,
  };
  if (identity?.inbound === undefined) return { ...own, action: policy.ingress, rule: 1 };
  const { fallback, rules } = identity.inbound;
  const first = firstInbound(policy, who);
  const i = rules.findIndex(({ condition }) => holds(condition, facts, connection, true));
  return { ...own, action: rules[i]?.action ?? fallback, rule: first + 1 + i };
}

/** Denies where the workload ID of the identity, or of the one that is shown, cannot be filled in. */
function afterFilling(
  policy: Policy,
  verdict: Verdict,
  facts: Facts,
  connection: Connection,
  accepts: boolean,
): Verdict {
  const [filling = 'done'] = [verdict.identity, verdict.presents]
    .map((number) => fillingOf(policy, number, facts, connection, accepts))
    .filter((one) => one !== 'done');
  return filling === 'done' ? verdict : { ...verdict, filling, action: 'deny' };
}

/** Whether a workload ID can be filled in; of what is wrong with it, the first counts. */
function fillingOf(
  { identities, trustDomain }: Policy,
  number: number,
  facts: Facts,
  connection: Connection,
  accepts: boolean,
): Verdict['filling'] {
  const { workloadId = '', template } = identities[number] ?? {};
  if (template !== true) return 'done';
  let text = '';
  const { 'process:name': name, 'process:uid': uid, 'process:gid': gid, labels = [] } = facts;
  const { port } = connection.remote;
  const own: Readonly<Record<string, number | string | undefined>> = {
    'process:name': name,
    'process:uid': uid,
    'process:gid': gid,
    direction: accepts ? 'input' : 'output',
    'destination:port': accepts ? undefined : port,
    'source:port': accepts ? port : undefined,
  };
  /** Whether no end of the text could make it a path. */
  const isLost = (more: string): boolean =>
    !/^(?!\.{0,2}(\/|$))[\w.-]+(\/(?!\.{0,2}(\/|$))[\w.-]+)*$/.test(`${text}${more}`);
  for (const [, literal = '', fact] of workloadId.matchAll(/([^[\]]*)(?:\[([^\]]*)\])?/g)) {
    text += literal;
    if (literal !== '' && isLost('x')) return 'unfit';
    if (fact === undefined) continue;
    const values = Object.hasOwn(own, fact)
      ? [own[fact]].flatMap((value) => (value === undefined ? [] : [String(value)]))
      : labels.filter((label) => label.startsWith(`${fact}=`)).map((label) => label.slice(fact.length + 1));
    if (values.length !== 1) return values.length === 0 ? 'missing' : 'several';
    const [value = ''] = values;
    if (!/^[\w.-]+$/.test(value)) return 'unfit';
    text += value;
  }
  if (isLost('')) return 'unfit';
  return `spiffe://${trustDomain}/${text}`.length > 2048 ? 'tooLong' : 'done';
}

/** Whether a connection that was opened may have this peer. */
export function peerAllowed(policy: Policy, { peers }: Verdict, peer: string): boolean {
  const nowhere = { address: new Uint8Array(16), port: 0 };
  return holds(conditionsOf(policy)[peers], {}, { remote: nowhere, peer }, true);
}

/** What carrying out the policy needs of a host. */
export function featuresOf(policy: Policy): number {
  const { identities, services, bindings = [] } = policy;
  const rules = identities.flatMap((identity) => identity.rules);
  const inbound = identities.flatMap((identity) => identity.inbound?.rules ?? []);
  const looks = (programs: readonly (Program | undefined)[], ...fields: readonly Field[]): boolean =>
    programs.some((program) => program?.some(({ field }) => fields.includes(field)));
  const labels = [
    ...identities.flatMap(({ selectors }) =>
      selectors.flat().flatMap(({ fact, values }) => (fact === 'label' ? values.map(String) : [])),
    ),
    ...identities.flatMap(({ template, workloadId }) =>
      template === true ? [...workloadId.matchAll(/\[([^\]]+:[^\]]+)\]/g)].map(([, name = '']) => name) : [],
    ),
  ]
    .map((label) => label.replace(/=.*$/s, ''))
    .filter((name) => !/^(process:(name|uid|gid)|(source|destination):port)$/.test(name));
  const isKernels = (name: string): boolean =>
    /^process:(env:.+|pid|[ug]id:real|gid:additional|binary:hash|(parent|ancestor):binary:path|cgroup|namespace:(cgroup|ipc|mnt|net|pid|time|user|uts)(:host)?)$/s.test(
      name,
    );
  const needs: Readonly<Record<keyof typeof FEATURE_FLAGS, boolean>> = {
    inbound: policy.ingress === 'deny' || identities.some((identity) => identity.inbound !== undefined),
    tls:
      identities.some(({ tls, svid }) => orElse(tls, 'none') !== 'none' || svid !== undefined) ||
      rules.some(
        ({ tls, intercept, identity }) =>
          orElse(tls, 'none') !== 'none' || intercept === true || identity !== undefined,
      ),
    peers:
      identities.some(({ peers }) => peers !== undefined) ||
      rules.some(({ peers }) => peers !== undefined) ||
      looks(
        inbound.map(({ condition }) => condition),
        'peerId',
        'peerDomain',
        'peerPath',
      ),
    credentials: bindings.length > 0,
    names:
      services.some(({ names = [] }) => names.length > 0) || looks(conditionsOf(policy), 'destinationName'),
    labels: labels.some(isKernels),
    templates: identities.some(({ template }) => template === true),
    'agent-labels': labels.some((name) => !isKernels(name)),
  };
  return Object.entries(FEATURE_FLAGS).reduce(
    (sum, [name, bit]) => sum + (Object.entries(needs).some(([n, is]) => n === name && is) ? bit : 0),
    0,
  );
}

function findIdentity(policy: Policy, facts: Facts, connection: Connection, accepts: boolean): number {
  const address = Buffer.from(connection.remote.address).toString('hex');
  const { port } = connection.remote;
  const { labels = [], ...process } = facts;
  const actual: Readonly<Partial<Record<FactName, number | string>>> = {
    ...process,
    direction: accepts ? 1 : 0,
    ...(accepts
      ? { 'source:ip': address, 'source:port': port }
      : { 'destination:ip': address, 'destination:port': port }),
  };
  const isTrue = (fact: FactName, value: number | string): boolean => {
    if (fact === 'label') return labels.some((label) => label === value);
    const has = actual[fact];
    if (has === undefined) return false;
    return FACTS[fact].match === 'prefix' ? String(has).startsWith(String(value)) : has === value;
  };
  const selector = orderSelectors(policy).find(({ terms }) =>
    terms.every(({ fact, values }) => values.some((value) => isTrue(fact, value))),
  );
  return selector?.identity ?? NONE;
}

function isAt(
  { remote: { port }, protocol = 'tcp' }: Connection,
  { low, high, protocol: only = protocol }: Omit<Name, 'name'>,
): boolean {
  return port >= low && port <= high && only === protocol;
}

/** An address of 16 bytes, in a prefix of 4 or 16. */
function isInside(whole: Uint8Array, { address, prefixLength }: Prefix): boolean {
  const mapped = whole.every((byte, i) => i >= 12 || byte === (i < 10 ? 0 : 0xff));
  const actual = mapped ? whole.subarray(12) : whole;
  return (
    actual.length === address.length && toBits(actual).startsWith(toBits(address).slice(0, prefixLength))
  );
}

function toBits(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
}

/** Whether a condition holds for one of the names; none always does. */
export function holds(
  program: Program | undefined,
  facts: Facts,
  { name, names, ...connection }: Connection,
  accepts: boolean,
): boolean {
  const each = namesOf({ ...connection, name, names });
  return (each.length === 0 ? [''] : each).some((one) =>
    holdsByName(program, facts, { ...connection, name: one }, accepts),
  );
}

function holdsByName(
  program: Program | undefined,
  facts: Facts,
  connection: Connection,
  accepts: boolean,
): boolean {
  if (program === undefined) return true;
  const field = fieldsOf(facts, connection, accepts);
  const from = (next: Instruction['whenTrue']): boolean => {
    if (typeof next === 'string') return next === 'holds';
    const instruction = program[next];
    if (instruction === undefined) throw new Error(`there is no instruction ${next}`);
    return from(passes(instruction, field) ? instruction.whenTrue : instruction.whenFalse);
  };
  return from(0);
}

function passes(i: Instruction, fields: Fields): boolean {
  const value = fields[i.field];
  switch (i.test) {
    case 'range':
      return Number(value) >= i.low && Number(value) <= i.high;
    case 'equal':
      return value === i.text;
    case 'starts':
      return String(value).startsWith(i.text);
    case 'ends':
      return String(value).endsWith(i.text);
    case 'inside':
      return String(value).startsWith(toBits(i.prefix.address).slice(0, i.prefix.prefixLength));
  }
}

/** Addresses as their bits. */
type Fields = Readonly<Record<keyof typeof FIELD, number | string>>;

function fieldsOf(facts: Facts, connection: Connection, accepts: boolean): Fields {
  const { remote, localPort = 0, time = 0, name = '', peer = '' } = connection;
  const spiffe =
    accepts && Buffer.byteLength(peer) <= 2048 ? /^spiffe:\/\/([^/]+)(\/.*)?$/su.exec(peer) : null;
  const monday = Date.UTC(1969, 11, 29) / 60_000;
  const minute = Math.floor(time / 60);
  const nowhere = '0'.repeat(128);
  return {
    processName: facts['process:name'] ?? '',
    processBinaryPath: facts['process:binary:path'] ?? '',
    processUid: facts['process:uid'] ?? NONE,
    processGid: facts['process:gid'] ?? NONE,
    processCmdline: facts['process:cmdline'] ?? '',
    destinationPort: accepts ? localPort : remote.port,
    destinationIp: accepts ? nowhere : toBits(remote.address),
    destinationName: accepts ? '' : name,
    sourceIp: accepts ? toBits(remote.address) : nowhere,
    sourcePort: accepts ? remote.port : 0,
    peerId: spiffe?.[0] ?? '',
    peerDomain: spiffe?.[1] ?? '',
    peerPath: spiffe?.[2] ?? '',
    time,
    dayMinute: minute % 1440,
    weekMinute: (minute - monday) % 10080,
  };
}
