// SPDX-License-Identifier: Apache-2.0
// Widening changes as a sentence.

import { listWords } from '../../terminal/list.ts';
import type { ConnectionChange, CredentialGain, IdentityDifference, Origin } from '../types.ts';
import { exampleWords, outcomeWords, endpointsWords, whenWords, protocolWords } from '../words/words.ts';

/** A clause of the sentence. Clauses that differ only in who are joined. */
export interface Clause {
  readonly who: string;
  /** Whether it is one. */
  readonly isOne: boolean;
  readonly verb: 'gains' | 'keeps' | 'becomes';
  readonly what: string;
}

const VERBS = {
  gains: ['gains', 'gain'],
  keeps: ['keeps', 'keep'],
  becomes: ['becomes', 'become'],
} as const;

/** A name in quotes; a workload ID without the trust domain. */
function nameWords(spiffeId: string): string {
  return `"${workloadIdOf(spiffeId)}"`;
}

/** The workload ID in a SPIFFE ID. */
export function workloadIdOf(spiffeId: string): string {
  return spiffeId.replace(/^spiffe:\/\/[^/]*\//, '');
}

/** Whose connections they are. */
function whoWords({ before, after }: IdentityDifference): Pick<Clause, 'who' | 'isOne'> {
  if (before === after)
    return after === undefined
      ? { who: 'processes without an identity', isOne: false }
      : { who: nameWords(after), isOne: true };
  if (after === undefined)
    return {
      who: `processes that were ${nameWords(before ?? '')} and no longer have an identity`,
      isOne: false,
    };
  const from = before === undefined ? '' : `were ${nameWords(before)} and `;
  return { who: `processes that ${from}become ${nameWords(after)}`, isOne: false };
}

/** What a change grants. */
export function changeClause(one: IdentityDifference, change: ConnectionChange, { reach }: Origin): Clause {
  const { direction, before, after } = change;
  const where = `connections ${direction === 'out' ? 'to' : 'from'} ${endpointsWords(reach ?? change)}${protocolWords(change.protocol)}`;
  const what = [where, whenWords(change)].filter((part) => part !== '').join(' ');
  if (before.action !== 'deny')
    return {
      ...whoWords(one),
      verb: 'keeps',
      what: `${what}, with less control: ${outcomeWords(before, after)}`,
    };
  return { ...whoWords(one), verb: 'gains', what: after.action === 'audit' ? `${what}, reported` : what };
}

/** What becoming an identity grants. */
export function arrivalClause({ before, after = '' }: IdentityDifference): Clause {
  const who = before === undefined ? 'processes without an identity' : `processes of ${nameWords(before)}`;
  return { who, isOne: false, verb: 'becomes', what: nameWords(after) };
}

/** What a binding grants. */
export function credentialClause({ identity, credential }: CredentialGain): Clause {
  return {
    who: nameWords(identity),
    isOne: true,
    verb: 'gains',
    what: `the credential "${credential}"`,
  };
}

function namesWords(names: readonly string[]): string {
  return names.length === 2 ? names.join(' and ') : listWords(names);
}

/** One sentence of clauses. */
export function sentence(clauses: readonly Clause[]): string {
  const groups = Map.groupBy(clauses, ({ verb, what }) => JSON.stringify([verb, what]));
  return listWords(
    [...groups.values()].flatMap((group) => {
      const [first] = group;
      if (first === undefined) return [];
      const names = [...new Set(group.map(({ who }) => who))];
      const isOne = names.length === 1 && first.isOne;
      return [`${namesWords(names)} ${VERBS[first.verb][isOne ? 0 : 1]} ${first.what}`];
    }),
    '; ',
  );
}

/** An example with the verdicts before and after. */
export function shownBy({ example }: Origin, change: ConnectionChange | undefined): string {
  const isTimed = (change?.when ?? []).some((tests) =>
    tests.some(({ field }) => field === 'time' || field === 'week-minute'),
  );
  const peer = change?.peer;
  const peerWords =
    peer === undefined || peer.before || !peer.after ? '' : `; the peer ${peer.peer}: refused, then accepted`;
  return `${exampleWords(example, isTimed)}${peerWords}`;
}
