// SPDX-License-Identifier: Apache-2.0
// What the schema finds, as findings for people.

import type { z } from 'zod';
import { FACTS } from '../../bundle/generated.ts';
import type { Diagnostic, DocumentPath } from '../../diagnostics/diagnostic.ts';
import { suggestName } from '../../diagnostics/suggest.ts';
import { quoted } from '../../diagnostics/visible.ts';
import { problemOf } from '../../schema/check.ts';
import { isOtherFact } from '../../schema/facts.ts';
import { fieldsAt } from '../../schema/fields.ts';
import type { LoadedDocument } from '../load/types.ts';

type Issue = z.core.$ZodIssue;

/** The findings for the issues of one document. */
export function issueFindings(
  issues: readonly Issue[],
  schema: z.ZodType,
  document: LoadedDocument,
): readonly Diagnostic[] {
  const findings = issues.flatMap((issue) => findingsOf(issue, [], schema, document));
  // A field that is misspelt is also missing under its right name; saying so once is enough.
  const misspelt = new Set(
    findings
      .filter((d) => d.code === 'RTP1105' && d.suggestion !== undefined)
      .map((d) => pathKey([...(d.path ?? []).slice(0, -1), d.suggestion ?? ''])),
  );
  return findings.filter((d) => {
    if (d.code === 'RTP1106') return !misspelt.has(pathKey(d.path ?? []));
    // A selector of unknown facts alone looks empty to the rules that come after.
    return d.code !== 'RTP1113' || !findings.some((other) => isBelow(other.path ?? [], d.path ?? []));
  });
}

function isBelow(path: DocumentPath, parent: DocumentPath): boolean {
  return path.length > parent.length && parent.every((step, i) => step === path[i]);
}

function pathKey(path: DocumentPath): string {
  return JSON.stringify(path);
}

function findingsOf(
  issue: Issue,
  base: DocumentPath,
  schema: z.ZodType,
  document: LoadedDocument,
): readonly Diagnostic[] {
  const path: DocumentPath = [...base, ...issue.path.filter((step) => typeof step !== 'symbol')];
  const at = { severity: 'error', range: document.locate(path), path } as const;
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownField([...path, key], schema, document));
    case 'invalid_union':
      return unionFindings(issue, path, schema, document);
    case 'invalid_type':
      return [wrongType(path, [issue.expected], document)];
    case 'invalid_value':
      return [notOneOf(path, issue.values.map(String), document)];
    case 'custom': {
      const problem = problemOf(issue.params);
      if (problem === undefined) break;
      const { code, message, why, fix, ofKey } = problem;
      const range = ofKey === true ? document.locateKey(path) : at.range;
      return [
        { ...at, range, code, message: named(code, path, message), ...(why !== undefined && { why }), fix },
      ];
    }
    default:
  }
  return [
    { ...at, code: 'RTP1109', message: `the value is not valid: ${issue.message}`, fix: 'change the value' },
  ];
}

/** The message of a field that is not supported names the field. */
function named(code: string, path: DocumentPath, message: string): string {
  return code === 'RTP1110' ? message.replace(/^this field/, `the field ${quoted(lastName(path))}`) : message;
}

/**
 * A value that may be of several types: the findings of the type that was written. The types are told apart by their outside,
 * so at most one of them has findings other than "this is something else".
 */
function unionFindings(
  issue: z.core.$ZodIssueInvalidUnion,
  path: DocumentPath,
  schema: z.ZodType,
  document: LoadedDocument,
): readonly Diagnostic[] {
  const branch = issue.errors.find((errors) => errors.length > 0 && expectedOutside(errors).length === 0);
  if (branch !== undefined) return branch.flatMap((inner) => findingsOf(inner, path, schema, document));
  return [wrongType(path, issue.errors.flatMap(expectedOutside), document)];
}

/** The types that would have been accepted in place of the whole value; empty when only a part of it is wrong. */
function expectedOutside(errors: readonly Issue[]): readonly string[] {
  return errors.flatMap((error) => {
    if (error.path.length > 0) return [];
    if (error.code === 'invalid_type') return [error.expected];
    return error.code === 'invalid_union' ? error.errors.flatMap(expectedOutside) : [];
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

function wrongType(path: DocumentPath, expected: readonly string[], document: LoadedDocument): Diagnostic {
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
      fix: empty ? `write ${wanted}` : `add it to ${place(path)}`,
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
    fix: quotes ? 'put the value in quotes' : `write ${wanted}`,
  };
}

function place(path: DocumentPath): string {
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
    fix: value === false && allowed.includes('off') ? 'write off' : `write one of ${allowed.join(', ')}`,
  };
}

function unknownField(path: DocumentPath, schema: z.ZodType, document: LoadedDocument): Diagnostic {
  const name = lastName(path);
  const fields = fieldsAt(schema, path.slice(0, -1));
  const at = { severity: 'error', range: document.locateKey(path), path } as const;
  const isFact = fields.every((field) => field in FACTS);
  if (isFact && isOtherFact(name)) {
    return {
      ...at,
      code: 'RTP1112',
      message: `the fact ${quoted(name)} is not supported in this version`,
      why: 'the selector could never hold',
      fix: `select by ${fields.join(', ')}`,
    };
  }
  const suggestion = suggestName(name, fields);
  return {
    ...at,
    code: isFact ? 'RTP1111' : 'RTP1105',
    message: `there is no ${isFact ? 'fact' : 'field'} ${quoted(name)}${isFact ? '' : ' here'}`,
    fix: /[^\w:./-]/.test(name)
      ? 'if this belongs to the value before it, put that value in quotes'
      : `the ${isFact ? 'facts' : 'fields'} are ${fields.join(', ')}`,
    ...(suggestion !== undefined && { suggestion }),
  };
}

function valueAt(value: unknown, path: DocumentPath): unknown {
  let here: unknown = value;
  for (const step of path) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = Object.getOwnPropertyDescriptor(here, step)?.value;
  }
  return here;
}
