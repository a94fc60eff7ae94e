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
import { type Question, randomCase } from './generate.ts';
import { oracleAccept, oracleConnect, type OracleVerdict } from './oracle.ts';

const PAIRS = Number(process.env['RIPTIDES_PAIRS'] ?? 2000);
const FIRST_SEED = Number(process.env['RIPTIDES_SEED'] ?? 1);

test(
  'the core decides every connection as the oracle does',
  () => {
    const seen = { allow: 0, audit: 0, deny: 0, egress: 0, default: 0, unknown: 0 };
    for (let seed = FIRST_SEED, pairs = 0; pairs < PAIRS; seed++) {
      try {
        const { documents, questions } = randomCase(seed);
        const model = modelOf(documents);
        const core = openBundle(bundleOf(model));
        for (const question of questions) {
          const { action, rule } = compare(model, core, question);
          seen[action]++;
          seen[rule.kind === 'egress' ? 'egress' : rule.kind === 'default' ? 'default' : 'unknown']++;
          pairs++;
        }
      } catch (error) {
        throw new Error(`replay with RIPTIDES_SEED=${seed} RIPTIDES_PAIRS=10`, { cause: error });
      }
    }
    // The cases are worth something only if each way to a verdict is taken often.
    if (PAIRS >= 1000) for (const count of Object.values(seen)) expect(count).toBeGreaterThan(PAIRS / 50);
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

function compare(model: Model, core: CoreBundle, { facts, destination }: Question): OracleVerdict {
  const connect = oracleConnect(model, facts, destination.address, destination.port);
  const accept = oracleAccept(model, facts);
  const asked = { facts, port: destination.port, address: destination.address.join() };
  expect({
    ...asked,
    connect: core.decideConnect(facts, destination),
    accept: core.decideAccept(facts),
  }).toEqual({
    ...asked,
    connect: inNumbers(model, connect),
    accept: inNumbers(model, accept),
  });
  return connect;
}

/** The oracle's words as the numbers of the bundle: rules are numbered in the order of the model. */
function inNumbers(model: Model, verdict: OracleVerdict): Verdict {
  const identity = model.identities.findIndex(({ workloadId }) => workloadId === verdict.identity);
  const service = model.services.findIndex(({ name }) => name === verdict.service);
  const before = model.identities.slice(0, identity).reduce((sum, { egress }) => sum + 1 + egress.length, 2);
  const rules = { 'egress-posture': 0, 'ingress-posture': 1, default: before };
  return {
    action: verdict.action,
    rule: verdict.rule.kind === 'egress' ? before + 1 + verdict.rule.index : rules[verdict.rule.kind],
    identity: identity < 0 ? NONE : identity,
    service: service < 0 ? NONE : service,
  };
}
