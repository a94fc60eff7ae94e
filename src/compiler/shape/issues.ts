// SPDX-License-Identifier: Apache-2.0
// What the schema finds, as diagnostics for people.

import type * as z from 'zod';
import type { Diagnostic, DocumentPath } from '../../diagnostics/diagnostic.ts';
import { suggestName } from '../../diagnostics/suggest.ts';
import { quoted } from '../../terminal/visible.ts';
import { problemOf } from '../../schema/check.ts';
import { exampleAt, fieldsAt } from '../../schema/fields.ts';
import type { LoadedDocument } from '../load/types.ts';
import { pathKey, valueAt } from './paths.ts';

type Issue = z.core.$ZodIssue;

/** Near names are looked for in the first issues of a document only: that takes more time than all the rest. */
const MOST_SUGGESTIONS = 100;

/** The diagnostics for the issues of one document. */
export function issueDiagnostics(
  issues: readonly Issue[],
  schema: z.ZodType,
  document: LoadedDocument,
): readonly Diagnostic[] {
  const diagnostics = issues.flatMap((issue, i) =>
    diagnosticsOf(issue, [], schema, document, i < MOST_SUGGESTIONS),
  );
  // A field that is misspelt is also missing under its right name; saying so once is enough.
  const misspelt = new Set(
    diagnostics
      .filter((d) => d.code === 'RTP1105' && d.suggestion !== undefined)
      .map((d) => pathKey([...(d.path ?? []).slice(0, -1), d.suggestion ?? ''])),
  );
  const above = new Set(
    diagnostics.flatMap(({ path = [] }) => path.map((_, i) => pathKey(path.slice(0, i)))),
  );
  return diagnostics.filter((d) => {
    if (d.code === 'RTP1106' && misspelt.has(pathKey(d.path ?? []))) return false;
    // A map of unknown fields alone looks empty to the rules that come after.
    return !EMPTY.has(d.code) || !above.has(pathKey(d.path ?? []));
  });
}

/** Codes of what lacks all of its fields. */
const EMPTY: ReadonlySet<Diagnostic['code']> = new Set(['RTP1106', 'RTP1113', 'RTP1139']);

function diagnosticsOf(
  issue: Issue,
  base: DocumentPath,
  schema: z.ZodType,
  document: LoadedDocument,
  suggest: boolean,
): readonly Diagnostic[] {
  const path: DocumentPath = [...base, ...issue.path.filter((step) => typeof step !== 'symbol')];
  const at = { severity: 'error', range: document.locate(path), path } as const;
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownField([...path, key], schema, document));
    case 'invalid_union':
      return unionDiagnostics(issue, path, schema, document, suggest);
    case 'invalid_type':
      return [wrongType(path, [issue.expected], document, schema)];
    case 'invalid_value':
      return [notOneOf(path, issue.values.map(String), document)];
    case 'custom': {
      const problem = problemOf(issue.params);
      if (problem === undefined) break;
      const { code, message, why, fix, ofKey, letters } = problem;
      const suggestion =
        typeof problem.suggestion !== 'function'
          ? problem.suggestion
          : suggest
            ? problem.suggestion()
            : undefined;
      const range =
        letters !== undefined
          ? document.locateText(path, letters.start, letters.end)
          : ofKey === true
            ? document.locateKey(path)
            : at.range;
      return [
        {
          ...at,
          range,
          code,
          message,
          ...(why !== undefined && { why }),
          fix,
          ...(suggestion !== undefined && { suggestion }),
        },
      ];
    }
    default:
  }
  return [
    { ...at, code: 'RTP1109', message: `the value is not valid: ${issue.message}`, fix: 'change the value' },
  ];
}

/**
 * A value that may be of several types: the diagnostics of the type that was written. The types are told apart by their outside,
 * so at most one of them has diagnostics other than "this is something else".
 */
function unionDiagnostics(
  issue: z.core.$ZodIssueInvalidUnion,
  path: DocumentPath,
  schema: z.ZodType,
  document: LoadedDocument,
  suggest: boolean,
): readonly Diagnostic[] {
  const written = typeof valueAt(document.value, path);
  const branch = issue.errors.find(
    (errors) => errors.length > 0 && expectedOutside(errors, written).length === 0,
  );
  if (branch !== undefined)
    return branch.flatMap((inner) => diagnosticsOf(inner, path, schema, document, suggest));
  const expected = issue.errors.flatMap((errors) => expectedOutside(errors, written));
  return [wrongType(path, expected, document, schema)];
}

/** The types that would have been accepted in place of the whole value, of the type `written`; empty when only a part of it is wrong. */
function expectedOutside(errors: readonly Issue[], written: string): readonly string[] {
  return errors.flatMap((error) => {
    if (error.path.length > 0) return [];
    if (error.code === 'invalid_type') return [error.expected];
    if (error.code === 'invalid_value') {
      const types = error.values.map((value) => typeof value);
      return types.some((type) => type === written) ? [] : types;
    }
    return error.code === 'invalid_union'
      ? error.errors.flatMap((inner) => expectedOutside(inner, written))
      : [];
  });
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  object: 'a map',
  record: 'a map',
  array: 'a list',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  null: 'empty',
};

function wrongType(
  path: DocumentPath,
  expected: readonly string[],
  document: LoadedDocument,
  schema?: z.ZodType,
): Diagnostic {
  const value = valueAt(document.value, path);
  const field = typeof path.at(-1) === 'number' ? 'the entry' : `the field ${quoted(lastName(path))}`;
  const wanted = [...new Set(expected.map((type) => TYPE_NAMES[type] ?? type))]
    .join(', ')
    .replace(/, ([^,]*)$/, ' or $1');
  if (value === undefined || value === null) {
    const empty = value === null;
    return {
      code: 'RTP1106',
      severity: 'error',
      range: empty ? document.locateKey(path) : document.locate(path),
      path,
      message: empty ? `${field} has no value` : `${field} is missing`,
      fix: empty ? `write ${anyScalar(expected) ?? wanted}` : `add it to ${parent(path)}`,
    };
  }
  const written = describe(value);
  const quotes = expected.includes('string') && (typeof value === 'number' || typeof value === 'boolean');
  return {
    code: 'RTP1107',
    severity: 'error',
    range: document.locate(path),
    path,
    message: `${field} must be ${wanted}, not ${written}`,
    fix: quotes ? quoteIt(path, schema) : `write ${wanted}`,
  };
}

/** What to write where the schema leaves it open which scalars are taken: that depends on the name of the field. */
function anyScalar(expected: readonly string[]): string | undefined {
  if (!['string', 'number', 'boolean'].every((type) => expected.includes(type))) return undefined;
  return expected.includes('array') ? 'a value, or a list of values' : 'a value';
}

/** A number in quotes is not always what is wanted: a duration is 3600s, and not "3600". */
function quoteIt(path: DocumentPath, schema: z.ZodType | undefined): string {
  const example = schema === undefined ? undefined : exampleAt(schema, path);
  return example === undefined ? 'put the value in quotes' : `write text such as "${example}"`;
}

function parent(path: DocumentPath): string {
  const parent = path.at(-2);
  return parent === undefined ? 'the document' : typeof parent === 'number' ? 'the entry' : quoted(parent);
}

function lastName(path: DocumentPath): string {
  return String(path.findLast((step) => typeof step === 'string') ?? 'document');
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value === 'string') return `the text ${quoted(value)}`;
  return typeof value === 'number' ? `the number ${value}` : `${value === true}`;
}

function fieldList(fields: readonly string[]): string {
  if (fields.length === 0) return 'remove it: there is nothing to be said here';
  return fields.length === 1 ? `the only field is ${fields[0]}` : `the fields are ${fields.join(', ')}`;
}

function notOneOf(path: DocumentPath, allowed: readonly string[], document: LoadedDocument): Diagnostic {
  const value = valueAt(document.value, path);
  if (typeof value !== 'string')
    return { ...wrongType(path, ['string'], document), ...writeOneOf(allowed, value) };
  const suggestion = suggestName(value, allowed);
  return {
    code: 'RTP1108',
    severity: 'error',
    range: document.locate(path),
    path,
    message: `${quoted(value)} is not one of the values of ${quoted(lastName(path))}`,
    ...writeOneOf(allowed, value),
    ...(suggestion !== undefined && { suggestion }),
  };
}

/** In YAML 1.1 `off` is false; people and programs who think so write false. */
function writeOneOf(allowed: readonly string[], value: unknown): { readonly fix: string } {
  return {
    fix:
      value === false && allowed.includes('off')
        ? 'write off'
        : `write ${allowed.length === 1 ? '' : 'one of '}${allowed.join(', ')}`,
  };
}

function unknownField(path: DocumentPath, schema: z.ZodType, document: LoadedDocument): Diagnostic {
  const name = lastName(path);
  const fields = fieldsAt(schema, path.slice(0, -1));
  const at = { severity: 'error', range: document.locateKey(path), path } as const;
  const suggestion = suggestName(name, fields);
  return {
    ...at,
    code: 'RTP1105',
    message: `there is no field ${quoted(name)} here`,
    fix: /[^\w:./-]/.test(name)
      ? 'if this belongs to the value before it, put that value in quotes'
      : fieldList(fields),
    ...(suggestion !== undefined && { suggestion }),
  };
}
