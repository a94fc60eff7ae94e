// SPDX-License-Identifier: Apache-2.0
// Fields that identities and egress rules have in common: how connections are protected, and who the peer may be.

import type { DocumentPath } from '../../diagnostics/diagnostic.ts';
import { quoted } from '../../terminal/visible.ts';
import {
  checkFields,
  copied,
  fieldOf,
  isMap,
  type Map,
  mapAt,
  noCounterpart,
  otherMeaning,
  type Reading,
  saidTwice,
  textPart,
  wrongValue,
} from './reading.ts';
import type { Field } from './types.ts';

/** Modes by their older names. UNSET is what the older programs write for a field that is left out. */
export const MODES: ReadonlyMap<unknown, string | undefined> = new Map<unknown, string | undefined>([
  ['STRICT', 'MUTUAL'],
  [true, 'MUTUAL'],
  ['DISABLE', 'SIMPLE'],
  [false, 'SIMPLE'],
  ['UNSET', undefined],
  ['MUTUAL', 'MUTUAL'],
  ['SIMPLE', 'SIMPLE'],
  ['PERMISSIVE', 'PERMISSIVE'],
]);

/** `connection`, and `allowedSPIFFEIDs` in it or beside it. `sides` are those that a list without sides is about. */
export function connectionFields(
  entry: Map,
  path: DocumentPath,
  sides: readonly ('inbound' | 'outbound')[],
  reading: Reading,
): readonly Field[] {
  const at = [...path, 'connection'];
  const connection = mapAt(entry, 'connection', path, reading) ?? {};
  checkFields(connection, at, ['tls', 'mtls', 'passthrough', 'allowedSPIFFEIDs'], reading);
  checkPassthrough(connection, at, reading);
  const tls = fieldOf(
    'tls',
    connection['tls'] === undefined ? [...at, 'mtls'] : [...at, 'tls'],
    tlsFields(connection, at, reading),
  );
  return [...fieldOf('connection', at, tls), ...allowedFields(entry, connection, path, sides, reading)];
}

function tlsFields(connection: Map, path: DocumentPath, reading: Reading): readonly Field[] {
  const at = [...path, 'tls'];
  const tls = mapAt(connection, 'tls', path, reading) ?? {};
  checkFields(tls, at, ['mode', 'intercept', 'mtls'], reading);
  const written = [
    ...modesOf(tls, 'mode', at),
    ...modesOf(tls, 'mtls', at),
    ...modesOf(connection, 'mtls', path),
  ];
  const [first, second] = written;
  if (first !== undefined && second !== undefined) saidTwice(reading, second.from, first.from);
  return [...(first === undefined ? [] : modeField(first, reading)), ...copied('intercept', tls, at)];
}

interface WrittenMode {
  readonly value: unknown;
  readonly from: DocumentPath;
}

function modesOf(map: Map, name: string, path: DocumentPath): readonly WrittenMode[] {
  return map[name] === undefined ? [] : [{ value: map[name], from: [...path, name] }];
}

function modeField({ value, from }: WrittenMode, reading: Reading): readonly Field[] {
  if (!MODES.has(value)) {
    const text = typeof value === 'string' ? quoted(value) : 'the value';
    wrongValue(
      reading,
      from,
      `${text} is not a mode of TLS`,
      'write STRICT, DISABLE, MUTUAL, SIMPLE or PERMISSIVE',
    );
    return [];
  }
  if (from.at(-1) === 'mode' && value === 'DISABLE') {
    otherMeaning(reading, from, {
      message: 'DISABLE becomes SIMPLE: the server still shows a certificate',
      why: 'there is no mode without TLS',
      fix: 'write SIMPLE if that is meant; PERMISSIVE also accepts plain text',
    });
  }
  const mode = MODES.get(value);
  if (mode === undefined) return [];
  return [{ name: 'mode', from, part: mode === value ? { kind: 'copy', from } : textPart(mode, from) }];
}

function checkPassthrough(connection: Map, path: DocumentPath, reading: Reading): void {
  const value = connection['passthrough'];
  if (value === undefined || value === null || value === false) return;
  const from = [...path, 'passthrough'];
  if (value !== true) {
    wrongValue(reading, from, '"passthrough" is neither true nor false', 'write true or false');
    return;
  }
  noCounterpart(reading, from, 'warning', {
    message: 'the field "passthrough" is dropped',
    why: 'TLS of the application is always passed through; what it sends in plain text is protected',
    fix: 'remove the field',
  });
}

function allowedFields(
  entry: Map,
  connection: Map,
  path: DocumentPath,
  sides: readonly ('inbound' | 'outbound')[],
  reading: Reading,
): readonly Field[] {
  const outer = [...path, 'allowedSPIFFEIDs'];
  const inner = [...path, 'connection', 'allowedSPIFFEIDs'];
  const isOuter = entry['allowedSPIFFEIDs'] !== undefined;
  if (isOuter && connection['allowedSPIFFEIDs'] !== undefined) saidTwice(reading, inner, outer);
  const from = isOuter ? outer : inner;
  const value = isOuter ? entry['allowedSPIFFEIDs'] : connection['allowedSPIFFEIDs'];
  if (value === undefined || value === null) return [];
  if (isMap(value)) return [{ name: 'allowedSPIFFEIDs', from, part: { kind: 'copy', from } }];
  if (!Array.isArray(value)) {
    wrongValue(reading, from, '"allowedSPIFFEIDs" is not a list', 'write a list of SPIFFE IDs');
    return [];
  }
  return fieldOf(
    'allowedSPIFFEIDs',
    from,
    sides.map((name) => ({ name, from, part: { kind: 'copy', from } })),
  );
}
