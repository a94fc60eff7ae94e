// SPDX-License-Identifier: Apache-2.0

import { visible } from '../../terminal/visible.ts';

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/**
 * A text as XML has it in attributes and elements. XML cannot hold control characters in any form, nor half of a
 * surrogate pair: the first are made visible, the second replaced.
 */
export function escapeXml(text: string): string {
  const lines = text.split('\n').map((line) =>
    visible(line)
      .toWellFormed()
      .replace(/[\ufffe\uffff]/g, '\ufffd'),
  );
  return lines.join('\n').replace(/[&<>"]/g, (c) => ENTITIES[c] ?? c);
}
