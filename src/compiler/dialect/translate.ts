// SPDX-License-Identifier: Apache-2.0

import type { Checked, DocumentPath } from '../../diagnostics/diagnostic.ts';
import { API_VERSION } from '../../schema/document.ts';
import type { LoadedDocument } from '../load/types.ts';
import { IDENTITY_FIELDS, readIdentity } from './identity.ts';
import { isMap, type Map, type Reading, textPart } from './reading.ts';
import { readService, SERVICE_FIELDS } from './service.ts';
import type { Draft, Part, Translated } from './types.ts';

/** Whether a document is a list of the older dialect: one with an entry that looks like an identity or a service. */
export function isOlderDialect({ value }: LoadedDocument): boolean {
  return Array.isArray(value) && value.some((entry: unknown) => isMap(entry) && kindOf(entry) !== undefined);
}

/**
 * The documents that a list of the older dialect stands for, in its order. Diagnostics: RTP1051 to RTP1056; nothing that is written is left
 * out without one.
 *
 * @param giveName makes a name of a text, one that no other document of the kind has
 */
export function translate(
  document: LoadedDocument,
  giveName: (kind: string, text: string) => string,
): Checked<readonly Translated[]> {
  const reading: Reading = { document, diagnostics: [] };
  const entries: readonly unknown[] = Array.isArray(document.value) ? document.value : [];
  const value = entries
    .flatMap((entry, index) => readEntry(entry, index, reading))
    .map((draft) => finish(draft, giveName(draft.kind, draft.name.text)));
  return { value, diagnostics: reading.diagnostics };
}

type EntryKind = 'identity' | 'service' | 'both';

function kindOf(entry: Map): EntryKind | undefined {
  const has = (names: readonly string[]) => names.some((name) => entry[name] !== undefined);
  const isIdentity = has(IDENTITY_FIELDS);
  if (!has(SERVICE_FIELDS)) return isIdentity ? 'identity' : undefined;
  return isIdentity ? 'both' : 'service';
}

function readEntry(entry: unknown, index: number, reading: Reading): readonly Draft[] {
  const kind = isMap(entry) ? kindOf(entry) : undefined;
  if (isMap(entry) && kind === 'identity') return readIdentity(entry, index, reading);
  if (isMap(entry) && kind === 'service') return [readService(entry, index, reading)];
  reading.diagnostics.push({
    code: 'RTP1051',
    severity: 'error',
    range: reading.document.locate([index]),
    path: [index],
    message:
      kind === 'both'
        ? 'the entry is an identity and a service at once'
        : 'the entry is neither an identity nor a service',
    why: 'in the older dialect a file is a list of identities, which have selectors, and of services, which have labels and addresses',
    fix:
      kind === 'both'
        ? 'split it into two entries'
        : 'remove the entry, or write the fields of one of the two',
  });
  return [];
}

function finish({ kind, entry, name, spec }: Draft, given: string): Translated {
  const at: DocumentPath = [entry];
  const field = (key: string, part: Part) => ({ name: key, from: part.from, part });
  const metadata: Part = {
    kind: 'map',
    from: name.from,
    fields: [field('name', textPart(given, name.from))],
  };
  const fields = [
    field('apiVersion', textPart(API_VERSION, at)),
    field('kind', textPart(kind, at)),
    field('metadata', metadata),
    field('spec', spec),
  ];
  return { kind, name: given, entry, root: { kind: 'map', from: at, fields } };
}
