// SPDX-License-Identifier: Apache-2.0
// Reading a list of the older dialect: maps of known fields, and diagnostics about the rest.

import type { Diagnostic, DocumentPath } from '../../diagnostics/diagnostic.ts';
import { suggestName } from '../../diagnostics/suggest.ts';
import { quoted } from '../../terminal/visible.ts';
import type { LoadedDocument } from '../load/types.ts';
import type { Field, Part } from './types.ts';

/** The list that is read, and what was found in it. */
export interface Reading {
  readonly document: LoadedDocument;
  readonly diagnostics: Diagnostic[];
}

export type Map = Readonly<Record<string, unknown>>;

export function isMap(value: unknown): value is Map {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A part that is there only when the field is. */
export function copied(name: string, map: Map, path: DocumentPath, as = name): readonly Field[] {
  if (map[name] === undefined) return [];
  const from = [...path, name];
  return [{ name: as, from, part: { kind: 'copy', from } }];
}

/** A field whose value is made of parts; none when there are none. */
export function fieldOf(name: string, from: DocumentPath, fields: readonly Field[]): readonly Field[] {
  return fields.length === 0 ? [] : [{ name, from, part: { kind: 'map', from, fields } }];
}

export function textPart(text: string, from: DocumentPath): Part {
  return { kind: 'text', from, text };
}

/** The map at a field, or nothing and a diagnostic when it is something else. */
export function mapAt(map: Map, name: string, path: DocumentPath, reading: Reading): Map | undefined {
  const value = map[name];
  if (value === undefined || value === null) return undefined;
  if (isMap(value)) return value;
  wrongValue(reading, [...path, name], `${quoted(name)} is not a map`, 'write a map of fields');
  return undefined;
}

/** Reports the fields of a map that the dialect does not have. */
export function checkFields(map: Map, path: DocumentPath, known: readonly string[], reading: Reading): void {
  for (const name of Object.keys(map)) {
    if (known.includes(name)) continue;
    const suggestion = suggestName(name, known);
    reading.diagnostics.push({
      code: 'RTP1052',
      severity: 'error',
      range: reading.document.locateKey([...path, name]),
      path: [...path, name],
      message: `the older dialect has no field ${quoted(name)} here`,
      why: 'what is not understood would be lost',
      fix: `the fields are ${known.join(', ')}; remove this one, or write the entry as a document of its own`,
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }
}

/** Reports a value that cannot be translated. */
export function wrongValue(reading: Reading, path: DocumentPath, message: string, fix: string): void {
  const range = reading.document.locate(path);
  reading.diagnostics.push({ code: 'RTP1053', severity: 'error', range, path, message, fix });
}

/** Reports what is said a second time in another field. */
export function saidTwice(reading: Reading, path: DocumentPath, first: DocumentPath): void {
  const names = [first, path].map((each) => each.filter((step) => typeof step === 'string').join('.'));
  reading.diagnostics.push({
    code: 'RTP1054',
    severity: 'error',
    range: reading.document.locateKey(path),
    path,
    message: `${names[0]} and ${names[1]} mean the same`,
    why: 'only one of the two could count',
    fix: 'keep one of them',
    related: [{ range: reading.document.locateKey(first), message: 'first written here' }],
  });
}

/** Reports what the documents of today do not have. */
export function noCounterpart(
  reading: Reading,
  path: DocumentPath,
  severity: Diagnostic['severity'],
  words: Pick<Diagnostic, 'message' | 'why' | 'fix'>,
): void {
  reading.diagnostics.push({
    code: 'RTP1055',
    severity,
    range: reading.document.locateKey(path),
    path,
    ...words,
  });
}

/** Warns of what means something else today. */
export function otherMeaning(
  reading: Reading,
  path: DocumentPath,
  words: Pick<Diagnostic, 'message' | 'why' | 'fix'>,
): void {
  reading.diagnostics.push({
    code: 'RTP1056',
    severity: 'warning',
    range: reading.document.locateKey(path),
    path,
    ...words,
  });
}
