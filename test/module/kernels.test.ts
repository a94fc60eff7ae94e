// SPDX-License-Identifier: Apache-2.0
// The module cannot read the list of kernels that everything else reads, so it repeats it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { moduleSources, testedKernels } from '../../src/module/tools.ts';

test('the module accepts the kernels that are listed, and names them', () => {
  const compat = readFileSync(join(moduleSources(), 'compat.h'), 'utf8');
  const listed = readFileSync(join(moduleSources(), 'kernels'), 'utf8').match(/^\d+\.\d+/gm);
  const accepted = [...compat.matchAll(/case KERNEL_VERSION\((\d+), (\d+), 0\) >> 8:/g)];
  expect(accepted.map(([, major, minor]) => `${major}.${minor}`)).toEqual(listed);
  expect(compat).toContain(`#define RT_TESTED_KERNELS\t"${testedKernels()}"`);
  expect(testedKernels()).toMatch(/^\d+\.\d+(?:, \d+\.\d+)* and \d+\.\d+$/);
});
