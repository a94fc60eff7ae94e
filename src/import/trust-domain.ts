// SPDX-License-Identifier: Apache-2.0

import type { Value } from '../format/tree.ts';
import { TRUST_DOMAIN_PLACEHOLDER } from '../schema/spiffe.ts';

/** The value with a trust domain in place of the placeholder, wherever a text has it; as it is without a trust domain. */
export function withTrustDomain(value: Value, trustDomain: string | undefined): Value {
  if (trustDomain === undefined) return value;
  switch (value.kind) {
    case 'empty':
      return value;
    case 'block':
      return {
        ...value,
        lines: value.lines.map((line) => line.replaceAll(TRUST_DOMAIN_PLACEHOLDER, trustDomain)),
      };
    case 'scalar': {
      const text = value.text.replaceAll(TRUST_DOMAIN_PLACEHOLDER, trustDomain);
      return text === value.text ? value : { ...value, style: 'quoted', lines: [text], text };
    }
    case 'map':
    case 'list': {
      const items = value.items.map((item) => ({ ...item, value: withTrustDomain(item.value, trustDomain) }));
      return { ...value, items };
    }
  }
}

/** The same of plain data. */
export function replaceIn(value: unknown, trustDomain: string | undefined): unknown {
  if (trustDomain === undefined) return value;
  if (typeof value === 'string') return value.replaceAll(TRUST_DOMAIN_PLACEHOLDER, trustDomain);
  if (Array.isArray(value)) return value.map((item: unknown) => replaceIn(item, trustDomain));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, replaceIn(item, trustDomain)]),
  );
}
