// SPDX-License-Identifier: Apache-2.0
// Which labels are told, and in which order.

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { boundLabels, textOf } from '../../src/agent/labels/bounds.ts';
import type { Label } from '../../src/agent/labels/types.ts';
import { LIMITS } from '../../src/bundle/generated.ts';

const label = (name: string, value: string): Label => ({ name, value });

test.each([
  ['a line break', label('docker:label:a', 'x\ny'), 'control-character'],
  ['an escape', label('docker:label:a', '\u001b[31m'), 'control-character'],
  ['NUL', label('docker:name', 'web\0'), 'control-character'],
  ['half of a surrogate pair', label('docker:name', '\ud83d'), 'control-character'],
  ['a line break in the name', label('docker:label:a\nb', 'x'), 'control-character'],
  ['a fact that the language does not have', label('docker:no-such', 'x'), 'name'],
  ['a fact that is the kernel’s', label('process:uid', '0'), 'name'],
  ['a name that has an equals sign', label('docker:label:a=b', 'c'), 'name'],
  ['no value', label('docker:name', ''), 'value'],
  ['no number', label('systemd:main-pid', 'x'), 'value'],
  ['no address', label('node:network:interface:eth0:ip', 'x'), 'value'],
  [
    'one byte too many',
    label('docker:name', 'x'.repeat(LIMITS.labelLength - 'docker:name='.length + 1)),
    'too-long',
  ],
] as const)('dropped and counted: %s', (_, one, reason) => {
  const other = label('docker:name', 'web');
  expect(boundLabels([one, other])).toEqual({ labels: [other], dropped: { [reason]: 1 } });
});

test('the longest label is told', () => {
  const longest = label('docker:name', 'x'.repeat(LIMITS.labelLength - 'docker:name='.length));
  expect(boundLabels([longest])).toEqual({ labels: [longest], dropped: {} });
});

test('a value is told as a selector has it, and once', () => {
  expect(
    boundLabels([
      label('node:network:interface:eth0:ip', '2001:DB8:0:0::7'),
      label('node:network:interface:eth0:ip', '2001:db8::7'),
    ]).labels,
  ).toEqual([label('node:network:interface:eth0:ip', '2001:db8::7')]);
});

test('what a workload can have any number of comes after what it is', () => {
  const own = [label('docker:id', 'x'), label('docker:name', 'web')];
  const many = Array.from({ length: 300 }, (_, i) => label(`docker:env:A${i}`, 'x'));
  expect(boundLabels([...many, ...own]).labels.slice(0, 2)).toEqual(own);
});

test('the order does not depend on that of the source', () => {
  const names = fc.constantFrom(
    'docker:label:a',
    'docker:label:b',
    'docker:name',
    'docker:port-binding',
    'x',
  );
  const labels = fc.array(fc.record({ name: names, value: fc.string({ unit: 'binary', maxLength: 4 }) }));
  fc.assert(
    fc.property(labels, fc.infiniteStream(fc.nat()), (list, chance) => {
      const shuffled = list.map((one) => [chance.next().value ?? 0, one] as const).sort(([a], [b]) => a - b);
      const [one, two] = [boundLabels(list), boundLabels(shuffled.map(([, each]) => each))];
      expect(two).toEqual(one);
      const texts = one.labels.map(textOf);
      expect(new Set(texts).size).toBe(texts.length);
      for (const text of texts) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(LIMITS.labelLength);
    }),
  );
});
