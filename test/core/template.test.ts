// SPDX-License-Identifier: Apache-2.0
// Workload IDs with placeholders: what they become, and that nothing becomes of what is no path.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkBundle, type CoreBundle, type Facts, openBundle } from '../../src/bundle/core.ts';
import { LIMITS, MODE } from '../../src/bundle/generated.ts';
import { buildParts } from './build.ts';
import { EMPTY, HERE, identity, uid } from './limits.ts';
import { encodeParts, type Parts } from './parts.ts';
import type { Policy } from './policy.ts';
import { endpoint } from './samples.ts';

function parts(workloadId: string, trustDomain = 'a', more: Partial<Policy> = {}): Parts {
  const own = {
    ...identity([[uid(1)]], workloadId),
    template: true,
    fallback: 'allow' as const,
    inbound: { fallback: 'allow' as const, rules: [] },
  };
  return buildParts({ ...EMPTY, trustDomain, identities: [own], ...more });
}

function bundle(workloadId: string, trustDomain?: string): CoreBundle {
  return openBundle(encodeParts(parts(workloadId, trustDomain)));
}

/** What the workload ID becomes, or why nothing does. The verdict and the text must agree. */
function filled(core: CoreBundle, facts: Facts, accepts = false): string {
  const own = { 'process:uid': 1, ...facts };
  const { filling, action } = accepts ? core.decideAccept(own, HERE) : core.decideConnect(own, HERE);
  const text = core.fillWorkloadId(0, own, HERE, accepts);
  expect([filling === 'done', action]).toEqual([text !== undefined, filling === 'done' ? 'allow' : 'deny']);
  return text ?? filling;
}

describe('a workload ID with placeholders', () => {
  test.each<[template: string, facts: Facts, becomes: string]>([
    ['users/[process:uid]', {}, 'users/1'],
    ['[process:uid]', {}, '1'],
    ['g[process:gid]-[process:uid]', { 'process:gid': 4294967295 }, 'g4294967295-1'],
    ['[process:gid]', { 'process:gid': 0 }, '0'],
    ['p/[process:name]', { 'process:name': 'nginx' }, 'p/nginx'],
    ['[direction]/[destination:port]', {}, 'output/443'],
    ['x/[process:env:A]', { labels: ['process:env:B=b', 'process:env:A=a', 'process:env:AA=c'] }, 'x/a'],
    ['x.[process:env:A]', { labels: ['process:env:A=.'] }, 'x..'],
    ['[process:env:A].', { labels: ['process:env:A=..'] }, '...'],
    // Missing, or there more than once.
    ['users/[process:gid]', {}, 'missing'],
    ['[process:name]', {}, 'missing'],
    ['[source:port]', {}, 'missing'],
    ['[k8s:pod:name]', { labels: ['k8s:pod:names=x', 'k8s:pod:nam=x', 'k8s:pod:name'] }, 'missing'],
    ['[k8s:label:a]', { labels: ['k8s:label:a=x', 'k8s:label:a=x'] }, 'several'],
    // Nothing of it is repaired.
    ['[process:name]', { 'process:name': '' }, 'unfit'],
    ['x[process:env:A]', { labels: ['process:env:A='] }, 'unfit'],
    ['[process:env:A]', { labels: ['process:env:A=.'] }, 'unfit'],
    ['a/[process:env:A]/b', { labels: ['process:env:A=..'] }, 'unfit'],
    ['a/.[process:env:A]', { labels: ['process:env:A=.'] }, 'unfit'],
    ['a/[process:env:A][process:name]', { labels: ['process:env:A=.'], 'process:name': '.' }, 'unfit'],
    ...['a/b', '/', 'a b', 'a\0', 'é', '[process:uid]', 'a%2f', '*', 'a\n'].map(
      (value): [string, Facts, string] => [
        'a/[process:env:A]',
        { labels: [`process:env:A=${value}`] },
        'unfit',
      ],
    ),
  ])('%s for %j is %s', (template, facts, becomes) => {
    expect(filled(bundle(template), facts)).toBe(becomes);
  });

  test('of an accepted connection it knows the source, not a destination', () => {
    expect(filled(bundle('[direction]/[source:port]'), {}, true)).toBe('input/443');
    expect(filled(bundle('[destination:port]'), {}, true)).toBe('missing');
  });

  test('is no longer than a SPIFFE ID may be', () => {
    const value = 'x'.repeat(1000);
    const labels = [`process:env:A=${value}`];
    const template = (rest: number): string => `[process:env:A]/${'y'.repeat(rest)}`;
    const room = LIMITS.spiffeIdLength - 'spiffe://ab/'.length - value.length - 1;
    expect(filled(bundle(template(room), 'ab'), { labels })).toHaveLength(room + value.length + 1);
    expect(filled(bundle(template(room + 1), 'ab'), { labels })).toBe('tooLong');
    expect(filled(bundle('[process:uid]', 'a'.repeat(LIMITS.spiffeIdLength)), {})).toBe('tooLong');
  });

  test('of a process that is someone else, or of an identity without placeholders, is not said', () => {
    expect(bundle('[process:gid]').decideConnect({ 'process:uid': 2 }, HERE)).toMatchObject({
      filling: 'done',
    });
    const plain = openBundle(
      encodeParts(buildParts({ ...EMPTY, identities: [identity([[uid(1)]], 'plain')] })),
    );
    expect(plain.fillWorkloadId(0, { 'process:uid': 1 }, HERE, false)).toBeUndefined();
    expect(plain.fillWorkloadId(7, { 'process:uid': 1 }, HERE, false)).toBeUndefined();
  });

  test('is refused as far as the mode of the identity lets it', () => {
    const actions = (['enforce', 'audit', 'off'] as const).map((mode) => {
      const own = parts('[process:gid]');
      for (const row of own.sections.identities) row.mode = MODE[mode];
      return openBundle(encodeParts(own)).decideConnect({ 'process:uid': 1 }, HERE).action;
    });
    expect(actions).toEqual(['deny', 'audit', 'allow']);
  });

  test('is needed of the identity that is shown, too', () => {
    const core = openBundle(
      encodeParts(
        buildParts({
          ...EMPTY,
          identities: [
            { ...identity([[uid(1)]], 'a'), rules: [{ action: 'allow', services: [0], identity: 1 }] },
            { ...identity([], 'b/[process:gid]'), template: true },
          ],
          services: [{ name: 's', endpoints: [endpoint('192.0.2.1')] }],
        }),
      ),
    );
    const asked = (facts: Facts) => core.decideConnect({ 'process:uid': 1, ...facts }, HERE);
    expect(asked({ 'process:gid': 5 })).toMatchObject({ action: 'allow', filling: 'done', presents: 1 });
    expect(asked({})).toMatchObject({ action: 'deny', filling: 'missing', rule: 3 });
  });

  test.each([
    ['plain', 'a template has no placeholder'],
    ['a/[process:uid', 'a bracket has no partner'],
    ['a/process:uid]', 'a bracket has no partner'],
    ['a/[[process:uid]]', 'a bracket has no partner'],
    ['a/[process:uid]]', 'a bracket has no partner'],
    ['a/[]', 'a placeholder is empty or too long'],
    [`[${'x'.repeat(LIMITS.labelLength)}]`, 'a placeholder is empty or too long'],
  ])('is refused as %s: %s', (workloadId, reason) => {
    expect(checkBundle(encodeParts(parts(workloadId)))).toMatchObject({
      section: 'identities',
      index: 0,
      reason,
    });
  });

  test('never becomes anything but a path below what is written before the placeholder', () => {
    const core = bundle('own/[process:env:A]/[process:name]');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (value, name) => {
        const text = filled(core, { labels: [`process:env:A=${value}`], 'process:name': name });
        if (text === 'unfit' || text === 'tooLong') return;
        expect(text).toBe(`own/${value}/${name}`);
        expect(text).toMatch(/^[\w.-]+\/[\w.-]+\/[\w.-]+$/);
        expect(text.split('/').filter((segment) => segment === '.' || segment === '..')).toEqual([]);
      }),
    );
  });
});
