// SPDX-License-Identifier: Apache-2.0
// Whether guardrails use what is found outside the policy: it costs time, and most use none of it.

import type { LoadedDocument } from '../load/types.ts';
import type { AskedContext } from './types.ts';

/** What the guardrails among documents may use: whatever they name. */
export function askedContext(documents: readonly LoadedDocument[]): AskedContext {
  const texts = documents.flatMap(({ value }) => (isGuardrail(value) ? [JSON.stringify(value)] : []));
  const names = (name: RegExp): boolean => texts.some((text) => name.test(text));
  return { git: names(/\bgit\b/), previous: names(/\boldObject\b/) };
}

function isGuardrail(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'Guardrail';
}
