// SPDX-License-Identifier: Apache-2.0
// Entries of the older dialect that are services.

import { checkFields, copied, isMap, type Map, type Reading } from './reading.ts';
import type { Draft } from './types.ts';

export const SERVICE_FIELDS = ['labels', 'addresses', 'external', 'tls'];

/** The service that an entry stands for. Its name is made of the values of its labels, or of its first address. */
export function readService(entry: Map, index: number, reading: Reading): Draft {
  const path = [index];
  checkFields(entry, path, SERVICE_FIELDS, reading);
  const labels = isMap(entry['labels']) ? Object.values(entry['labels']) : [];
  const addresses: readonly unknown[] = Array.isArray(entry['addresses']) ? entry['addresses'] : [];
  const [address] = addresses;
  const texts = labels.length > 0 || !isMap(address) ? labels : [address['address']];
  return {
    kind: 'Service',
    entry: index,
    name: {
      text: texts.filter((text) => typeof text === 'string').join('/'),
      from: [...path, labels.length > 0 ? 'labels' : 'addresses'],
    },
    spec: {
      kind: 'map',
      from: path,
      fields: SERVICE_FIELDS.flatMap((name) => copied(name, entry, path)),
    },
  };
}
