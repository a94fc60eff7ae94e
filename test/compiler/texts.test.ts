// SPDX-License-Identifier: Apache-2.0
// Characters that cannot be seen, in every place that decides something.

import { describe, expect, test } from '@jest/globals';
import { parseFile } from '../../src/compiler/load/parse.ts';
import { shapeDocuments } from '../../src/compiler/shape/shape.ts';
import { growth } from '../cpu-time.ts';

/** A document of each kind that policies are made of; X stands where a text decides. */
const PLACES = [
  'kind: WorkloadIdentity\nmetadata: { name: "aXb" }\nspec: { workloadID: a, selectors: [{ process:uid: 1 }] }',
  'kind: WorkloadIdentity\nmetadata: { name: a }\nspec: { workloadID: "aXb", selectors: [{ process:uid: 1 }] }',
  'kind: WorkloadIdentity\nmetadata: { name: a }\nspec: { workloadID: a, selectors: [{ process:name: "aXb" }] }',
  'kind: WorkloadIdentity\nmetadata: { name: a }\nspec: { workloadID: a, selectors: [{ process:cmdline: [a, "aXb"] }] }',
  'kind: WorkloadIdentity\nmetadata: { name: a }\nspec: { workloadID: a, selectors: [{ "docker:label:aXb": b }] }',
  'kind: WorkloadIdentity\nmetadata: { name: a }\nspec: { workloadID: a, selectors: [{ process:uid: 1 }], egress: [{ selectors: [{ app: "aXb" }] }] }',
  'kind: WorkloadIdentity\nmetadata: { name: a }\nspec: { workloadID: a, selectors: [{ process:uid: 1 }], egress: [{ selectors: [{ app: a }], when: "process.name == \'aXb\'" }] }',
  'kind: WorkloadIdentity\nmetadata: { name: a }\nspec: { workloadID: a, selectors: [{ process:uid: 1 }], allowedSPIFFEIDs: { inbound: ["spiffe://a.b/aXb"] } }',
  'kind: Service\nmetadata: { name: a }\nspec: { labels: { app: "aXb" }, addresses: [{ address: 10.0.0.1 }] }',
  'kind: Service\nmetadata: { name: a }\nspec: { labels: { "aXb": a }, addresses: [{ address: 10.0.0.1 }] }',
  'kind: Service\nmetadata: { name: a }\nspec: { labels: { app: a }, addresses: [{ address: "aXb.example" }] }',
  'kind: CredentialSource\nmetadata: { name: a }\nspec: { kubernetes: { type: BearerToken, secretRef: { name: "aXb", key: a } } }',
  'kind: DaemonGroup\nmetadata: { name: a }\nspec: { workloadID: "aXb", daemons: [a] }',
  'kind: Guardrail\nmetadata: { name: a }\nspec: { matchKinds: [Service], rules: [{ id: a, expression: "object.metadata.name != \'aXb\'" }] }',
  'kind: PolicyTest\nmetadata: { name: a }\nspec: { tests: [{ name: a, process: "aXb", to: "10.0.0.1:1", expect: allow }] }',
];

const HIDDEN = [
  0x1, 0x1b, 0x7f, 0xa0, 0xad, 0x34f, 0x61c, 0x115f, 0x180e, 0x2003, 0x200b, 0x200d, 0x200f, 0x2028, 0x202e,
  0x202f, 0x2060, 0x2066, 0x2800, 0x3000, 0x3164, 0xfe0f, 0xfeff, 0xe0041, 0xe0101,
];

function found(text: string) {
  const { value = [] } = parseFile('p.yaml', Buffer.from(`apiVersion: core.riptides.io/v1alpha1\n${text}\n`));
  return shapeDocuments(value).diagnostics;
}

describe('a character that cannot be seen', () => {
  test.each(HIDDEN.map((code) => code.toString(16).toUpperCase().padStart(4, '0')))(
    'is an error wherever it decides something, with its code point and place: U+%s',
    (hex) => {
      for (const place of PLACES) {
        const escape = `\\U${hex.padStart(8, '0')}`;
        const text = place.replace('X', escape);
        const diagnostics = found(text);
        expect({ place, codes: diagnostics.map(({ code, severity }) => `${severity} ${code}`) }).toEqual({
          place,
          codes: ['error RTP1144'],
        });
        const [first] = diagnostics;
        if (first === undefined) throw new Error(place);
        const { message, range } = first;
        expect(message).toContain(`(U+${hex})`);
        const line = text.split('\n')[range.start.line - 2] ?? '';
        expect(line.slice(range.start.column - 1)).toMatch(
          place.includes('aXb":') ? /^"?(docker:label:)?a\\U/ : /^\\U/,
        );
      }
    },
  );

  test.each([' a', 'a '])('and a space at an end of a label is one, too: "%s"', (text) => {
    expect(found(PLACES[8]?.replace('aXb', text) ?? '').map(({ code }) => code)).toEqual(['RTP1144']);
  });

  test.each(['❤️', '👩‍💻', 'می‌خواهم', 'l’été : oui', 'two\\nlines'])(
    'may be needed in a text for people: %s',
    (text) => {
      expect(
        found(
          `kind: Service\nmetadata: { name: a, annotations: { note: "${text}" } }\nspec: { labels: { app: a }, addresses: [{ address: 10.0.0.1 }] }`,
        ),
      ).toEqual([]);
    },
  );
});

describe('a placeholder', () => {
  const label = (text: string): string =>
    `kind: Service\nmetadata: { name: a }\nspec: { labels: { app: '${text}' }, addresses: [{ address: 10.0.0.1 }] }`;

  test.each(['${X}', '${X:-a b}', '$(X)', '{{ .Values.x }}', '{% x %}', '<%= x %>', '<NODE_ID>'])(
    'that nothing filled in is an error: %s',
    (written) => {
      expect(found(label(`a-${written}`)).map(({ code }) => code)).toEqual(['RTP1145']);
    },
  );

  test.each(['${', '{{', '<%', '{%', '$(', '<A'])(
    'is looked for in time that is in proportion to the text: %s',
    (sign) => {
      const times = growth(8000, (count) => () => found(label(sign.repeat(count))));
      expect(times).toBeLessThan(8);
    },
  );
});
