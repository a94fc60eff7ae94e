// SPDX-License-Identifier: Apache-2.0

import type { CodeEntry } from './entry.ts';

export const POLICY_TEST_CODES = {
  RTP1150: {
    title: 'a test that says too little or too much',
    what: 'A test of a PolicyTest names no connection or two, something that its connection does not have, a fact that a process does not have, several values of one, or stands twice.',
    why: 'It must be clear what is asked.',
    fix: 'Write either to: or from:, port: with from: alone, peer: where something is expected of it, one value for each fact, and a name of its own.',
    example:
      '- name: web reaches the api\n  process: { facts: { process:uid: 1001 } }\n  to: 10.20.0.20:8080\n  expect: allow',
  },
  RTP1801: {
    title: 'a test of the policy fails',
    what: 'The policy says something else of a connection than a PolicyTest expects.',
    why: 'Either the policy grants or refuses what it should not, or the expectation is out of date.',
    fix: 'Ask "riptides explain" why, and correct the policy or the test.',
    example:
      'tests:\n  - name: web reaches the api\n    process: web\n    to: 10.20.0.20:8080\n    expect: allow',
  },
  RTP1802: {
    title: 'a test that cannot be run',
    what: 'A test names a process, an identity or a destination that there is not.',
    why: 'A test that asks nothing would always pass.',
    fix: 'Correct the name, or define the process under spec.processes.',
    example:
      'processes:\n  web: { as: shop/web }\ntests:\n  - name: web reaches the api\n    process: web\n    to: 10.20.0.20:8080\n    expect: allow',
  },
  RTP1803: {
    title: 'the tests cover too little',
    what: 'Of the rules, destinations and refusals of the policy, the tests ask for less than --threshold demands.',
    why: 'What no test asks for can change without anybody noticing.',
    fix: 'Add tests for what "riptides test --coverage" lists.',
    example: 'riptides test --coverage --threshold 90',
  },
} as const satisfies Record<string, CodeEntry>;
