// SPDX-License-Identifier: Apache-2.0
// Ends the run at the first test that fails: one is enough to kill a mutant.

import { TestEnvironment } from 'jest-environment-node';

/** Tests of limits and of time: each takes from half a second to many, and little else would not also find. */
const SLOW = [
  'answers that together fit into no bundle',
  'may have 67108864 bytes',
  '1,000 guardrails of 10 rules',
  'a text of a megabyte',
  'accepts a file of as many bytes',
  '10,000 identities that share',
  '10,000 selectors over 10,000',
  'the order of documents, keys, selectors',
  'sees a change that leaves size and time',
  'a bundle that would be too large is not written',
  // Runs riptides as another user, who may not read the copy.
  'refuses files and directories that this user may not read',
];

/** Leaves out each test that follows a failed one, and the tests that take seconds. */
export default class StopAtFirstFailure extends TestEnvironment {
  #failed = false;

  handleTestEvent(event) {
    if (event.name === 'test_start' && (this.#failed || SLOW.some((name) => event.test.name.includes(name))))
      event.test.mode = 'skip';
    if (event.name === 'test_fn_failure' || event.name === 'hook_failure') this.#failed = true;
  }
}
