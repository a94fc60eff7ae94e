// SPDX-License-Identifier: Apache-2.0
// Documents with a kind, as the public product wrote them earlier: what validate calls replaced (RTP1135, RTP1140), written as it is today.
//
//   scope.agent                              scope.daemon
//   WorkloadCredential, and the rules that   a CredentialBinding, injected towards what those rules select, at
//   name it with egress[].credentialName     the times that they have

import { copied, isMap, type Map as Fields, textPart } from '../compiler/dialect/reading.ts';
import type { Field, Part } from '../compiler/dialect/types.ts';
import type { LoadedDocument } from '../compiler/load/types.ts';
import { valueAt } from '../compiler/shape/paths.ts';
import type { Diagnostic, DocumentPath } from '../diagnostics/diagnostic.ts';
import { canonicalJson } from '../plan/canonical-json.ts';
import { quoted } from '../terminal/visible.ts';

const OLD_KIND = 'WorkloadCredential';

/** An egress rule that names a credential. */
interface Use {
  readonly document: LoadedDocument;
  readonly path: DocumentPath;
  readonly credential: string;
  readonly workloadId: unknown;
  readonly selectors: readonly unknown[];
  /** The fields of the rule that say when it counts. */
  readonly times: Fields;
}

/** What a rule and a CredentialBinding both have. */
const TIMES = ['notBefore', 'notAfter', 'windows'];

/** What documents say of credentials in the earlier form. */
export interface OldCredentials {
  readonly names: ReadonlySet<string>;
  readonly uses: ReadonlyMap<string, readonly Use[]>;
}

/** Whether a document says of which kind it is. */
export function hasKind({ value }: LoadedDocument): boolean {
  return isMap(value) && typeof value['apiVersion'] === 'string' && typeof value['kind'] === 'string';
}

export function oldCredentials(documents: readonly LoadedDocument[]): OldCredentials {
  const credentials = documents.filter((document) => kindOf(document) === OLD_KIND);
  return {
    names: new Set(credentials.map(nameOf)),
    uses: Map.groupBy(documents.flatMap(usesIn), ({ credential }) => credential),
  };
}

function usesIn(document: LoadedDocument): readonly Use[] {
  const rules = valueAt(document.value, ['spec', 'egress']);
  if (kindOf(document) !== 'WorkloadIdentity' || !Array.isArray(rules)) return [];
  const workloadId = valueAt(document.value, ['spec', 'workloadID']);
  return rules.flatMap((rule: unknown, i): readonly Use[] => {
    if (!isMap(rule) || typeof rule['credentialName'] !== 'string') return [];
    const selectors: readonly unknown[] = Array.isArray(rule['selectors']) ? rule['selectors'] : [];
    const path = ['spec', 'egress', i, 'credentialName'];
    const times = Object.fromEntries(Object.entries(rule).filter(([key]) => TIMES.includes(key)));
    return [{ document, path, credential: rule['credentialName'], workloadId, selectors, times }];
  });
}

/** A document as it is written today. */
export interface Replaced {
  readonly kind: string;
  readonly name: string;
  /** Undefined when there is nothing to change. */
  readonly root: Part | undefined;
}

/**
 * A document with a kind as it is written today. What is wrong with it besides is found when it is shaped.
 *
 * @param giveName makes a name of a text, one that no other document of the kind has
 */
export function replaceForms(
  document: LoadedDocument,
  old: OldCredentials,
  giveName: (kind: string, text: string) => string,
  diagnostics: Diagnostic[],
): Replaced {
  const kind = kindOf(document);
  const name = nameOf(document);
  switch (kind) {
    case OLD_KIND: {
      const given = giveName('CredentialBinding', name);
      return { kind: 'CredentialBinding', name: given, root: bindingOf(document, given, old, diagnostics) };
    }
    case 'WorkloadIdentity':
      return { kind, name, root: identityOf(document, old, diagnostics) };
    default:
      return { kind, name, root: undefined };
  }
}

function identityOf(
  document: LoadedDocument,
  old: OldCredentials,
  diagnostics: Diagnostic[],
): Part | undefined {
  const spec = fieldsAt(document, ['spec']);
  const scope = fieldsAt(document, ['spec', 'scope']);
  const uses = usesIn(document);
  if (scope['agent'] === undefined && uses.length === 0) return undefined;
  for (const { path, credential } of uses) {
    diagnostics.push(...restrictionsOf(document, path));
    if (old.names.has(credential)) continue;
    diagnostics.push({
      code: 'RTP1057',
      severity: 'error',
      range: document.locate(path),
      path,
      message: `there is no ${OLD_KIND} ${quoted(credential)} among the files`,
      why: 'it says which CredentialSource the rule gets its credential from',
      fix: `name the file of the ${OLD_KIND} as well, or remove credentialName and write a CredentialBinding`,
    });
  }
  return mapOf(document, [], {
    spec: mapOf(document, ['spec'], {
      ...(scope['agent'] !== undefined && {
        scope: {
          kind: 'map',
          from: ['spec', 'scope'],
          fields: Object.keys(scope).flatMap((key) =>
            copied(
              key,
              scope,
              ['spec', 'scope'],
              key === 'agent' && scope['daemon'] === undefined ? 'daemon' : key,
            ),
          ),
        },
      }),
      ...(uses.length > 0 && { egress: rulesOf(document, spec['egress']) }),
    }),
  });
}

/** Errors about what a rule asks of a connection before it gives the credential, and a CredentialBinding cannot ask. */
function restrictionsOf(document: LoadedDocument, path: DocumentPath): readonly Diagnostic[] {
  const at = path.slice(0, -1);
  const carried = new Set(['credentialName', 'selectors', ...TIMES]);
  return Object.entries(fieldsAt(document, at))
    .filter(([key, value]) => !carried.has(key) && !(key === 'mode' && value === 'enforce'))
    .map(([key]) => ({
      code: 'RTP1057',
      severity: 'error',
      range: document.locateKey([...at, key]),
      path: [...at, key],
      message: `a rule that names a credential has ${quoted(key)}, and a CredentialBinding cannot have it`,
      why: 'without it the credential would also be given where the rule does not give it',
      fix: 'remove credentialName from the rule, and write a CredentialBinding for a service of its own',
    }));
}

/** The rules without the names of credentials. */
function rulesOf(document: LoadedDocument, rules: unknown): Part {
  const from = ['spec', 'egress'];
  const items = (Array.isArray(rules) ? rules : []).map((rule: unknown, i): Part => {
    const at = [...from, i];
    return isMap(rule) && typeof rule['credentialName'] === 'string'
      ? mapOf(document, at, { credentialName: undefined })
      : { kind: 'copy', from: at };
  });
  return { kind: 'list', from, items };
}

function bindingOf(
  document: LoadedDocument,
  name: string,
  old: OldCredentials,
  diagnostics: Diagnostic[],
): Part {
  const spec = fieldsAt(document, ['spec']);
  const added = spec['propagation'] === undefined ? destinationOf(document, old, diagnostics) : [];
  const own = mapOf(document, ['spec'], {});
  return mapOf(document, [], {
    kind: textPart('CredentialBinding', ['kind']),
    ...(name !== nameOf(document) && {
      metadata: mapOf(document, ['metadata'], { name: textPart(name, ['metadata', 'name']) }),
    }),
    spec:
      own.kind === 'map'
        ? {
            ...own,
            fields: [
              ...own.fields,
              ...added.map(
                ([field, value]): Field => ({
                  name: field,
                  from: ['spec'],
                  part: { kind: 'data', from: ['spec'], value },
                }),
              ),
            ],
          }
        : own,
  });
}

/** Where the credential goes, and when: towards what the rules that name it select, at the times that they have. */
function destinationOf(
  document: LoadedDocument,
  old: OldCredentials,
  diagnostics: Diagnostic[],
): readonly (readonly [field: string, value: unknown])[] {
  const name = nameOf(document);
  const path = ['spec', 'workloadID'];
  const workloadId = valueAt(document.value, path);
  const uses = old.uses.get(name) ?? [];
  const refuse = (
    words: Pick<Diagnostic, 'message' | 'why' | 'fix' | 'related' | 'range' | 'path'>,
  ): readonly [] => {
    diagnostics.push({ code: 'RTP1057', severity: 'error', ...words });
    return [];
  };
  const other = uses.find((use) => use.workloadId !== workloadId);
  if (other !== undefined) {
    return refuse({
      range: other.document.locate(other.path),
      path: other.path,
      message: `the credential ${quoted(name)} is for another workload ID than this identity`,
      why: 'a CredentialBinding gives a credential to one identity',
      fix: `give each identity a ${OLD_KIND} of its own, or correct its workloadID`,
      related: [{ range: document.locate(path), message: 'it is for this one' }],
    });
  }
  const times = uses[0]?.times ?? {};
  const spec = fieldsAt(document, ['spec']);
  const others = uses.find((use) => canonicalJson(use.times) !== canonicalJson(times));
  const twice = Object.keys(times).some((field) => spec[field] !== undefined) ? uses[0] : undefined;
  const unlike = others ?? twice;
  if (unlike !== undefined) {
    return refuse({
      range: unlike.document.locate(unlike.path),
      path: unlike.path,
      message: `the credential ${quoted(name)} is for other times ${others === undefined ? 'itself' : 'in another rule'}`,
      why: 'a CredentialBinding has one set of times; one set for several rules would give the credential at other times, too',
      fix: 'write a CredentialBinding for each set of times',
    });
  }
  const distinct = new Map(
    uses.flatMap(({ selectors }) => selectors).map((selector) => [canonicalJson(selector), selector]),
  );
  if (distinct.size === 0) {
    return refuse({
      range: document.locate(['metadata', 'name']),
      path: ['metadata', 'name'],
      message: `no egress rule among the files names the credential ${quoted(name)}`,
      why: 'a CredentialBinding says where its credential goes; a guess could give it away',
      fix: 'name the files of the identity as well, or add propagation with sysfs or injection.selectors to its spec',
    });
  }
  return [['propagation', { injection: { selectors: [...distinct.values()] } }], ...Object.entries(times)];
}

/** The map at a path with some of its fields replaced, or left out (undefined); what is no map is copied. */
function mapOf(
  document: LoadedDocument,
  from: DocumentPath,
  replaced: Readonly<Record<string, Part | undefined>>,
): Part {
  const map = valueAt(document.value, from);
  if (!isMap(map)) return { kind: 'copy', from };
  const fields = Object.keys(map).flatMap((name): readonly Field[] => {
    if (!Object.hasOwn(replaced, name)) return copied(name, map, from);
    const part = replaced[name];
    return part === undefined ? [] : [{ name, from: [...from, name], part }];
  });
  return { kind: 'map', from, fields };
}

function fieldsAt({ value }: LoadedDocument, path: DocumentPath): Fields {
  const map = valueAt(value, path);
  return isMap(map) ? map : {};
}

function kindOf({ value }: LoadedDocument): string {
  const kind = valueAt(value, ['kind']);
  return typeof kind === 'string' ? kind : '';
}

function nameOf({ value }: LoadedDocument): string {
  const name = valueAt(value, ['metadata', 'name']);
  return typeof name === 'string' ? name : '';
}
