// SPDX-License-Identifier: Apache-2.0

import { type AddressPrefix, parsePrefix } from '../bundle/address.ts';
import type { ShapedDocument } from '../compiler/shape/types.ts';
import type { DiagnosticCode } from '../diagnostics/codes.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { warning } from './types.ts';

/** Warns about addresses and prefixes of services; host names are not looked at. */
export function warnOfAddresses(
  documents: readonly ShapedDocument[],
  code: DiagnosticCode,
  check: (prefix: AddressPrefix, text: string) => Parameters<typeof warning>[3] | undefined,
): readonly Diagnostic[] {
  return documents.flatMap((document) => {
    if (document.kind !== 'Service') return [];
    return document.spec.addresses.flatMap(({ address, networkPrefixes }, i) => {
      const path = ['spec', 'addresses', i];
      const written = [
        ...(address === undefined ? [] : [{ text: address, at: [...path, 'address'] }]),
        ...networkPrefixes.map((text, j) => ({ text, at: [...path, 'networkPrefixes', j] })),
      ];
      return written.flatMap(({ text, at }) => {
        const parsed = parsePrefix(text);
        const words = 'problem' in parsed ? undefined : check(parsed, text);
        return words === undefined ? [] : [warning(code, document, at, words)];
      });
    });
  });
}
