// SPDX-License-Identifier: Apache-2.0
// Entries of the older dialect that are identities.

import type { DocumentPath } from '../../diagnostics/diagnostic.ts';
import { findFact } from '../../schema/facts/table.ts';
import { quoted } from '../../terminal/visible.ts';
import { connectionFields } from './connection.ts';
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
import type { Draft, Field, Part } from './types.ts';

export const IDENTITY_FIELDS = [
  'selectors',
  'workloadID',
  'certificate',
  'svid',
  'scope',
  'connection',
  'allowedSPIFFEIDs',
  'egress',
];

const RULE_FIELDS = [
  'selectors',
  'workloadID',
  'certificate',
  'connection',
  'allowedSPIFFEIDs',
  'credentialName',
];

const CERTIFICATE_FIELDS = ['workloadID', 'dnsNames', 'dns', 'ttl'];

/** Facts by their older names. */
export const FACTS: Readonly<Record<string, string>> = {
  'linux:uid': 'process:uid',
  'linux:gid': 'process:gid',
  'linux:binary:name': 'process:name',
  'linux:binary:path': 'process:binary:path',
  'linux:binary:hash': 'process:binary:hash',
};

/** The documents that an identity stands for: itself, and a binding for each credential that it names. */
export function readIdentity(entry: Map, index: number, reading: Reading): readonly Draft[] {
  const path = [index];
  checkFields(entry, path, IDENTITY_FIELDS, reading);
  const certificate = mapAt(entry, 'certificate', path, reading) ?? {};
  checkFields(certificate, [...path, 'certificate'], CERTIFICATE_FIELDS, reading);
  const workload = workloadField(entry, certificate, path, reading);
  checkListeningPort(entry, path, reading);
  const bindings: Draft[] = [];
  const name = nameOf(workload, entry, certificate);
  const rules = Array.isArray(entry['egress'])
    ? entry['egress'].map((rule: unknown, i) => {
        const at = [...path, 'egress', i];
        if (!isMap(rule)) return { kind: 'copy', from: at } as const;
        bindings.push(...readBinding(rule, at, { ...workload, index, name }, reading));
        return readRule(rule, at, reading);
      })
    : undefined;
  const egress: readonly Field[] =
    rules === undefined
      ? copied('egress', entry, path)
      : [
          {
            name: 'egress',
            from: [...path, 'egress'],
            part: { kind: 'list', from: [...path, 'egress'], items: rules },
          },
        ];
  const fields = [
    ...workload.fields,
    ...scopeField(entry, path, reading),
    ...selectorsField(entry, path, renameFacts),
    ...svidField(entry, certificate, path, reading),
    ...connectionFields(entry, path, ['inbound', 'outbound'], reading),
    ...egress,
  ];
  const from = workload.fields[0]?.from ?? path;
  return [
    {
      kind: 'WorkloadIdentity',
      entry: index,
      name: { text: name, from },
      spec: { kind: 'map', from: path, fields },
    },
    ...bindings,
  ];
}

interface Workload {
  readonly fields: readonly Field[];
}

function workloadField(entry: Map, certificate: Map, path: DocumentPath, reading: Reading): Workload {
  const outer = copied('workloadID', entry, path);
  const inner = copied('workloadID', certificate, [...path, 'certificate']);
  const [field] = [...outer, ...inner];
  if (field === undefined) return { fields: [] };
  if (outer[0] !== undefined && inner[0] !== undefined) saidTwice(reading, inner[0].from, outer[0].from);
  const value = outer.length > 0 ? entry['workloadID'] : certificate['workloadID'];
  // The slash between the trust domain and the path was a part of the path.
  if (typeof value !== 'string' || !value.startsWith('/')) return { fields: [field] };
  return { fields: [{ ...field, part: textPart(value.slice(1), field.from) }] };
}

function nameOf({ fields }: Workload, entry: Map, certificate: Map): string {
  const value = entry['workloadID'] ?? certificate['workloadID'];
  return fields.length > 0 && typeof value === 'string' ? value : '';
}

/** `agent` is what daemons were called. */
function scopeField(entry: Map, path: DocumentPath, reading: Reading): readonly Field[] {
  const at = [...path, 'scope'];
  const scope = mapAt(entry, 'scope', path, reading);
  if (scope === undefined) return [];
  checkFields(scope, at, ['agent', 'daemon', 'daemonGroup'], reading);
  if (scope['agent'] !== undefined && scope['daemon'] !== undefined)
    saidTwice(reading, [...at, 'agent'], [...at, 'daemon']);
  return fieldOf('scope', at, [
    ...copied('agent', scope, at, 'daemon'),
    ...copied('daemon', scope, at),
    ...copied('daemonGroup', scope, at),
  ]);
}

/** `selectors`, each of its maps read by a function; what is no map is left to the checks of the new document. */
function selectorsField(
  map: Map,
  path: DocumentPath,
  read: (selector: Map, path: DocumentPath) => Part,
): readonly Field[] {
  const [field] = copied('selectors', map, path);
  const selectors = map['selectors'];
  if (field === undefined || !Array.isArray(selectors)) return field === undefined ? [] : [field];
  const items = selectors.map((selector: unknown, i): Part => {
    const from = [...field.from, i];
    return isMap(selector) ? read(selector, from) : { kind: 'copy', from };
  });
  const isSame = items.every(({ kind }) => kind === 'copy');
  return [isSame ? field : { ...field, part: { kind: 'list', from: field.from, items } }];
}

function renameFacts(selector: Map, from: DocumentPath): Part {
  const names = Object.keys(selector);
  const isOlder = (name: string): boolean =>
    Object.hasOwn(FACTS, name) || factAndValue(name, selector, names) !== undefined;
  if (!names.some(isOlder)) return { kind: 'copy', from };
  // Where both names are written, the older one stays, and is refused as a fact that there is not.
  const fields = names.flatMap((name): readonly Field[] => {
    const said = factAndValue(name, selector, names);
    const at = [...from, name];
    if (said !== undefined) return [{ name: said.fact, from: at, part: textPart(said.value, at) }];
    const today = FACTS[name] ?? name;
    return copied(name, selector, from, name !== today && names.includes(today) ? name : today);
  });
  return { kind: 'map', from, fields };
}

/** What `docker:image:name:caddy: true` says: a fact, and a value at the end of its name. Only where the fact is said once. */
function factAndValue(
  name: string,
  selector: Map,
  names: readonly string[],
): { readonly fact: string; readonly value: string } | undefined {
  const colon = name.lastIndexOf(':');
  const fact = name.slice(0, Math.max(colon, 0));
  const value = name.slice(colon + 1);
  if (selector[name] !== true || value === '' || findFact(name) !== undefined) return undefined;
  if (findFact(fact) === undefined || names.filter((other) => other.startsWith(`${fact}:`)).length > 1)
    return undefined;
  return names.includes(fact) ? undefined : { fact, value };
}

/** `svid` as it is, or what `certificate` says of it. */
function svidField(entry: Map, certificate: Map, path: DocumentPath, reading: Reading): readonly Field[] {
  const at = [...path, 'certificate'];
  const x509 = [...dnsField(certificate, at, reading), ...ttlField(certificate, at, reading)];
  const [first] = x509;
  const [svid] = copied('svid', entry, path);
  if (svid !== undefined && first !== undefined) saidTwice(reading, first.from, svid.from);
  if (svid !== undefined) return [svid];
  return fieldOf('svid', at, fieldOf('x509', at, x509));
}

function dnsField(certificate: Map, path: DocumentPath, reading: Reading): readonly Field[] {
  const today = copied('dnsNames', certificate, path);
  const older = copied('dns', certificate, path, 'dnsNames');
  if (today[0] !== undefined && older[0] !== undefined) saidTwice(reading, older[0].from, today[0].from);
  return today.length > 0 ? today : older;
}

const UNITS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1 };

/** Hours and minutes become seconds: 1h30m is 5400s. */
function ttlField(certificate: Map, path: DocumentPath, reading: Reading): readonly Field[] {
  const [field] = copied('ttl', certificate, path);
  const value = certificate['ttl'];
  if (field === undefined || value === null) return [];
  if (typeof value === 'string' && /^[0-9]+s$/.test(value)) return [field];
  const parts =
    typeof value === 'string' && /^([0-9]{1,9}[hms])+$/.test(value) ? value.match(/[0-9]+[hms]/g) : null;
  if (parts === null) {
    const written = typeof value === 'string' ? quoted(value) : 'the value';
    wrongValue(reading, field.from, `${written} is not a duration`, 'write whole seconds, such as 3600s');
    return [];
  }
  const seconds = parts.reduce(
    (sum, part) => sum + Number(part.slice(0, -1)) * (UNITS[part.slice(-1)] ?? 0),
    0,
  );
  return [{ ...field, part: textPart(`${seconds}s`, field.from) }];
}

/** The port in a selector was also that on which a server listens. */
function checkListeningPort(entry: Map, path: DocumentPath, reading: Reading): void {
  const selectors: readonly unknown[] = Array.isArray(entry['selectors']) ? entry['selectors'] : [];
  const i = selectors.findIndex((selector) => isMap(selector) && selector['destination:port'] !== undefined);
  if (i < 0 || entry['egress'] !== undefined) return;
  otherMeaning(reading, [...path, 'selectors', i, 'destination:port'], {
    message: '"destination:port" is now the port that a process connects to, and never the one it listens on',
    why: 'a server that is selected by the port it listens on would get no identity when it accepts',
    fix: 'if this is a server, remove the fact; a rule under ingress can name the ports',
  });
}

function readRule(rule: Map, path: DocumentPath, reading: Reading): Part {
  checkFields(rule, path, RULE_FIELDS, reading);
  const at = [...path, 'certificate'];
  const certificate = mapAt(rule, 'certificate', path, reading) ?? {};
  checkFields(certificate, at, CERTIFICATE_FIELDS, reading);
  for (const name of ['dnsNames', 'dns', 'ttl'].filter((each) => certificate[each] !== undefined)) {
    noCounterpart(reading, [...at, name], 'error', {
      message: `${quoted(name)} is about a certificate, and an egress rule has none of its own`,
      why: 'a certificate belongs to an identity, whichever rule presents it',
      fix: 'write it in the certificate of the identity with that workload ID, and remove it here',
    });
  }
  const fields = [
    ...selectorsField(rule, path, (_selector, from) => ({ kind: 'copy', from })),
    ...workloadField(rule, certificate, path, reading).fields,
    ...connectionFields(rule, path, ['outbound'], reading),
  ];
  return { kind: 'map', from: path, fields };
}

/** The binding that the name of a credential in an egress rule stands for. */
function readBinding(
  rule: Map,
  path: DocumentPath,
  identity: Workload & { readonly index: number; readonly name: string },
  reading: Reading,
): readonly Draft[] {
  const [source] = copied('credentialName', rule, path, 'credentialSource');
  if (source === undefined) return [];
  noCounterpart(reading, source.from, 'warning', {
    message: 'the credential becomes a CredentialBinding, with a CredentialSource of that name',
    why: 'egress rules do not name credentials any more',
    fix: 'write the binding as a document, and make sure that its CredentialSource exists',
  });
  const selectors = copied('selectors', rule, path);
  const injection = fieldOf('injection', source.from, selectors);
  const fields = [...identity.fields, source, ...fieldOf('propagation', source.from, injection)];
  const credential = typeof rule['credentialName'] === 'string' ? rule['credentialName'] : '';
  return [
    {
      kind: 'CredentialBinding',
      entry: identity.index,
      name: { text: `${identity.name}/${credential}`, from: source.from },
      spec: { kind: 'map', from: source.from, fields },
    },
  ];
}
