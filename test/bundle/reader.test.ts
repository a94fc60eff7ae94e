// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from '@jest/globals';
import { formatPrefix } from '../../src/bundle/address.ts';
import { checkBundle } from '../../src/bundle/core.ts';
import { readBundle } from '../../src/bundle/reader.ts';
import type { BundleView } from '../../src/bundle/view.ts';
import { emitBundle } from '../../src/compiler/emit/emit.ts';
import { lowerModel } from '../../src/compiler/lower/lower.ts';
import type { Model, ModelEndpoint } from '../../src/compiler/resolve/types.ts';
import { buildParts } from '../core/build.ts';
import { encodeParts } from '../core/parts.ts';
import { FULL, SAMPLE } from '../core/samples.ts';
import { identity, model, resolved, selector, service } from '../compiler/models.ts';
import { randomCase } from '../oracle/generate.ts';

function view(of: Model): BundleView {
  const { value } = lowerModel(of);
  const bundle = value === undefined ? undefined : emitBundle(value.tables);
  if (!(bundle instanceof Uint8Array)) throw new Error('not emitted');
  return readBundle(bundle);
}

describe('a bundle that is read back', () => {
  test('says in words what was compiled', () => {
    const policy = model(
      [
        identity('shop/web', [selector({ 'process:uid': [7, 8], 'process:name': 'web' })], {
          mode: 'audit',
          egress: [
            { services: [0] },
            { services: [0], action: 'audit' },
            { services: [0, 1], action: 'audit' },
          ],
        }),
      ],
      [service('api', ['10.0.0.1 80', 'fd00::/64 8000-8100'], { tls: true }), service('db', ['10.0.0.1'])],
    );
    const rules = [
      { id: 2, kind: 'identityDefault', action: 'audit', identity: 0, used: true },
      { id: 3, kind: 'egress', action: 'allow', identity: 0, set: 0, used: true },
      { id: 4, kind: 'egress', action: 'audit', identity: 0, set: 0, used: false },
      { id: 5, kind: 'egress', action: 'audit', identity: 0, set: 1, used: true },
    ];
    const got = view(policy);
    expect({ ...got, size: 0, services: [] }).toMatchObject({
      size: 0,
      trustDomain: 'test.example',
      identities: [
        {
          workloadId: 'shop/web',
          mode: 'audit',
          selectors: [
            {
              number: 0,
              terms: [
                { fact: 'process:name', values: ['web'] },
                { fact: 'process:uid', values: [7, 8] },
              ],
            },
          ],
          rules,
        },
      ],
      services: [],
      rules: [
        { id: 0, kind: 'egressPosture', action: 'deny', used: true },
        { id: 1, kind: 'ingressPosture', action: 'allow', used: true },
        ...rules,
      ],
      sets: [[0], [0, 1]],
    });
    expect(
      got.services.map(({ endpoints, ...rest }) => ({ ...rest, endpoints: endpoints.map(words) })),
    ).toMatchObject([
      {
        name: 'api',
        external: false,
        tls: true,
        sets: [0, 1],
        endpoints: ['10.0.0.1 80-80', 'fd00::/64 8000-8100'],
      },
      { name: 'db', external: false, tls: false, sets: [1], endpoints: ['10.0.0.1 0-65535'] },
    ]);
  });

  test('has the content of the model, whatever the model', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const policy = resolved(randomCase(seed).documents);
      expect({ seed, content: contentOfView(view(policy)) }).toEqual({
        seed,
        content: contentOfModel(policy),
      });
    }
  });
});

function words({
  ports,
  ...prefix
}: Pick<ModelEndpoint, 'family' | 'address' | 'prefixLength' | 'ports'>): string {
  return `${formatPrefix(prefix)} ${ports.low}-${ports.high}`;
}

/** Selectors and endpoints in one spelling: both may be written in several ways that mean the same. */
function contentOfModel({ project, identities, services }: Model): unknown {
  return {
    trustDomain: project.trustDomain,
    postures: [project.egress.posture, project.ingress.posture],
    identities: identities.map(({ workloadId, mode, selectors, egress }) => ({
      workloadId,
      mode,
      selectors: [...new Set(selectors.map(({ terms }) => selectorText(terms)))].sort(),
      egress: egress.map((rule) => [mode === 'off' ? 'allow' : rule.action, ...rule.services]),
    })),
    services: services.map(({ name, external, tls, endpoints }) => ({
      name,
      external,
      tls,
      places: places(endpoints),
    })),
  };
}

function contentOfView({ trustDomain, rules, identities, services, sets }: BundleView): unknown {
  return {
    trustDomain,
    postures: rules.slice(0, 2).map(({ action }) => action),
    identities: identities.map(({ workloadId, mode, selectors, rules: own }) => ({
      workloadId,
      mode,
      selectors: selectors.map(({ terms }) => selectorText(terms)).sort(),
      egress: own.slice(1).map(({ action, set }) => [action, ...(sets[set ?? -1] ?? [])]),
    })),
    services: services.map(({ name, external, tls, endpoints }) => ({
      name,
      external,
      tls,
      places: places(endpoints),
    })),
  };
}

function selectorText(
  terms: readonly { readonly fact: string; readonly values: readonly (number | string)[] }[],
): string {
  const plain = terms.map(({ fact, values }) => {
    const texts = values.map(String);
    const needed = texts.filter(
      (t) => fact !== 'process:cmdline' || !texts.some((o) => o !== t && t.startsWith(o)),
    );
    return `${fact}=${needed.sort().join('|')}`;
  });
  return plain.sort().join(' & ');
}

/** For each prefix the ports as disjoint ranges that do not touch. */
function places(
  endpoints: readonly Pick<ModelEndpoint, 'family' | 'address' | 'prefixLength' | 'ports'>[],
): unknown {
  const byPrefix = new Map<string, { low: number; high: number }[]>();
  for (const { ports, ...prefix } of endpoints) {
    const key = formatPrefix(prefix);
    byPrefix.set(key, [...(byPrefix.get(key) ?? []), { ...ports }]);
  }
  return [...byPrefix]
    .map(([prefix, ranges]) => {
      const joined: { low: number; high: number }[] = [];
      for (const range of ranges.sort((a, b) => a.low - b.low)) {
        const last = joined.at(-1);
        if (last !== undefined && range.low <= last.high + 1) last.high = Math.max(last.high, range.high);
        else joined.push({ ...range });
      }
      return `${prefix} ${joined.map(({ low, high }) => `${low}-${high}`).join()}`;
    })
    .sort();
}

test('a term that no value makes true is one that never holds', () => {
  const parts = buildParts(SAMPLE);
  parts.sections.terms.push({ fact: 1, flags: 0, selectorsFirst: 0, selectorsCount: 0 });
  const unused = encodeParts(parts);
  expect(checkBundle(unused)).toBeUndefined();
  expect(readBundle(unused).identities).toEqual(readBundle(encodeParts(buildParts(SAMPLE))).identities);
});

test('a bundle that counts more sets than it can have is read as one that counts those it has', () => {
  const parts = buildParts(FULL);
  const most = 4_000_000_000;
  const first = readBundle(encodeParts(parts));
  const used = first.sets.flatMap((services, set) => (services.length > 0 ? [set] : []));
  const replaced = used.at(-1) ?? 0;
  parts.header.setCount = most + 1;
  const moved = (set: number): number => (set === replaced ? most : set);
  parts.sections.serviceSets = parts.sections.serviceSets.map(moved);
  for (const rule of [...parts.sections.rules, ...parts.sections.bindings]) rule.set = moved(rule.set);
  const view = readBundle(encodeParts(parts));
  const servicesOf = (of: BundleView): unknown =>
    [...of.rules, ...of.bindings].map(({ set }) => (set === undefined ? undefined : of.sets[set]));
  expect(servicesOf(view)).toEqual(servicesOf(first));
});
