// SPDX-License-Identifier: Apache-2.0
// Secrets in clear text. They are looked for before anything else, and what the other checks see has none: no diagnostic can echo one.

import type { Diagnostic, DocumentPath, SourceRange } from '../../diagnostics/diagnostic.ts';
import { hasSecretArgument, isSecretName, isSecretVariable, secretForm } from '../../terminal/secrets.ts';
import { quoted } from '../../terminal/visible.ts';
import type { LoadedDocument } from '../load/types.ts';
import { pathKey, valueAt } from './paths.ts';

/** Kinds of which every field is looked at by its name. */
const CREDENTIAL_KINDS: ReadonlySet<unknown> = new Set([
  'CredentialSource',
  'CredentialBinding',
  'WorkloadCredential',
  'JoinToken',
  'IdentityProvider',
  'OIDCClient',
  'Verifier',
]);

/** Kinds of which every field is known, so that a map below the name of a secret is none of its settings. */
const KNOWN_KINDS: ReadonlySet<unknown> = new Set(['CredentialSource', 'CredentialBinding']);

/** Fields that say where a secret is. */
const REFERENCES: ReadonlySet<string> = new Set(['secretRef', 'secretKeyRef', 'valueFrom']);

/** Stands for a secret. */
const HIDDEN = '(secret)';

/** What labels say that are named like a secret and are none. */
const HARMLESS = /^(true|false|yes|no|none|required|optional)?$/i;

export interface SecretSearch {
  /** One for each secret. */
  readonly diagnostics: readonly Diagnostic[];
  /** The document without its secrets; itself when it has none. */
  readonly document: LoadedDocument;
  /** The paths of what was taken out. */
  readonly paths: readonly DocumentPath[];
}

/** Looks for secrets in all keys and values of a document. */
export function findSecrets(document: LoadedDocument): SecretSearch {
  const kind = valueAt(document.value, ['kind']);
  const diagnostics: Diagnostic[] = [];
  const paths: DocumentPath[] = [];
  const byName = CREDENTIAL_KINDS.has(kind);

  const report = (path: DocumentPath, range: SourceRange, message: string): void => {
    paths.push(path);
    diagnostics.push({
      code: 'RTP1132',
      severity: 'error',
      range,
      path,
      message,
      why: 'everyone who can read the repository has it, now and later',
      fix:
        kind === 'CredentialSource'
          ? 'put it into a Secret, name that with secretRef: { name, key }, and replace what was written here'
          : 'remove it, and replace it where it is used: what was written here is known',
      secret: true,
    });
  };

  /** `named`: whether the name of the field makes every text in it a secret. `path` is that of the value, and changes. */
  const search = (value: unknown, path: (string | number)[], named: boolean): void => {
    if (typeof value === 'string' || typeof value === 'number') {
      const form = typeof value === 'string' ? formOf(value, path) : undefined;
      if (form === undefined && (!named || value === '')) return;
      const what = form === undefined ? 'a secret in clear text' : `what looks like ${form}`;
      report([...path], document.locate(path), `the ${fieldName(path)} holds ${what}`);
    } else if (Array.isArray(value)) {
      for (let i = 0; i < value.length; i++) {
        path.push(i);
        search(value[i], path, named);
        path.pop();
      }
    } else if (isMap(value)) {
      if (named && KNOWN_KINDS.has(kind) && holdsText(value)) {
        report([...path], document.locate(path), `the ${fieldName(path)} holds a secret in clear text`);
        return;
      }
      for (const key of Object.keys(value)) {
        const form = secretForm(key);
        const inner = value[key];
        path.push(key);
        if (form === undefined) search(inner, path, isSecretField(path, inner, byName));
        else {
          const { start, file } = document.locateKey(path);
          const message = `a key holds what looks like ${form}`;
          report(path.slice(0, -1), { file, start, end: document.locate(path).end }, message);
        }
        path.pop();
      }
    }
  };

  search(document.value, [], false);
  if (diagnostics.length === 0) return { diagnostics, paths, document };
  const value = withoutSecrets(document.value, [], new Set(paths.map(pathKey)));
  return { diagnostics, paths, document: { ...document, value } };
}

/** What a text looks like, if it looks like a secret. */
function formOf(text: string, path: DocumentPath): string | undefined {
  const isCommandLine = /^when$|cmdline$/.test(String(path.findLast((step) => typeof step === 'string')));
  return secretForm(text) ?? (isCommandLine && hasSecretArgument(text) ? 'a password' : undefined);
}

/** Whether anything is written in the value but where a secret is. */
function holdsText(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsText);
  if (isMap(value))
    return Object.entries(value).some(([key, inner]) => !REFERENCES.has(key) && holdsText(inner));
  return typeof value === 'number' || (typeof value === 'string' && value !== '');
}

/** A copy with `HIDDEN` for the values at the paths, and without keys that look like a secret. */
function withoutSecrets(value: unknown, path: DocumentPath, secrets: ReadonlySet<string>): unknown {
  if (secrets.has(pathKey(path))) return HIDDEN;
  if (Array.isArray(value))
    return value.map((item: unknown, i) => withoutSecrets(item, [...path, i], secrets));
  if (!isMap(value)) return value;
  const kept = Object.entries(value).filter(([key]) => secretForm(key) === undefined);
  return Object.fromEntries(
    kept.map(([key, inner]) => [key, withoutSecrets(inner, [...path, key], secrets)]),
  );
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether the field at the path holds a secret by its name. */
function isSecretField(path: DocumentPath, value: unknown, byName: boolean): boolean {
  const [first, second] = path;
  const key = String(path.at(-1));
  if (first === 'metadata') {
    const isNote = (second === 'labels' || second === 'annotations') && path.length === 3;
    return isNote && isSecretName(key) && !(typeof value === 'string' && HARMLESS.test(value));
  }
  if (first !== 'spec') return false;
  if (byName && path.length > 1) return isSecretName(key);
  const variable = /(?:^|:)env:(.+)$/.exec(key)?.[1];
  return variable !== undefined && isSecretVariable(variable) && path.includes('selectors');
}

function fieldName(path: DocumentPath): string {
  const name = path.findLast((step) => typeof step === 'string');
  return name === undefined ? 'document' : `field ${quoted(name)}`;
}
