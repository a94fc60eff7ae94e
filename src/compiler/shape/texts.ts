// SPDX-License-Identifier: Apache-2.0
// Texts that are not what they seem, in any key or value of a document: characters that cannot be seen, spaces at the ends, placeholders
// that nothing filled in, and patterns where values are compared whole.

import { characterName, HIDDEN } from '../../diagnostics/characters.ts';
import type { Diagnostic, DocumentPath } from '../../diagnostics/diagnostic.ts';
import { canonicalFact, findFact } from '../../schema/facts/table.ts';
import { TRUST_DOMAIN_PLACEHOLDER } from '../../schema/spiffe.ts';
import { patternWords } from '../../diagnostics/patterns.ts';
import { quoted } from '../../terminal/visible.ts';
import { placeholderWords, TEMPLATE_TAG } from '../../diagnostics/placeholders.ts';
import type { LoadedDocument } from '../load/types.ts';
import { pathKey, valueAt } from './paths.ts';

/** What a text is for. */
type Use =
  /** It decides something, or is compared with something. */
  | 'value'
  /** A value of a process that may have line breaks and anything that a shell reads: a command line, a variable. */
  | 'command'
  | 'code'
  /** Nothing depends on it. */
  | 'people';

/** Hardly any text needs another look than this. */
const SUSPICIOUS = /[^\x20-\x7e]|^ | $|\$[{(]|\{[{%]|<[%A-Z]/;

/** Also in texts for people, in which scripts and emoji need joiners and variants. */
const HIDDEN_IN_PROSE = /(?!\t|\n|\r|\u00ad|\u200c|\u200d|[\u{e0020}-\u{e007f}])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** What stands for a value that is filled in later: a tag of a template, $(X), <NAME>. */
const PLACEHOLDER = new RegExp(
  `${TEMPLATE_TAG.source}|\\$\\([A-Za-z_][A-Za-z0-9_]{0,200}\\)|<[A-Z][A-Z0-9]*(?:[_-][A-Z0-9]+)*>`,
);

/** Warnings and errors about the texts of a document. */
export function checkTexts(document: LoadedDocument): readonly Diagnostic[] {
  const kind = valueAt(document.value, ['kind']);
  const found: Diagnostic[] = [];
  const path: (string | number)[] = [];
  const search = (value: unknown): void => {
    if (typeof value === 'string') {
      if (SUSPICIOUS.test(value)) found.push(...checkText(value, [...path], useOf(kind, path), document));
    } else if (Array.isArray(value)) {
      for (const [i, item] of value.entries()) {
        path.push(i);
        search(item);
        path.pop();
      }
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) {
        path.push(key);
        if (!isServers(path)) {
          if (SUSPICIOUS.test(key)) found.push(...checkKey(key, [...path], document));
          search(inner);
        }
        path.pop();
      }
    }
  };
  search(document.value);
  return found;
}

/** What a server wrote is not policy. */
function isServers(path: DocumentPath): boolean {
  return path[0] === 'status' ? path.length === 1 : path[0] === 'metadata' && path[1] === 'managedFields';
}

/** Fields that may have several lines: CEL, and certificates. */
const LINES: ReadonlySet<string> = new Set(['when', 'expression', 'messageExpression', 'caBundle']);

function useOf(kind: unknown, path: DocumentPath): Use {
  const field = path.findLast((step) => typeof step === 'string') ?? '';
  if (path[0] === 'metadata' && path[1] === 'annotations') return 'people';
  if (field === 'message' && kind === 'Guardrail') return 'people';
  if (LINES.has(field)) return 'code';
  return /^process:(?:cmdline$|env:)/.test(field) ? 'command' : 'value';
}

function checkText(
  text: string,
  path: DocumentPath,
  use: Use,
  document: LoadedDocument,
): readonly Diagnostic[] {
  const hidden = hiddenIn(text, use);
  if (hidden !== undefined) {
    const { index, character } = hidden;
    // A program may have been started with a line break in its arguments.
    const isLikely = use === 'people' || (use === 'command' && '\n\t'.includes(character));
    return [
      {
        code: 'RTP1144',
        severity: isLikely ? 'warning' : 'error',
        range: document.locateText(path, index, index + character.length),
        path,
        ...hiddenWords(character, use === 'people'),
        ...(use === 'command' && isLikely && { fix: 'remove it, unless the program is started with it' }),
      },
    ];
  }
  if (use === 'code' || use === 'people') return [];
  if (use === 'value' && /^ | $/.test(text) && !isFact(path)) {
    const index = text.startsWith(' ') ? 0 : text.length - 1;
    return [
      {
        code: 'RTP1144',
        severity: 'error',
        range: document.locateText(path, index, index + 1),
        path,
        message: `${quoted(text)} has a space at ${index === 0 ? 'its beginning' : 'its end'}`,
        why: 'values are compared whole, spaces too',
        fix: 'remove the space',
      },
    ];
  }
  return placeholderIn(text, path, use, document);
}

function hiddenIn(
  text: string,
  use: Use,
): { readonly index: number; readonly character: string } | undefined {
  const expression = use === 'people' ? HIDDEN_IN_PROSE : use === 'code' ? HIDDEN_IN_CODE : HIDDEN;
  const match = expression.exec(text);
  return match === null ? undefined : { index: match.index, character: match[0] };
}

const HIDDEN_IN_CODE = new RegExp(`(?![\\t\\n])(?:${HIDDEN.source})`, 'u');

function hiddenWords(character: string, isProse: boolean): Pick<Diagnostic, 'message' | 'why' | 'fix'> {
  const name = characterName(character);
  const message = `the text has ${name}, which cannot be ${/\p{Zs}/u.test(character) ? 'told from a space' : 'seen'}`;
  return isProse
    ? { message, why: 'what a reviewer reads may not be what is written', fix: 'remove it' }
    : {
        message,
        why: 'it is compared like any other character, and readers of the policy cannot see it',
        fix: 'remove it; retype a value that was copied from a page or a document',
      };
}

function checkKey(key: string, path: DocumentPath, document: LoadedDocument): readonly Diagnostic[] {
  const match = HIDDEN.exec(key);
  const isEnd = /^ | $/.test(key);
  if (match === null && !isEnd) return [];
  const isProse = path[0] === 'metadata' && path[1] === 'annotations';
  const words =
    match === null
      ? {
          message: `the key ${quoted(key)} has a space at ${key.startsWith(' ') ? 'its beginning' : 'its end'}`,
          why: 'keys are compared whole, spaces too',
          fix: 'remove the space',
        }
      : {
          ...hiddenWords(match[0], isProse),
          message: `the key ${quoted(key)} has ${characterName(match[0])}`,
        };
  const severity = isProse ? 'warning' : 'error';
  return [{ code: 'RTP1144', severity, range: document.locateKey(path), path, ...words }];
}

/** Spaces of facts are a matter of what processes have (RTP1143). */
function isFact(path: DocumentPath): boolean {
  return path.some((step) => typeof step === 'string' && findFact(canonicalFact(step)) !== undefined);
}

function placeholderIn(
  text: string,
  path: DocumentPath,
  use: Use,
  document: LoadedDocument,
): readonly Diagnostic[] {
  const match = PLACEHOLDER.exec(text);
  if (match === null) return [];
  const [written] = match;
  // That of a SPIFFE ID has its own check.
  if (written.startsWith('{{') && text.startsWith('spiffe:')) return [];
  return [
    {
      code: 'RTP1145',
      severity: use === 'command' ? 'warning' : 'error',
      range: document.locateText(path, match.index, match.index + written.length),
      path,
      ...(written === TRUST_DOMAIN_PLACEHOLDER
        ? {
            message: `${quoted(written)} stands for the trust domain in SPIFFE IDs alone`,
            why: 'elsewhere it is compared letter by letter',
            fix: 'write the value',
          }
        : placeholderWords(written)),
    },
  ];
}

/** Errors about texts with an asterisk, where the writer will have meant a pattern. Those of SPIFFE IDs and host names know of them. */
export function namePatterns(
  diagnostics: readonly Diagnostic[],
  document: LoadedDocument,
): readonly Diagnostic[] {
  return diagnostics.map((diagnostic) => {
    const { code, path, severity, fix } = diagnostic;
    const text = severity === 'error' && path !== undefined ? valueAt(document.value, path) : undefined;
    const isTold = code === 'RTP1121' || code === 'RTP1127';
    if (isTold || typeof text !== 'string' || !text.includes('*')) return diagnostic;
    return { ...diagnostic, ...patternWords(text), fix };
  });
}

/** The diagnostics without those about a text that is not what it seems: they are the echo of that. */
export function withoutEchoes(
  diagnostics: readonly Diagnostic[],
  texts: readonly Diagnostic[],
): readonly Diagnostic[] {
  const wrong = new Set(
    texts.filter(({ severity }) => severity === 'error').map(({ path }) => pathKey(path ?? [])),
  );
  return wrong.size === 0 ? diagnostics : diagnostics.filter(({ path }) => !wrong.has(pathKey(path ?? [])));
}
