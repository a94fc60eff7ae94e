// SPDX-License-Identifier: Apache-2.0

import type { CodeEntry } from './entry.ts';

export const POLICY_TEST_CODES = {
  RTP1150: {
    title: 'an ambiguous test',
    what: 'A test names no connection or two, a field that its kind of connection does not have, a fact that a process does not have, or several values of one fact; or its name is taken.',
    why: 'A test must describe exactly one connection.',
    fix: 'Write either to: or from:, port: with from: only, peer: where something is expected of it, one value for each fact, and a unique name.',
    example:
      '- name: web reaches the api\n  process: { facts: { process:uid: 1001 } }\n  to: 10.20.0.20:8080\n  expect: allow',
  },
  RTP1801: {
    title: 'a test of the policy fails',
    what: 'The verdict of the policy on a connection is not the one that a PolicyTest expects.',
    why: 'Either the policy allows or denies what it should not, or the expectation is out of date.',
    fix: 'Run "riptides explain" to see why, and correct the policy or the test.',
    example:
      'tests:\n  - name: web reaches the api\n    process: web\n    to: 10.20.0.20:8080\n    expect: allow',
  },
  RTP1802: {
    title: 'a test that cannot be run',
    what: 'A test names a process, an identity or a destination that does not exist.',
    why: 'A test without a connection would always pass.',
    fix: 'Correct the name, or define the process under spec.processes.',
    example:
      'processes:\n  web: { as: shop/web }\ntests:\n  - name: web reaches the api\n    process: web\n    to: 10.20.0.20:8080\n    expect: allow',
  },
  RTP1803: {
    title: 'coverage is below the threshold',
    what: 'The tests exercise fewer of the rules, destinations, addresses and denials of the policy than --threshold requires.',
    why: 'What no test covers can change unnoticed.',
    fix: 'Add tests for what "riptides test --coverage" lists.',
    example: 'riptides test --coverage --threshold 90',
  },
} as const satisfies Record<string, CodeEntry>;
