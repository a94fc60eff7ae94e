// SPDX-License-Identifier: Apache-2.0
// What a team expects of its policy: who may connect where, and who may not. Such documents stand beside the policy and have no
// effect on a bundle.

import * as z from 'zod';
import { quoted } from '../terminal/visible.ts';
import { nonEmptyList, type Problem, rule } from './check.ts';
import { documentSchema } from './document.ts';
import { canonicalFact, findFact } from './facts/table.ts';
import { factSelector } from './facts/selector.ts';
import { ruleId, workloadId } from './names.ts';
import { spiffeId } from './spiffe.ts';
import { moment } from './time.ts';

/** Facts of one process. What belongs to the connection is said in the test itself. */
const processFacts = factSelector.check(
  rule((facts) =>
    Object.entries(facts).flatMap(([name, values]): readonly Problem[] => {
      const fact = findFact(canonicalFact(name));
      if (fact?.source === 'connection') {
        return [
          {
            code: 'RTP1150',
            message: `${quoted(name)} is not a fact of a process`,
            fix: 'give the destination of the connection with to:, or its source with from:',
            at: [name],
            ofKey: true,
          },
        ];
      }
      if (fact === undefined || fact.many || values.length === 1) return [];
      return [
        {
          code: 'RTP1150',
          message: `a process has one ${quoted(name)}, and here are ${values.length}`,
          fix: 'write the value that the process of this test has',
          at: [name],
        },
      ];
    }),
  ),
);

/** A process: by its facts, or as an identity of the policy describes it, or both. */
const testProcess = z.strictObject({
  as: workloadId
    .exactOptional()
    .describe('Facts that make a process this identity: those of the first of its selectors.'),
  facts: processFacts.exactOptional().describe('Its facts; they replace those that "as" gives.'),
});

const endpoint = z.string().meta({ examples: ['10.0.0.1:443', '[fd00::1]:443', 'api.example.com:443'] });
const verdict = z.enum(['allow', 'audit', 'deny']);

const expectation = z.strictObject({
  verdict: verdict.describe('The expected verdict.'),
  identity: z
    .string()
    .nullable()
    .exactOptional()
    .describe('The workload ID that the process has; null for none.'),
  service: z
    .string()
    .nullable()
    .exactOptional()
    .describe('The service through which a rule was found; null for none.'),
  tls: z.enum(['MUTUAL', 'SIMPLE', 'PERMISSIVE']).nullable().exactOptional().describe('How it is protected.'),
  presents: z.string().exactOptional().describe('The workload ID that is presented to the peer.'),
  peerAllowed: z.boolean().exactOptional().describe('Whether the peer of an outgoing connection is allowed.'),
});

const port = z
  .number()
  .check(
    rule((written) =>
      Number.isInteger(written) && written >= 1 && written <= 65_535
        ? undefined
        : {
            code: 'RTP1117',
            message: `${written} is not a port`,
            fix: 'write a whole number from 1 to 65535',
          },
    ),
  )
  .meta({ type: 'integer', minimum: 1, maximum: 65_535 });

const testCase = z
  .strictObject({
    name: ruleId.describe('What is expected, in a few words; once in the document.'),
    process: z
      .union([z.string(), testProcess])
      .describe('Who connects or accepts: a name of spec.processes, or a process.'),
    to: endpoint
      .exactOptional()
      .describe('Where the connection goes: an address or a host name, and a port.'),
    protocol: z
      .enum(['tcp', 'udp'])
      .exactOptional()
      .describe('By which it goes there; tcp unless written. Only with to.'),
    from: endpoint.exactOptional().describe('Where a connection that is accepted comes from.'),
    port: port.exactOptional().describe('The local port of an incoming connection; only with from.'),
    peer: spiffeId.exactOptional().describe('The SPIFFE ID that the peer proves.'),
    time: moment.exactOptional().describe('When; spec.time unless written.'),
    expect: z
      .union([verdict, expectation])
      .transform((written) => (typeof written === 'string' ? { verdict: written } : written))
      .meta({ cel: expectation })
      .describe('The verdict, alone or in a map with other expectations.'),
  })
  .check(rule(connectionProblem));

/** What of a test does not go with its connection. */
function connectionProblem(test: {
  readonly to?: string;
  readonly from?: string;
  readonly port?: number;
  readonly protocol?: 'tcp' | 'udp';
  readonly peer?: string | undefined;
  readonly expect: { readonly peerAllowed?: boolean };
}): Problem | undefined {
  const code = 'RTP1150';
  if ((test.to === undefined) === (test.from === undefined)) {
    return {
      code,
      message: test.to === undefined ? 'the test has no connection' : 'the test has two connections',
      fix: 'write either to: or from:, with an address and a port such as 10.0.0.1:443',
      at: ['name'],
    };
  }
  if (test.to !== undefined && test.port !== undefined) {
    return {
      code,
      message: '"port" is for incoming connections, and this one is outgoing',
      fix: 'write the destination port in to:, and leave this out',
      at: ['port'],
      ofKey: true,
    };
  }
  if (test.from !== undefined && test.protocol !== undefined) {
    return {
      code,
      message: '"protocol" is for outgoing connections, and this one is incoming',
      fix: 'leave it out: what is accepted is TCP',
      at: ['protocol'],
      ofKey: true,
    };
  }
  if (test.expect.peerAllowed === undefined) return undefined;
  if (test.from !== undefined) {
    return {
      code,
      message: '"peerAllowed" is for outgoing connections, and this one is incoming',
      fix: 'expect a verdict, which covers the peer as well',
      at: ['expect', 'peerAllowed'],
      ofKey: true,
    };
  }
  if (test.peer !== undefined) return undefined;
  return {
    code,
    message: 'the test expects something of a peer, but names none',
    fix: 'name it with peer:',
    at: ['expect', 'peerAllowed'],
    ofKey: true,
  };
}

export const policyTestSchema = documentSchema(
  'PolicyTest',
  z.strictObject({
    processes: z
      .record(z.string(), testProcess)
      .default({})
      .describe('Processes that several tests are about, by name.'),
    time: moment
      .exactOptional()
      .describe('When the connections are made; the time of the run unless written.'),
    tests: nonEmptyList(testCase)
      .check(
        rule((list) => {
          const second = list.findIndex(({ name }, i) => list.findIndex((other) => other.name === name) < i);
          const name = list[second]?.name;
          if (name === undefined) return undefined;
          return {
            code: 'RTP1150',
            message: `the test ${quoted(name)} is defined twice`,
            fix: 'rename one of the two',
            at: [second, 'name'],
          };
        }),
      )
      .describe('What is expected.'),
  }),
);
