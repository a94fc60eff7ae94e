// SPDX-License-Identifier: Apache-2.0
// The comparison against trying out every connection of a small world on both sides. RIPTIDES_PAIRS sets how many pairs of policies,
// RIPTIDES_SEED where to begin: `RIPTIDES_SEED=<seed> RIPTIDES_PAIRS=1` replays one. 300 pairs take some seconds.

import { expect, test } from '@jest/globals';
import { parseAddress } from '../../src/bundle/address.ts';
import {
  type Connection,
  type CoreBundle,
  type Facts,
  openBundle,
  type Verdict,
} from '../../src/bundle/core.ts';
import { NONE } from '../../src/bundle/generated.ts';
import { emitBundle } from '../../src/compiler/emit/emit.ts';
import { lowerModel } from '../../src/compiler/lower/lower.ts';
import type { Model } from '../../src/compiler/resolve/types.ts';
import { comparePolicies } from '../../src/diff/compare.ts';
import type { ConnectionOutcome, Example, ExampleVerdict, IdentityDifference } from '../../src/diff/types.ts';
import { SEED } from '../seed.ts';
import { casesHold, isAbout } from './coverage.ts';
import { randomPair, type RandomPair } from './generate.ts';

const PAIRS = Number(process.env['RIPTIDES_PAIRS'] ?? 300);

/** How often each kind of answer was seen. */
type Seen = Map<string, number>;

test(
  'the changes are exactly the connections that are decided differently',
  () => {
    const seen: Seen = new Map();
    for (let seed = SEED; seed < SEED + PAIRS; seed++) {
      try {
        checkPair(randomPair(seed), seen);
      } catch (error) {
        throw new Error(`replay with RIPTIDES_SEED=${seed} RIPTIDES_PAIRS=1`, { cause: error });
      }
    }
    if (PAIRS >= 300) {
      const rare = [
        'gains',
        'loses',
        'changes',
        'moves',
        'same',
        'when',
        'peer',
        'in',
        'names',
        'datagrams',
      ].filter((what) => (seen.get(what) ?? 0) < PAIRS / 30);
      expect(rare).toEqual([]);
    }
  },
  60_000 + PAIRS * 500,
);

interface Opened {
  readonly core: CoreBundle;
  readonly model: Model;
  /** By conditions on peers. */
  readonly allowed: Map<number, readonly boolean[]>;
}

function checkPair(pair: RandomPair, seen: Seen): void {
  const [before, after] = [pair.before, pair.after].map((model): Opened & { bundle: Uint8Array } => {
    const bundle = bundleOf(model);
    return { core: openBundle(bundle), model, bundle, allowed: new Map() };
  });
  if (before === undefined || after === undefined) throw new Error('two sides');
  const difference = comparePolicies(before, after);
  expect(difference.exact).toBe(true);
  const count = (what: string): unknown => seen.set(what, (seen.get(what) ?? 0) + 1);
  if (difference.same) count('same');
  const found = new Map(difference.identities.map((one) => [`${one.before} ${one.after}`, one]));
  for (const one of difference.identities) {
    if (one.moves.length > 0) count('moves');
    for (const { kind, when, direction, peer, endpoints, example } of one.changes) {
      count(kind);
      if (when !== undefined) count('when');
      if (direction === 'in') count('in');
      if (peer !== undefined) count('peer');
      if (endpoints.some(({ names }) => names !== undefined)) count('names');
      checkExample(example, before, after);
    }
    for (const { example } of one.moves) checkExample(example, before, after);
  }
  for (const direction of ['out', 'in'] as const) {
    for (const facts of pair.processes) {
      for (const connection of pair[direction]) {
        const a = outcomeOf(before, direction, facts, connection, pair.peers);
        const b = outcomeOf(after, direction, facts, connection, pair.peers);
        const one = found.get(`${a.identity} ${b.identity}`);
        const wrong = whatIsWrong(one, direction, facts, connection, a, b, pair.peers);
        if (direction === 'out' && pair.udp) {
          const [was, is] = [before, after].map((side) => datagramAction(side, facts, connection));
          const alsoWrong = whatIsWrongByUdp(one, facts, connection, was ?? '', is ?? '');
          if (alsoWrong !== undefined)
            throw new Error(
              `${alsoWrong}\n${JSON.stringify({ facts, connection: show(connection), was, is, one }, undefined, 1)}`,
            );
          if (was !== is) count('datagrams');
        }
        if (wrong !== undefined)
          throw new Error(
            `${wrong}\n${JSON.stringify({ direction, facts, connection: show(connection), a, b, one }, undefined, 1)}`,
          );
      }
    }
  }
}

/** What becomes of a datagram: of one that is not governed nothing is said. */
function datagramAction({ core }: Opened, facts: Facts, connection: Connection): string {
  return core.governs('udp') ? core.decideConnect(facts, { ...connection, protocol: 'udp' }).action : 'allow';
}

/** What a difference says that is not so of a datagram, or does not say. */
function whatIsWrongByUdp(
  one: IdentityDifference | undefined,
  facts: Facts,
  connection: Connection,
  a: string,
  b: string,
): string | undefined {
  const about = (one?.changes ?? []).filter(
    (change) => change.direction === 'out' && change.protocol !== 'tcp' && isAbout(change, facts, connection),
  );
  if (a === b) return about.length === 0 ? undefined : 'a change of datagrams is said, and there is none';
  const [only, ...others] = about;
  if (only === undefined) return 'no change of datagrams is said';
  if (others.length > 0) return 'two changes of datagrams are said';
  return only.before.action === a && only.after.action === b
    ? undefined
    : 'the change of datagrams is not so';
}

function show({ remote, ...rest }: Connection): unknown {
  return { ...rest, address: Buffer.from(remote.address).toString('hex'), port: remote.port };
}

/** What becomes of a connection, in words: the text of it is the same exactly when the outcome is. */
interface Outcome {
  readonly identity: string | undefined;
  readonly action: string;
  readonly presents: string | undefined;
  readonly tls: string;
  readonly intercept: boolean;
  /** Which of the peers of the small world are allowed. */
  readonly peers: readonly boolean[];
}

function outcomeOf(
  { core, model, allowed }: Opened,
  direction: 'out' | 'in',
  facts: Facts,
  connection: Connection,
  peers: readonly string[],
): Outcome {
  const verdict =
    direction === 'out' ? core.decideConnect(facts, connection) : core.decideAccept(facts, connection);
  const identity = nameOf(model, verdict.identity);
  const nothing = { identity, action: 'deny', presents: undefined, tls: 'none', intercept: false, peers: [] };
  if (verdict.action === 'deny') return nothing;
  const own = allowed.get(verdict.peers) ?? peers.map((peer) => core.peerAllowed(verdict, peer));
  allowed.set(verdict.peers, own);
  return {
    identity,
    action: verdict.action,
    presents: verdict.presents === verdict.identity ? undefined : nameOf(model, verdict.presents),
    tls: verdict.tls,
    intercept: verdict.intercept,
    peers: direction === 'in' ? [] : own,
  };
}

function nameOf({ identities, project }: Model, number: number): string | undefined {
  const identity = number === NONE ? undefined : identities[number];
  return identity === undefined ? undefined : `spiffe://${project.trustDomain}/${identity.workloadId}`;
}

/** What a difference says that is not so of a connection, or does not say; undefined when all is right. */
function whatIsWrong(
  one: IdentityDifference | undefined,
  direction: 'out' | 'in',
  facts: Facts,
  connection: Connection,
  a: Outcome,
  b: Outcome,
  peers: readonly string[],
): string | undefined {
  if (a.identity !== b.identity && one?.moves.some((move) => move.direction === direction) !== true)
    return 'no move is said';
  const about = (one?.changes ?? []).filter(
    (change) =>
      change.direction === direction && change.protocol !== 'udp' && isAbout(change, facts, connection),
  );
  const differs = !same({ ...a, identity: undefined }, { ...b, identity: undefined });
  if (about.length > 1) return 'two changes are said';
  if (differs && about.length === 0) return 'no change is said';
  for (const { before, after, peer } of about) {
    // Peers that differ need not differ for the few of the small world.
    if (peer === undefined && !differs) return 'a change is said, and there is none';
    if (!same(read(before, a.identity, direction, peers), a)) return 'before is not so';
    if (!same(read(after, b.identity, direction, peers), b)) return 'after is not so';
  }
  return undefined;
}

function same(a: Outcome, b: Outcome): boolean {
  return (
    a.identity === b.identity &&
    a.action === b.action &&
    a.presents === b.presents &&
    a.tls === b.tls &&
    a.intercept === b.intercept &&
    a.peers.join() === b.peers.join()
  );
}

/** What a change says of a side. */
function read(
  { action, presents, tls, intercept, peers }: ConnectionOutcome,
  identity: string | undefined,
  direction: 'out' | 'in',
  all: readonly string[],
): Outcome {
  const nobody: Connection = { remote: { address: new Uint8Array(16), port: 0 } };
  return {
    identity,
    action,
    presents,
    tls,
    intercept,
    peers:
      direction === 'in' || action === 'deny'
        ? []
        : all.map((peer) => peers === undefined || casesHold(peers, {}, { ...nobody, peer }, 'in')),
  };
}

function checkExample(example: Example, before: Opened, after: Opened): void {
  const { facts, labels, direction, protocol, remote, name, localPort, peer, time } = example;
  const [, address = '', port = ''] = /^\[?([^\]]+?)\]?:(\d+)$/.exec(remote) ?? [];
  const connection: Connection = {
    remote: { address: parseAddress(address) ?? new Uint8Array(), port: Number(port) },
    time: Date.parse(time) / 1000,
    ...(name === undefined ? {} : { name }),
    ...(localPort === undefined ? {} : { localPort }),
    ...(peer === undefined ? {} : { peer }),
  };
  for (const [{ core, model }, said] of [
    [before, example.before],
    [after, example.after],
  ] as const) {
    const all = { ...facts, labels };
    const by = { ...connection, protocol };
    const verdict = direction === 'out' ? core.decideConnect(all, by) : core.decideAccept(all, by);
    const words = wordsOf(verdict, model);
    const isGoverned = core.governs(protocol ?? 'tcp');
    expect(said).toEqual(isGoverned ? words : { action: 'allow', identity: words.identity });
  }
}

function wordsOf({ action, identity, service, rule }: Verdict, model: Model): ExampleVerdict {
  const who = nameOf(model, identity);
  const where = model.services[service]?.name;
  return {
    action,
    ...(who === undefined ? {} : { identity: who }),
    ...(where === undefined ? {} : { service: where }),
    rule,
  };
}

function bundleOf(model: Model): Uint8Array {
  const { value, diagnostics } = lowerModel(model);
  const bundle = value === undefined ? undefined : emitBundle(value.tables);
  if (!(bundle instanceof Uint8Array)) throw new Error(diagnostics[0]?.message ?? 'not emitted');
  return bundle;
}
