// SPDX-License-Identifier: Apache-2.0
// Workload IDs with placeholders, as `explain` shows them.

import { describe, expect, test } from '@jest/globals';
import type { Facts } from '../../src/bundle/core.ts';
import { compileModel } from '../../src/compiler/compile-model.ts';
import { openExplainer } from '../../src/explain/explain.ts';
import { parseEndpoint } from '../../src/explain/question.ts';
import { identity, model, selector, service } from '../compiler/models.ts';

const ID = 'users/[process:uid]/[process:env:TIER]';

function explain(facts: Facts, mode: 'enforce' | 'audit' | 'off' = 'enforce', workloadId = ID) {
  const rules = { template: true, mode, egress: [{ services: [0] }] };
  const { value } = compileModel(
    model(
      [identity(workloadId, [selector({ 'process:uid': 7 })], rules)],
      [service('a', ['10.0.0.1 80'])],
      'allow',
    ),
  );
  if (value === undefined) throw new Error('not compiled');
  return openExplainer(value).explain({
    direction: 'output',
    facts: { 'process:uid': 7, ...facts },
    connection: { remote: parseEndpoint('10.0.0.1:80') },
  });
}

describe('an identity with placeholders', () => {
  test('has the SPIFFE ID that its process makes it', () => {
    const { verdict, identity: who, reasons } = explain({ labels: ['process:env:TIER=gold'] });
    expect(verdict).toBe('allow');
    expect(who).toMatchObject({ workloadID: ID, spiffeID: 'spiffe://test.example/users/7/gold' });
    expect(who).not.toHaveProperty('unfilled');
    expect(reasons.at(-1)).toEqual({
      text: 'its workload ID is users/7/gold',
      holds: true,
      reasons: [
        { text: '[process:uid] is "7"', holds: true },
        { text: '[process:env:TIER] is "gold"', holds: true },
      ],
    });
  });

  test.each<[facts: Facts, unfilled: string, why: string, of: string]>([
    [{}, 'missing', 'the process lacks a fact that it names', '[process:env:TIER] is not known'],
    [
      { labels: ['process:env:TIER=a/b'] },
      'unfit',
      'with the values of the process it is no path of a SPIFFE ID',
      '[process:env:TIER] is "a/b", which paths cannot have',
    ],
    [
      { labels: ['process:env:TIER=a', 'process:env:TIER=b'] },
      'several',
      'the process has several values of a fact that it names',
      '[process:env:TIER] is several: "a", "b"',
    ],
  ])('is denied with %j: %s', (facts, unfilled, why, of) => {
    const { verdict, errno, identity: who, rule, reasons } = explain(facts);
    expect({ verdict, errno, unfilled: who?.unfilled }).toEqual({
      verdict: 'deny',
      errno: 'EACCES',
      unfilled,
    });
    expect(rule.because).toBe(`the workload ID ${ID} cannot be filled in: ${why}`);
    expect(reasons.at(-1)).toMatchObject({ text: `${ID} cannot be filled in`, holds: false, decides: true });
    expect(reasons.at(-1)?.reasons?.at(-1)).toEqual({ text: of, holds: false });
  });

  test('goes on where its mode says so', () => {
    expect(explain({}, 'audit')).toMatchObject({
      verdict: 'audit',
      rule: { because: expect.stringMatching(/cannot be filled in: .*; its mode is audit$/) },
    });
    expect(explain({}, 'off')).toMatchObject({
      verdict: 'allow',
      rule: { because: expect.stringMatching(/; the mode of users\/.* is off$/) },
    });
  });
});
