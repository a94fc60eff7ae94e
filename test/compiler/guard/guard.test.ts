// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from '@jest/globals';
import { guardDocuments } from '../../../src/compiler/guard/guard.ts';
import { parseFile } from '../../../src/compiler/load/parse.ts';
import { shapeDocuments } from '../../../src/compiler/shape/shape.ts';
import { cpuTime } from '../../cpu-time.ts';

const HEAD = 'apiVersion: core.riptides.io/v1alpha1\n';

function service(name: string, more = ''): string {
  return `${HEAD}kind: Service\nmetadata: {name: ${name}${more}}\nspec: {labels: {app: ${name}}, addresses: [{address: 10.0.0.1, port: 80}]}\n`;
}

function identity(name: string): string {
  return `${HEAD}kind: WorkloadIdentity\nmetadata: {name: ${name}}\nspec: {workloadID: ${name}, selectors: [{process:uid: 1}], egress: [{selectors: [{app: a}]}]}\n`;
}

function guardrail(spec: string): string {
  return `${HEAD}kind: Guardrail\nmetadata: {name: g}\nspec:\n${spec}`;
}

function rules(kinds: string, ...expressions: readonly string[]): string {
  const list = expressions
    .map((text, i) => `    - {id: r${i}, expression: ${JSON.stringify(text)}}\n`)
    .join('');
  return guardrail(`  matchKinds: [${kinds}]\n  rules:\n${list}`);
}

function guard(...documents: readonly string[]): readonly string[] {
  const loaded = parseFile('p.yaml', Buffer.from(documents.join('---\n')));
  const shaped = shapeDocuments(loaded.value ?? []);
  expect([...loaded.diagnostics, ...shaped.diagnostics]).toEqual([]);
  return guardDocuments(shaped.value ?? []).map(
    (d) => `${d.code} ${d.severity} ${d.range.start.line}: ${d.message}`,
  );
}

describe('guardrails', () => {
  test('say nothing of a policy that satisfies them', () => {
    expect(
      guard(service('a'), identity('w'), rules('Service, WorkloadIdentity', 'object.metadata.name != ""')),
    ).toEqual([]);
  });

  test('find the documents that do not, and only those of their kinds', () => {
    expect(
      guard(service('a'), service('b'), identity('b'), rules('Service', 'object.metadata.name != "b"')),
    ).toEqual(['RTP1305 error 8: Service "b" does not satisfy the rule "r0"']);
  });

  test('see documents with their defaults filled in and their values in one form', () => {
    expect(
      guard(
        service('a'),
        identity('w'),
        rules(
          'WorkloadIdentity',
          'object.spec.mode == "enforce" && object.spec.egress[0].mode == "enforce"',
          'object.spec.selectors.all(s, "process:uid" in s && s["process:uid"].all(u, u > 0))',
          '!has(object.spec.scope)',
          'object.spec.egress.all(e, e.selectors.all(s, "a" in s["app"]))',
        ),
        rules('Service', 'object.spec.addresses.all(a, a.port.low == 80 && a.port.high == 80)').replace(
          'name: g',
          'name: h',
        ),
      ),
    ).toEqual([]);
  });

  test('see the whole policy', () => {
    expect(
      guard(
        service('a'),
        service('b'),
        identity('w'),
        rules(
          'Service',
          'policy.services.size() == 2 && policy.workloadIdentities[0].metadata.name == "w" && !has(policy.project)',
        ),
      ),
    ).toEqual([]);
  });

  test('give the message that is written, or computed, and the severity', () => {
    const spec = `  matchKinds: [Service]
  rules:
    - {id: a, expression: "false", message: "not like this", severity: warning}
    - {id: b, expression: "false", message: x, messageExpression: '"no " + object.metadata.name'}
    - {id: c, expression: "false", message: "the fallback", messageExpression: 'object.metadata.labels["none"]'}
`;
    expect(guard(service('a', ', labels: {x: y}'), guardrail(spec))).toEqual([
      'RTP1305 warning 3: not like this',
      'RTP1305 error 3: no a',
      'RTP1305 error 3: the fallback',
    ]);
  });

  test('are type-checked even where no document matches', () => {
    expect(guard(rules('Service', 'object.spec.nothing'))).toEqual([
      'RTP1302 error 7: there is no field "nothing" here',
    ]);
  });

  test('are type-checked for each kind', () => {
    expect(guard(rules('Service, WorkloadIdentity', 'object.spec.tls', 'object.spec.x'))).toEqual([
      'RTP1302 error 8: there is no field "x" here',
      'RTP1302 error 7: there is no field "tls" here (for WorkloadIdentity)',
    ]);
  });

  test('refuse the policy when they cannot be evaluated', () => {
    expect(guard(service('a'), rules('Service', 'object.metadata.labels["team"] == "x"'))).toEqual([
      'RTP1306 error 12: the value has no "labels"',
    ]);
  });

  test('compute variables when they are used, in order, and from each other', () => {
    const spec = `  matchKinds: [Service]
  variables:
    - {name: names, expression: 'policy.services.map(s, s.metadata.name)'}
    - {name: others, expression: 'variables.names.filter(n, n != object.metadata.name)'}
    - {name: broken, expression: '1 / (size(variables.names) - 2)'}
  rules:
    - {id: a, expression: 'variables.others.size() == 1 && !(object.metadata.name in variables.others)'}
    - {id: b, expression: 'true || variables.broken == 1'}
`;
    expect(guard(service('a'), service('b'), guardrail(spec))).toEqual([]);
  });

  test('point at the variable that failed, not at the rule that used it', () => {
    const spec = `  matchKinds: [Service]
  variables:
    - {name: x, expression: '1 / 0'}
    - {name: y, expression: 'variables.x + 1'}
  rules:
    - {id: a, expression: 'variables.y == 1'}
`;
    expect(guard(service('a'), guardrail(spec))).toEqual(['RTP1306 error 12: division by zero']);
  });

  test('do not let a variable see those after it', () => {
    const spec = `  matchKinds: [Service]
  variables:
    - {name: x, expression: 'variables.y'}
    - {name: y, expression: '1'}
  rules:
    - {id: a, expression: 'variables.x == 1'}
`;
    expect(guard(guardrail(spec))).toEqual(['RTP1302 error 7: there is no field "y" here']);
  });

  test('are refused before they run when they would take too long', () => {
    const many = Array.from({ length: 60 }, (_, i) => service(`s${i}`));
    const nested = (depth: number) =>
      Array.from({ length: depth }).reduce<string>(
        (inner, _, i) => `policy.services.all(v${i}, ${inner})`,
        'object.spec.tls',
      );
    const started = cpuTime();
    expect(guard(...many, rules('Service', nested(4)))[0]).toMatch(/^RTP1304 .* steps for one document/);
    const doubled = `  matchKinds: [Service]
  variables:
    - {name: v0, expression: policy.services}
${Array.from({ length: 30 }, (_, i) => `    - {name: v${i + 1}, expression: 'variables.v${i} + variables.v${i}'}\n`).join('')}  rules:
    - {id: a, expression: 'variables.v30.size() > 0'}
`;
    expect(guard(...many, guardrail(doubled))[0]).toMatch(/^RTP1304 /);
    expect(cpuTime() - started).toBeLessThan(10_000);
  });
});

test('a list that is empty has no first entry', () => {
  expect(guard(service('a'), rules('Service', 'object.spec.addresses[0].tags[0] == "x"'))).toEqual([
    'RTP1306 error 12: the list has no entry [0]',
  ]);
});

describe('facts of selectors', () => {
  const every = (body: string): string => `object.spec.selectors.all(s, ${body})`;

  test.each([
    ['s["process:uid"].all(u, u != "0")', 'the operator does not take these types: int != string'],
    ['!("0" in s["process:uid"])', 'the operator does not take these types: string in list<int>'],
    ['s["process:uid"][0] != "root"', 'the operator does not take these types: int != string'],
    [
      's[?"process:uid"].orValue([]).all(u, u != "0")',
      'the operator does not take these types: int != string',
    ],
    [
      's["process:uid"].filter(u, u > 9).map(u, u + 1).all(u, u != "0")',
      'the operator does not take these types: int != string',
    ],
    ['!(s["process:uid"][0] in ["root"])', 'the operator does not take these types: int in list<string>'],
    ['s["process:uid"] != ["0"]', 'the operator does not take these types: list<int> != list<string>'],
    ['s["process:name"].all(n, n != 0)', 'the operator does not take these types: string != int'],
    ['s["k8s:label:app"].all(n, n != 0)', 'the operator does not take these types: string != int'],
    ['s.direction.all(n, n != 0)', 'the operator does not take these types: string != int'],
    [
      '!("process:uid:effective" in s)',
      'the fact "process:uid:effective" is called "process:uid" here, whichever name was written',
    ],
    [
      's["kubernetes:pod:name"].all(n, n != "x")',
      'the fact "kubernetes:pod:name" is called "k8s:pod:name" here, whichever name was written',
    ],
    ['!("proces:uid" in s)', 'there is no fact "proces:uid"'],
    ['s[?"uid"].orValue([]).all(u, u != 0)', 'there is no fact "uid"'],
  ])('have their types: %s', (body, message) => {
    expect(guard(identity('w'), rules('WorkloadIdentity', every(body)))).toEqual([
      `RTP1302 error 12: ${message}`,
    ]);
  });

  test.each([
    's["process:uid"].all(u, u != 0)',
    '!(0 in s["process:uid"]) && 1 in s["process:uid"]',
    's["process:uid"] == [1] && s["process:uid"][0] == 1',
    's[?"process:gid"].orValue([5]).all(g, g != 0)',
    '("process:gid" in s ? s["process:gid"] : []).all(g, g != 0)',
    's.all(name, s[name].all(value, value != "0" && value != 0))',
    's["process:uid"].all(u, string(u) != "0" && dyn(u) != "0")',
    '"process:uid" in s && !("k8s:label:app" in s)',
    's["process:uid"].map(u, string(u)).join() == "1"',
  ])('can be asked for: %s', (body) => {
    expect(guard(identity('w'), rules('WorkloadIdentity', every(body)))).toEqual([]);
  });

  test('have their types in variables, and in the processes of tests', () => {
    expect(
      guard(
        identity('w'),
        guardrail(
          '  matchKinds: [WorkloadIdentity]\n  variables:\n    - {name: users, expression: \'object.spec.selectors[0]["process:uid"]\'}\n  rules:\n    - {id: r, expression: \'!("0" in variables.users)\'}\n',
        ),
      ),
    ).toEqual(['RTP1302 error 14: the operator does not take these types: string in list<int>']);
    expect(
      guard(
        rules(
          'PolicyTest',
          'object.spec.processes.all(p, object.spec.processes[p].facts["process:uid"] != ["0"])',
        ),
      ),
    ).toEqual(['RTP1302 error 7: the operator does not take these types: list<int> != list<string>']);
  });

  test('are numbers however they were written', () => {
    const quotedRoot = identity('w').replace('process:uid: 1', "process:uid: '0'");
    expect(guard(quotedRoot, rules('WorkloadIdentity', every('!(0 in s["process:uid"])')))).toEqual([
      'RTP1305 error 3: WorkloadIdentity "w" does not satisfy the rule "r0"',
    ]);
  });
});
