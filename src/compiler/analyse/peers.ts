// SPDX-License-Identifier: Apache-2.0
// Who may talk to whom, where both sides are identities of the policy.

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Condition } from '../../conditions/types.ts';
import { prefixTest } from '../../conditions/affixes.ts';
import type { Model, ModelIdentity } from '../resolve/types.ts';

/** Warnings about peers that the policy does not have, or that are not allowed by their own side. */
export function checkPeers(model: Model): readonly Diagnostic[] {
  const { trustDomain } = model.project;
  const own = `spiffe://${trustDomain}/`;
  if (model.identities.every(({ inbound }) => inbound === undefined)) return [];
  const byId = new Map(model.identities.map((identity) => [`${own}${identity.workloadId}`, identity]));
  const tests = new Map<ModelIdentity, (peer: string) => boolean>();
  const mayConnect = (from: ModelIdentity, to: ModelIdentity): boolean => {
    const test = tests.get(from) ?? mayConnectTo(from);
    tests.set(from, test);
    return test(`${own}${to.workloadId}`);
  };
  // Workload IDs with placeholders have IDs that are not known here.
  const isOpen = model.identities.some(({ template }) => template);

  return model.identities.flatMap((identity): readonly Diagnostic[] => {
    if (identity.inbound === undefined) return [];
    const admitted = identity.inbound.map((rule) => ({ rule, ...admittedPeers(rule.condition) }));
    const found: Diagnostic[] = [];
    let reachable = false;
    for (const { rule, named, others } of admitted) {
      if (others) reachable = true;
      const sources = new Map(rule.peers.map(({ pattern, source }) => [pattern, source]));
      for (const peer of named) {
        const range = sources.get(peer) ?? rule.source;
        const other = byId.get(peer);
        if (!peer.startsWith(own) || (other === undefined && isOpen)) reachable = true;
        else if (other === undefined) found.push(unknownPeer(peer, range));
        else if (mayConnect(other, identity)) reachable = true;
        else found.push(oneSided(identity, other, range));
      }
    }
    return reachable ? found : [...found, unreachable(identity)];
  });
}

/** Whom a condition can admit: the SPIFFE IDs that it names, and whether it admits others besides. */
interface Admitted {
  readonly named: readonly string[];
  readonly others: boolean;
}

function admittedPeers(condition: Condition | undefined): Admitted {
  switch (condition?.kind) {
    case 'text':
      return condition.field === 'peerId' && condition.test === 'equal'
        ? { named: [condition.text], others: false }
        : { named: [], others: true };
    case 'any':
      return join(condition.of.map(admittedPeers));
    case 'all': {
      const parts = condition.of.map(admittedPeers);
      return parts.find(({ others }) => !others) ?? { ...join(parts), others: true };
    }
    case 'constant':
      return { named: [], others: condition.value };
    case 'not':
    case 'number':
    case 'address':
    case undefined:
      return { named: [], others: true };
  }
}

function join(parts: readonly Admitted[]): Admitted {
  return { named: parts.flatMap(({ named }) => named), others: parts.some(({ others }) => others) };
}

/** Whether an identity's own side lets it connect to a peer, as far as that depends on the peer alone. */
function mayConnectTo({ peers, egress }: ModelIdentity): (peer: string) => boolean {
  if (peers === undefined) return () => true;
  const tests = [peers, ...egress.flatMap((rule) => rule.peers ?? [])].map(peerTest);
  return (peer) => tests.some((test) => test(peer));
}

/** A condition as a test of a peer. Of many texts, those of a peer's prefixes are looked up. */
function peerTest(condition: Condition): (peer: string) => boolean {
  switch (condition.kind) {
    case 'text': {
      const { test, text } = condition;
      return (peer) => (test === 'equal' ? text === peer : peer.startsWith(text));
    }
    case 'any': {
      const texts = condition.of.filter((part) => part.kind === 'text');
      const equal = new Set(texts.filter(({ test }) => test === 'equal').map(({ text }) => text));
      const starts = prefixTest(texts.filter(({ test }) => test !== 'equal').map(({ text }) => text));
      const others = condition.of.filter((part) => part.kind !== 'text').map(peerTest);
      return (peer) => equal.has(peer) || starts(peer, true) || others.some((test) => test(peer));
    }
    case 'all': {
      const parts = condition.of.map(peerTest);
      return (peer) => parts.every((test) => test(peer));
    }
    case 'not': {
      const test = peerTest(condition.of);
      return (peer) => !test(peer);
    }
    case 'constant':
      return () => condition.value;
    case 'number':
    case 'address':
      return () => true;
  }
}

function unknownPeer(peer: string, range: Diagnostic['range']): Diagnostic {
  return {
    code: 'RTP1410',
    severity: 'warning',
    range,
    message: `the policy has no identity ${peer}`,
    why: 'only an identity of this policy could prove an ID of this trust domain',
    fix: 'correct the workload ID, add the identity, or remove the entry',
  };
}

function oneSided(identity: ModelIdentity, other: ModelIdentity, range: Diagnostic['range']): Diagnostic {
  return {
    code: 'RTP1411',
    severity: 'warning',
    range,
    message: `"${other.workloadId}" is admitted here, and is not allowed to connect to "${identity.workloadId}"`,
    why: 'its own allowedSPIFFEIDs.outbound does not name this identity, so the connection fails on its side',
    fix: `add this identity to allowedSPIFFEIDs.outbound of "${other.workloadId}", or remove the entry here`,
    related: [{ range: other.source, message: 'the other identity' }],
  };
}

function unreachable(identity: ModelIdentity): Diagnostic {
  return {
    code: 'RTP1412',
    severity: 'warning',
    range: identity.source,
    message: `nobody may connect to "${identity.workloadId}"`,
    why: 'none of the peers that it allows exists or is allowed to connect',
    fix: 'admit a peer with allowedSPIFFEIDs.inbound or ingress, or remove both to leave it to the posture',
  };
}
