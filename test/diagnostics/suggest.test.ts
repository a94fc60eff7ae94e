// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { editDistance, suggestName } from '../../src/diagnostics/suggest.ts';

describe('suggestName', () => {
  const fields = ['workloadID', 'scope', 'mode', 'selectors', 'egress'];
  const cases: readonly [string, readonly string[], string | undefined][] = [
    ['workloadId', fields, 'workloadID'],
    ['selector', fields, 'selectors'],
    ['slectors', fields, 'selectors'],
    ['egrses', fields, 'egress'],
    ['sel', fields, 'selectors'],
    ['se', fields, undefined],
    ['mode', fields, undefined],
    ['mod', fields, 'mode'],
    ['colour', fields, undefined],
    ['a', ['b', 'c'], undefined],
    ['tz', ['from', 'to'], undefined],
    ['ot', ['from', 'to'], 'to'],
    ['uidd', ['uid'], 'uid'],
    ['apj', ['api', 'app', 'web'], 'api'],
    ['', fields, undefined],
  ];
  for (const [written, names, expected] of cases) {
    test(`for "${written}" of ${names.join(', ')} it is ${expected ?? 'nothing'}`, () => {
      expect(suggestName(written, names)).toBe(expected);
    });
  }

  test('does not depend on the order of the candidates', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 6 }),
        fc.array(fc.string({ maxLength: 6 }), { maxLength: 8 }),
        (written, names) => {
          expect(suggestName(written, names)).toBe(suggestName(written, names.toReversed()));
        },
      ),
    );
  });
});

describe('editDistance', () => {
  test('is zero for equal texts alone, symmetric, and no more than the length of the longer', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }), (a, b) => {
        const distance = editDistance(a, b);
        expect(distance === 0).toBe(a === b);
        expect(editDistance(b, a)).toBe(distance);
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });

  test('counts an exchange of neighbours as one edit', () => {
    expect(editDistance('egress', 'egrses')).toBe(1);
    expect(editDistance('ab', 'ba')).toBe(1);
    expect(editDistance('kitten', 'sitting')).toBe(3);
  });
});
