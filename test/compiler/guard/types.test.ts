// SPDX-License-Identifier: Apache-2.0
// The types of documents in CEL are made of the schemas.

import { describe, expect, test } from '@jest/globals';
import { guardedKinds, objectTypes, policyField } from '../../../src/compiler/guard/objects.ts';
import { fieldsAt } from '../../../src/schema/fields.ts';
import { GUARDED_KINDS } from '../../../src/schema/guardrail.ts';
import { KINDS, SCHEMAS } from '../../../src/schema/kinds.ts';

/** The type at a way of fields from a kind; entries of lists and maps count as their list or map. */
function typeAt(
  types: ReturnType<typeof objectTypes>,
  kind: string,
  ...path: readonly string[]
): string | undefined {
  return path.reduce<string | undefined>((type, name) => {
    const of = (type ?? '').replaceAll(/^(?:list<|map<string, )+|>+$/g, '');
    return types[of]?.[name];
  }, kind);
}

describe('the types of documents in CEL', () => {
  test('are there for every kind, and matchKinds knows every kind', () => {
    expect([...GUARDED_KINDS].toSorted()).toEqual([...KINDS].toSorted());
    const types = objectTypes();
    for (const kind of guardedKinds()) expect(Object.keys(types)).toContain(kind);
  });

  test('have every field of the spec of every kind', () => {
    const types = objectTypes();
    // What is refused wherever it stands has no type.
    const refused = new Set(['credentialName']);
    const lacking = guardedKinds().flatMap((kind) => [
      ...fieldsAt(SCHEMAS[kind], ['spec'])
        .filter((field) => typeAt(types, kind, 'spec', field) === undefined)
        .map((field) => `${kind}.spec.${field}`),
      ...fieldsAt(SCHEMAS[kind], ['spec', 'egress', 0])
        .filter((field) => typeAt(types, kind, 'spec', 'egress', field) === undefined && !refused.has(field))
        .map((field) => `${kind}.spec.egress.${field}`),
    ]);
    expect(lacking).toEqual([]);
  });

  const cases: readonly (readonly [readonly [string, ...string[]], string])[] = [
    [['Project', 'spec', 'defaultPosture', 'egress'], 'string'],
    [['WorkloadIdentity', 'metadata', 'labels'], 'map<string, string>'],
    [['WorkloadIdentity', 'spec', 'selectors'], 'list<map<string, list<dyn>>>'],
    [['WorkloadIdentity', 'spec', 'scope', 'daemon', 'id'], 'string'],
    [['WorkloadIdentity', 'spec', 'scope', 'daemonGroup', 'id'], 'string'],
    [['WorkloadIdentity', 'spec', 'svid', 'x509', 'ttl'], 'int'],
    [['WorkloadIdentity', 'spec', 'connection', 'tls', 'mode'], 'string'],
    [['WorkloadIdentity', 'spec', 'allowedSPIFFEIDs', 'inbound'], 'list<string>'],
    [['WorkloadIdentity', 'spec', 'egress', 'selectors'], 'list<map<string, list<string>>>'],
    [['WorkloadIdentity', 'spec', 'egress', 'allowedSPIFFEIDs', 'outbound'], 'list<string>'],
    [['WorkloadIdentity', 'spec', 'egress', 'notAfter'], 'int'],
    [['WorkloadIdentity', 'spec', 'egress', 'ports', 'low'], 'int'],
    [['WorkloadIdentity', 'spec', 'egress', 'windows', 'days'], 'list<int>'],
    [['WorkloadIdentity', 'spec', 'egress', 'windows', 'from'], 'int'],
    [['WorkloadIdentity', 'spec', 'ingress', 'peers'], 'list<string>'],
    [['Service', 'spec', 'addresses', 'port', 'high'], 'int'],
    [['Service', 'spec', 'addresses', 'networkPrefixes'], 'list<string>'],
    [['Service', 'spec', 'external'], 'bool'],
    [['CredentialSource', 'spec', 'provider'], 'string'],
    [['CredentialSource', 'spec', 'aws', 'lifetime'], 'int'],
    [
      ['CredentialBinding', 'spec', 'propagation', 'injection', 'selectors'],
      'list<map<string, list<string>>>',
    ],
    [['CredentialBinding', 'spec', 'uses'], 'int'],
    [['DaemonGroup', 'spec', 'daemons'], 'list<string>'],
    [['Guardrail', 'spec', 'rules', 'severity'], 'string'],
    [['Policy', 'workloadIdentities'], 'list<WorkloadIdentity>'],
    [['Policy', 'credentialBindings', 'spec', 'workloadID'], 'string'],
    [['Git', 'signed'], 'bool'],
  ];
  for (const [[kind, ...path], type] of cases) {
    test(`${[kind, ...path].join('.')} is ${type}`, () => {
      expect(typeAt(objectTypes(), kind, ...path)).toBe(type);
    });
  }

  test('name the lists of the whole policy', () => {
    expect(guardedKinds().map(policyField)).toEqual([
      'project',
      'workloadIdentities',
      'services',
      'credentialSources',
      'credentialBindings',
      'daemonGroups',
      'guardrails',
      'policyTests',
    ]);
  });
});
