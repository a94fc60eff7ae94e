// SPDX-License-Identifier: Apache-2.0
// A process of the tests: commits to an embedded target, again and again, whoever else does, and tells its parent each
// generation that it made. Arguments: project, a number that tells the processes apart, how many commits.

import { embeddedTarget } from '../../src/targets/embedded.ts';
import { isUserError } from '../../src/errors.ts';
import { numbered } from '../apply/policies.ts';

const [project = '', seed = '0', commits = '1'] = process.argv.slice(2);
const target = embeddedTarget({ project, node: 'n' });
const bundles = Array.from(
  { length: Number(commits) },
  (_, i) => numbered(Number(seed) * 1000 + i + 1).bundle,
);
for (const bundle of bundles) {
  for (;;) {
    const { generation } = await target.info();
    try {
      process.send?.(await target.commit(bundle, { expectedGeneration: generation }));
      break;
    } catch (error) {
      if (!isUserError(error, 'generation-moved')) throw error;
    }
  }
}
process.disconnect?.();
