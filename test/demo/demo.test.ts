// SPDX-License-Identifier: Apache-2.0
// The demo holds its own story against what riptides prints. Here without a kernel; `make test` tells it on a real one, too.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { ROOT } from '../commands/riptides.ts';

test('the demo is told to its end on the embedded target', () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(ROOT, 'scripts/demo.ts'), '--embedded'],
    { encoding: 'utf8' },
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('The end.');
});
