// SPDX-License-Identifier: Apache-2.0
// The core against the oracle, on random policies and connections. RIPTIDES_PAIRS sets how many, RIPTIDES_SEED where
// to begin: `RIPTIDES_SEED=<seed> RIPTIDES_PAIRS=10` replays one policy. 2,000 pairs take about a second.

import { expect, test } from '@jest/globals';
import { type CoreBundle, openBundle, type Verdict } from '../../src/bundle/core.ts';
import { NONE } from '../../src/bundle/generated.ts';
import { emitBundle } from '../../src/compiler/emit/emit.ts';
import { lowerModel } from '../../src/compiler/lower/lower.ts';
import { resolveModel } from '../../src/compiler/resolve/resolve.ts';
import type { Model } from '../../src/compiler/resolve/types.ts';
import type { ShapedDocument } from '../../src/compiler/shape/types.ts';
import { SEED } from '../seed.ts';
import { type Question, randomCase } from './generate.ts';
import { oracleAccept, oracleConnect, oracleOther, oraclePeer, type OracleVerdict } from './oracle.ts';

const PAIRS = Number(process.env['RIPTIDES_PAIRS'] ?? 2000);
const WAYS = [
  'allow',
  'audit',
  'deny',
  'egress-posture',
  'ingress-posture',
  'default',
  'egress',
  'inbound-default',
  'inbound',
] as const satisfies readonly (OracleVerdict['action'] | OracleVerdict['rule']['kind'])[];

test(
  'the core decides every connection as the oracle does',
  () => {
    const seen = new Map<string, number>();
    const count = (what: string): unknown => seen.set(what, (seen.get(what) ?? 0) + 1);
    for (let seed = SEED, pairs = 0; pairs < PAIRS; seed++) {
      try {
        const { documents, questions } = randomCase(seed);
        const model = modelOf(documents);
        const core = openBundle(bundleOf(model));
        for (const question of questions) {
          for (const { action, rule } of compare(model, core, question)) {
            count(action);
            count(rule.kind);
          }
          pairs++;
        }
      } catch (error) {
        throw new Error(`replay with RIPTIDES_SEED=${seed} RIPTIDES_PAIRS=10`, { cause: error });
      }
    }
    // The cases are worth something only if each way to a verdict is taken often.
    if (PAIRS >= 1000) {
      const rare = WAYS.filter((way) => (seen.get(way) ?? 0) <= PAIRS / 50);
      expect(rare).toEqual([]);
    }
  },
  60_000 + PAIRS * 2,
);

function modelOf(documents: readonly ShapedDocument[]): Model {
  const { value, diagnostics } = resolveModel(documents);
  if (value === undefined) throw new Error(diagnostics[0]?.message);
  return value;
}

function bundleOf(model: Model): Uint8Array {
  const { value, diagnostics } = lowerModel(model);
  const bundle = value === undefined ? undefined : emitBundle(value.tables);
  if (!(bundle instanceof Uint8Array)) throw new Error(diagnostics[0]?.message ?? 'not emitted');
  return bundle;
}

function compare(
  model: Model,
  core: CoreBundle,
  { process, connection }: Question,
): readonly OracleVerdict[] {
  const connect = oracleConnect(model, process, connection);
  const accept = oracleAccept(model, process, connection);
  const other = oracleOther(model, process);
  const { address, port, protocol, localPort, time, names, peer } = connection;
  const facts = { ...process.facts, labels: process.labels };
  const asked = { protocol, remote: { address, port }, localPort, time, names, peer };
  const verdict = core.decideConnect(facts, asked);
  expect({
    facts,
    asked,
    connect: verdict,
    peerAllowed: core.peerAllowed(verdict, peer),
    accept: core.decideAccept(facts, asked),
    other: core.decideOther(facts, time),
    governs: [core.governs('tcp'), core.governs('udp'), core.refusesOthers],
  }).toEqual({
    facts,
    asked,
    connect: inNumbers(model, connect),
    peerAllowed: oraclePeer(connect, peer),
    accept: inNumbers(model, accept),
    other: inNumbers(model, other),
    governs: [true, model.project.udp, model.project.denyOthers],
  });
  return [connect, accept];
}

/** The oracle's words as the numbers of the bundle: rules are numbered in the order of the model. */
function inNumbers(model: Model, verdict: OracleVerdict): { [K in keyof Verdict]: unknown } {
  const numberOf = (name: string | undefined): number => {
    const number = model.identities.findIndex(({ workloadId }) => workloadId === name);
    return number < 0 ? NONE : number;
  };
  const identity = numberOf(verdict.identity);
  const service = model.services.findIndex(({ name }) => name === verdict.service);
  const before = model.identities
    .slice(0, identity)
    .reduce(
      (sum, { egress, inbound }) =>
        sum + 1 + egress.length + (inbound === undefined ? 0 : 1 + inbound.length),
      2,
    );
  const inbound = before + 1 + (model.identities[identity]?.egress.length ?? 0);
  return {
    action: verdict.action,
    rule: ruleNumber(verdict.rule, before, inbound),
    identity,
    service: service < 0 ? NONE : service,
    presents: numberOf(verdict.presents),
    // Which number a condition has is the compiler's affair: what it says is compared by asking.
    peers: verdict.peers === undefined ? NONE : expect.any(Number),
    tls: verdict.tls,
    intercept: verdict.intercept,
    keeps: verdict.keeps,
    filling: 'done',
  };
}

function ruleNumber(rule: OracleVerdict['rule'], before: number, inbound: number): number {
  switch (rule.kind) {
    case 'egress-posture':
      return 0;
    case 'ingress-posture':
      return 1;
    case 'default':
      return before;
    case 'egress':
      return before + 1 + rule.index;
    case 'inbound-default':
      return inbound;
    case 'inbound':
      return inbound + 1 + rule.index;
  }
}
