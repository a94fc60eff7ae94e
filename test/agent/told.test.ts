// SPDX-License-Identifier: Apache-2.0

import { expect, test } from '@jest/globals';
import { lookedAt } from '../../src/agent/daemon/looked-at.ts';
import { toldOf } from '../../src/agent/daemon/told.ts';
import type { CollectorReport, LabelAnswer } from '../../src/agent/labels/source.ts';
import type { CollectorName, Label } from '../../src/agent/labels/types.ts';
import { LABELS_MAX, LABELS_SIZE } from '../../src/netlink/generated.ts';
import { buildParts } from '../core/build.ts';
import { encodeParts } from '../core/parts.ts';

const label = (text: string): Label => {
  const [name = '', value = ''] = text.split('=');
  return { name, value };
};
const report = (
  name: CollectorName,
  labels: readonly string[],
  outcome: CollectorReport['outcome'] = 'answered',
): CollectorReport => ({ name, outcome, milliseconds: 1, labels: labels.map(label), dropped: {} });
const answer = (...collectors: readonly CollectorReport[]): LabelAnswer => ({
  pid: 1,
  process: 'same',
  labels: collectors.flatMap(({ labels }) => labels),
  collectors,
  complete: collectors.every(({ outcome }) => outcome !== 'no-answer'),
});
const looksAt = (...names: readonly string[]): ReadonlySet<string> => new Set(names);

test('all labels are told when there is room', () => {
  expect(
    toldOf(answer(report('docker', ['docker:name=a']), report('node', ['node:b=c'])), looksAt()),
  ).toEqual({ labels: ['docker:name=a', 'node:b=c'], isPartial: false });
});

test('nothing is told of a process that has changed', () => {
  expect(toldOf({ ...answer(report('docker', [])), process: 'changed' }, looksAt())).toMatchObject({
    reason: 'changed',
  });
});

test.each([
  [looksAt('docker:name'), { reason: 'no-answer', collectors: ['docker'] }],
  [looksAt('docker:label:app', 'k8s:pod:name'), { reason: 'no-answer', collectors: ['docker'] }],
  [looksAt('k8s:pod:name'), { labels: ['systemd:unit=a'], isPartial: true }],
  [looksAt(), { labels: ['systemd:unit=a'], isPartial: true }],
])('a collector that does not answer matters when its labels are looked at: %p', (names, expected) => {
  const told = toldOf(
    answer(report('systemd', ['systemd:unit=a']), report('docker', [], 'no-answer')),
    names,
  );
  expect(told).toEqual(expected);
});

test('what can be told without an answer is enough where nothing else is looked at', () => {
  const found = answer(report('systemd', ['systemd:unit=a'], 'no-answer'));
  expect(toldOf(found, looksAt('systemd:unit'))).toEqual({ labels: ['systemd:unit=a'], isPartial: true });
  expect(toldOf(found, looksAt('systemd:unit', 'systemd:user'))).toMatchObject({ reason: 'no-answer' });
});

test('of too many labels, those that are looked at are told', () => {
  const many = Array.from({ length: LABELS_MAX }, (_, i) => `docker:label:${i}=x`);
  const found = answer(report('docker', [...many, 'docker:name=a']));
  const told = toldOf(found, looksAt('docker:name'));
  expect(told).toMatchObject({ isPartial: true });
  expect('labels' in told && told.labels).toHaveLength(LABELS_MAX);
  expect('labels' in told && told.labels[0]).toBe('docker:name=a');
  const all = looksAt(...found.labels.map(({ name }) => name));
  expect(toldOf(found, all)).toEqual({ reason: 'too-many', collectors: [] });
});

test.each([
  [0, false],
  [1, true],
])('as many bytes are told as the kernel takes, and %d more are not', (more, isPartial) => {
  const texts = Array.from({ length: 16 }, (_, i) => `docker:label:${String(i).padStart(2, '0')}=`);
  const size = LABELS_SIZE / 16;
  const labels = texts.map((text, i) => text + 'x'.repeat(size - text.length + (i === 15 ? more : 0)));
  expect(toldOf(answer(report('docker', labels)), looksAt())).toMatchObject({ isPartial });
});

test('a bundle looks at labels of its selectors and placeholders, and at host names of its services', () => {
  const bundle = encodeParts(
    buildParts({
      trustDomain: 'example.org',
      egress: 'deny',
      ingress: 'allow',
      services: [{ name: 's', endpoints: [], names: [{ name: 'api.example.com', low: 1, high: 2 }] }],
      identities: [
        {
          workloadId: 'a/[docker:name]/[k8s:pod:name]',
          template: true,
          selectors: [[{ fact: 'label', values: ['docker:image:name=x=y', 'docker:image:name=z'] }]],
          fallback: 'allow',
          rules: [],
        },
        {
          workloadId: 'b',
          selectors: [[{ fact: 'process:uid', values: [0] }]],
          fallback: 'allow',
          rules: [],
        },
      ],
    }),
  );
  const { labels, hostNames } = lookedAt(bundle);
  expect([...labels].sort()).toEqual(['docker:image:name', 'docker:name', 'k8s:pod:name']);
  expect(hostNames).toEqual(['api.example.com']);
});
