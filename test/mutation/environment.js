// SPDX-License-Identifier: Apache-2.0
// Ends the run at the first test that fails: one is enough to kill a mutant.

import { TestEnvironment } from 'jest-environment-node';

/** Leaves out each test that follows a failed one, and the tests that take seconds. */
export default class StopAtFirstFailure extends TestEnvironment {
  #failed = false;

  handleTestEvent(event) {
    if (event.name === 'test_start' && (this.#failed )) event.test.mode = 'skip';
    if (event.name === 'test_fn_failure' || event.name === 'hook_failure') this.#failed = true;
  }
}
