// SPDX-License-Identifier: Apache-2.0
// Entries of lists that add nothing, as another entry of the list covers all that they stand for.

import { maskAddress, parsePrefix } from '../../bundle/address.ts';
import type { Diagnostic, DocumentPath } from '../../diagnostics/diagnostic.ts';
import { canonicalFact, findFact, matchOf } from '../../schema/facts/table.ts';
import type { FactValue } from '../../schema/facts/values.ts';
import { normaliseValue } from '../../schema/facts/values.ts';
import { looksLikeHostName, normaliseHostName } from '../../schema/host-name.ts';
import { quoted } from '../../terminal/visible.ts';
import type { LoadedDocument } from '../load/types.ts';
import { valueAt } from './paths.ts';

/** Entries of one list that are compared with one another; a longer list is not looked at. */
const MOST_COMPARED = 200;

/** An entry, and what it stands for. */
interface Entry<T> {
  readonly path: DocumentPath;
  readonly what: T;
  readonly words: string;
}

/** Warnings about the entries of the lists of a document without errors. */
export function coveredEntries(document: LoadedDocument): readonly Diagnostic[] {
  switch (valueAt(document.value, ['kind'])) {
    case 'WorkloadIdentity':
      return ofIdentity(document);
    case 'Service':
      return report(addressEntries(document), coversAddress, document);
    case 'DaemonGroup':
      return ofPatterns(document, ['spec', 'daemons']);
    case 'CredentialBinding':
      return ofLabels(document, ['spec', 'propagation', 'injection', 'selectors']);
    default:
      return [];
  }
}

function ofIdentity(document: LoadedDocument): readonly Diagnostic[] {
  return [
    ...ofSelectors(document),
    ...ofPatterns(document, ['spec', 'allowedSPIFFEIDs', 'inbound']),
    ...ofPatterns(document, ['spec', 'allowedSPIFFEIDs', 'outbound']),
    ...listAt(document, ['spec', 'egress']).flatMap((_, i) => {
      const path = ['spec', 'egress', i];
      return [
        ...ofLabels(document, [...path, 'selectors']),
        ...ofPorts(document, [...path, 'ports']),
        ...ofPatterns(document, [...path, 'allowedSPIFFEIDs', 'outbound']),
      ];
    }),
    ...listAt(document, ['spec', 'ingress']).flatMap((_, i) => {
      const path = ['spec', 'ingress', i];
      return [...ofPatterns(document, [...path, 'peers']), ...ofPorts(document, [...path, 'ports'])];
    }),
  ];
}

/** For each entry that another covers: of two that are equal, the later one. */
function report<T>(
  entries: readonly Entry<T>[],
  covers: (wide: T, narrow: T) => boolean,
  document: LoadedDocument,
): readonly Diagnostic[] {
  if (entries.length < 2 || entries.length > MOST_COMPARED) return [];
  return entries.flatMap((entry, i): readonly Diagnostic[] => {
    const other = entries.find(
      (one, k) => k !== i && covers(one.what, entry.what) && (k < i || !covers(entry.what, one.what)),
    );
    if (other === undefined) return [];
    const isSame = covers(entry.what, other.what);
    return [
      {
        code: 'RTP1414',
        severity: 'warning',
        range: document.locate(entry.path),
        path: entry.path,
        message: isSame ? `${entry.words} stands twice` : `${entry.words} is covered by ${other.words}`,
        why: isSame ? 'the second adds nothing' : 'it adds nothing; often another value was meant',
        fix: 'remove one of the two, or correct the one that was meant to be different',
        related: [
          { range: document.locate(other.path), message: isSame ? 'the first' : 'this one covers it' },
        ],
      },
    ];
  });
}

/** SPIFFE IDs and workload IDs, of which those that end in an asterisk are beginnings. */
function ofPatterns(document: LoadedDocument, path: DocumentPath): readonly Diagnostic[] {
  const entries = severalAt(document, path).flatMap((item, i): readonly Entry<string>[] =>
    typeof item === 'string' ? [{ path: [...path, i], what: item, words: quoted(item) }] : [],
  );
  const covers = (wide: string, narrow: string): boolean =>
    wide === narrow || (wide.endsWith('*') && narrow.startsWith(wide.slice(0, -1)));
  return report(entries, covers, document);
}

type Ports = { readonly low: number; readonly high: number };

function ofPorts(document: LoadedDocument, path: DocumentPath): readonly Diagnostic[] {
  const entries = severalAt(document, path).flatMap((item, i): readonly Entry<Ports>[] => {
    const ports = portsOf(item);
    return ports === undefined
      ? []
      : [{ path: [...path, i], what: ports, words: `the port ${String(item)}` }];
  });
  return report(entries, coversPorts, document);
}

function coversPorts(wide: Ports, narrow: Ports): boolean {
  return wide.low <= narrow.low && narrow.high <= wide.high;
}

function portsOf(written: unknown): Ports | undefined {
  if (written === undefined) return { low: 0, high: 65_535 };
  if (typeof written !== 'string' && typeof written !== 'number') return undefined;
  const [low = Number.NaN, high = low] = String(written).split('-').map(Number);
  return Number.isInteger(low) && Number.isInteger(high) ? { low, high } : undefined;
}

type Labels = ReadonlyMap<string, ReadonlySet<unknown>>;

/** Selectors of services: of one that asks for more labels than another, nothing comes. */
function ofLabels(document: LoadedDocument, path: DocumentPath): readonly Diagnostic[] {
  const entries = severalAt(document, path).map((selector, i): Entry<Labels> => {
    return { path: [...path, i], what: labelsOf(selector, (_, value) => value), words: 'the selector' };
  });
  return [
    ...report(entries, coversLabels, document).map((one) => ({
      ...one,
      message: one.why?.startsWith('the second')
        ? 'the selector is in the list twice'
        : 'the selector is covered by another that asks for less',
    })),
    ...listAt(document, path).flatMap((selector, i) =>
      keysOf(selector).flatMap((key) => ofValues(document, [...path, i, key])),
    ),
  ];
}

function keysOf(selector: unknown): readonly string[] {
  return typeof selector === 'object' && selector !== null ? Object.keys(selector) : [];
}

function labelsOf(selector: unknown, normal: (key: string, value: unknown) => unknown): Labels {
  const fields = typeof selector === 'object' && selector !== null ? Object.entries(selector) : [];
  return new Map(
    fields.map(([key, value]) => {
      const values: readonly unknown[] = Array.isArray(value) ? value : [value];
      return [key, new Set(values.map((one) => normal(key, one)))];
    }),
  );
}

/** Whether all that has the labels of the one has those of the other. */
function coversLabels(wide: Labels, narrow: Labels): boolean {
  return [...wide].every(([key, values]) => {
    const own = narrow.get(key);
    return own !== undefined && [...own].every((value) => values.has(value));
  });
}

/** Values of one label or fact that stand twice. */
function ofValues(document: LoadedDocument, path: DocumentPath): readonly Diagnostic[] {
  const entries = severalAt(document, path).map((value, i): Entry<unknown> => {
    return { path: [...path, i], what: value, words: quoted(String(value)) };
  });
  return report(entries, (wide, narrow) => wide === narrow, document);
}

/** Which processes an identity is for: the same selector twice, and values of a fact that say nothing more. */
function ofSelectors(document: LoadedDocument): readonly Diagnostic[] {
  const path = ['spec', 'selectors'];
  // One that demands more than another is no mistake: it takes precedence over selectors of other identities.
  const entries = severalAt(document, path).map((selector, i): Entry<Labels> => {
    const labels = labelsOf(selector, normalFact);
    const what = new Map([...labels].map(([key, values]) => [canonicalFact(key), values]));
    return { path: [...path, i], what, words: 'the selector' };
  });
  const isSame = (a: Labels, b: Labels): boolean => coversLabels(a, b) && coversLabels(b, a);
  return [
    ...report(entries, isSame, document),
    ...listAt(document, path).flatMap((selector, i) =>
      keysOf(selector).flatMap((key) => ofFact(document, [...path, i, key], key)),
    ),
  ];
}

function ofFact(document: LoadedDocument, path: DocumentPath, key: string): readonly Diagnostic[] {
  const values = severalAt(document, path);
  const fact = values.length === 0 ? undefined : findFact(canonicalFact(key));
  if (fact === undefined) return [];
  const isPrefix = matchOf(fact) === 'prefix';
  const entries = values.map((value, i): Entry<unknown> => {
    return { path: [...path, i], what: normalFact(key, value), words: quoted(String(value)) };
  });
  const covers = (wide: unknown, narrow: unknown): boolean =>
    wide === narrow || (isPrefix && String(narrow).startsWith(String(wide)));
  return report(entries, covers, document);
}

function normalFact(key: string, value: unknown): unknown {
  const fact = findFact(canonicalFact(key));
  return fact === undefined || !isFactValue(value) ? value : normaliseValue(value, fact);
}

function isFactValue(value: unknown): value is FactValue {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

/** A host name, or a prefix of addresses, at ports. */
interface Address {
  readonly name: string | undefined;
  readonly prefix: Exclude<ReturnType<typeof parsePrefix>, { readonly problem: unknown }> | undefined;
  readonly ports: Ports;
  /** Undefined: by both. */
  readonly protocol: unknown;
}

function addressEntries(document: LoadedDocument): readonly Entry<Address>[] {
  const base = ['spec', 'addresses'];
  return listAt(document, base).flatMap((_, i) => {
    const at = [...base, i];
    const ports = portsOf(valueAt(document.value, [...at, 'port']));
    if (ports === undefined) return [];
    const protocol = valueAt(document.value, [...at, 'protocol']);
    const texts: readonly (readonly [unknown, DocumentPath])[] = [
      [valueAt(document.value, [...at, 'address']), [...at, 'address']],
      ...['networkPrefixes', 'aliases'].flatMap((field) =>
        listAt(document, [...at, field]).map((text, k) => [text, [...at, field, k]] as const),
      ),
    ];
    return texts.flatMap(([text, path]): readonly Entry<Address>[] => {
      if (typeof text !== 'string') return [];
      if (looksLikeHostName(text))
        return [
          {
            path,
            what: { name: normaliseHostName(text), prefix: undefined, ports, protocol },
            words: quoted(text),
          },
        ];
      const prefix = parsePrefix(text);
      return 'problem' in prefix
        ? []
        : [{ path, what: { name: undefined, prefix, ports, protocol }, words: quoted(text) }];
    });
  });
}

function coversAddress(wide: Address, narrow: Address): boolean {
  if (wide.protocol !== undefined && wide.protocol !== narrow.protocol) return false;
  if (!coversPorts(wide.ports, narrow.ports)) return false;
  if (wide.prefix === undefined || narrow.prefix === undefined)
    return wide.prefix === narrow.prefix && wide.name === narrow.name;
  return (
    wide.prefix.family === narrow.prefix.family &&
    wide.prefix.prefixLength <= narrow.prefix.prefixLength &&
    Buffer.compare(maskAddress(narrow.prefix.address, wide.prefix.prefixLength), wide.prefix.address) === 0
  );
}

/** The entries of a list that may cover one another: none of a list with one entry, as most have. */
function severalAt(document: LoadedDocument, path: DocumentPath): readonly unknown[] {
  const list = listAt(document, path);
  return list.length < 2 ? [] : list;
}

function listAt({ value }: LoadedDocument, path: DocumentPath): readonly unknown[] {
  const list = valueAt(value, path);
  return Array.isArray(list) ? list : [];
}
