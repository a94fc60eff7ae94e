// SPDX-License-Identifier: Apache-2.0
// Writes docs/language: a page for each kind, made of its schema, and one of all facts.

import { jsonSchema } from '../../src/schema/json-schema.ts';
import { ALL_FACTS, FACT_ALIASES } from '../../src/schema/facts/table.ts';
import type { Fact, FactSource, FactType } from '../../src/schema/facts/types.ts';
import { SCHEMAS } from '../../src/schema/kinds.ts';
import { blocks, code, table } from './markdown.ts';

const NOTICE = '<!-- Written from the schema by "npm run generate"; do not edit. -->';

type Kind = keyof typeof SCHEMAS;

const KINDS: Readonly<Record<Kind, string>> = {
  Project: 'the root of a policy: trust domain, postures, where its documents are',
  WorkloadIdentity: 'who a workload is, where it may connect, and who may connect to it',
  Service: 'where something is, under labels that rules select it by',
  CredentialSource: 'where a credential comes from; exactly one provider',
  CredentialBinding: 'which identity gets which credential, and where it is injected or delivered',
  DaemonGroup: 'nodes under one name, for scopes',
  Guardrail: 'CEL rules that a team holds its policy to',
  PolicyTest: 'what a team expects of its policy; without effect on a bundle',
};

/** Every page, by the name of its file. */
export function languageDocs(): ReadonlyMap<string, string> {
  const kinds = Object.keys(SCHEMAS).filter((name): name is Kind => Object.hasOwn(SCHEMAS, name));
  return new Map([
    ['README.md', indexPage(kinds)],
    ['facts.md', factsPage()],
    ...kinds.map((kind) => [`${kind}.md`, kindPage(kind)] as const),
  ]);
}

function indexPage(kinds: readonly Kind[]): string {
  return blocks([
    NOTICE,
    '# The policy language',
    'A policy is a directory of YAML files, each with one or more documents. Every document has `apiVersion`, `kind`, `metadata` and `spec`. The same documents give the same bundle, byte for byte, whatever the files are called and however they are ordered.',
    table(
      ['kind', 'says'],
      kinds.map((kind) => [`[${kind}](${kind}.md)`, KINDS[kind]]),
    ),
    'Selectors of processes are made of [facts](facts.md). `riptides schema` prints all of this for editors, and `riptides explain CODE` what a finding means: see [the codes](../codes/README.md).',
  ]);
}

function kindPage(kind: Kind): string {
  const root = asNode(jsonSchema(kind));
  const spec = asNode(root.properties?.['spec']);
  return blocks([
    NOTICE,
    `# ${kind}`,
    `${capital(KINDS[kind])}.`,
    '`apiVersion: core.riptides.io/v1alpha1`, and `metadata.name`, which is there once for each kind.',
    table(['field', 'type', 'default', 'meaning'], fieldRows(spec, 'spec', new Set())),
  ]);
}

/** What is used of a JSON Schema. */
interface Node {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly description?: string;
  readonly default?: unknown;
  readonly deprecated?: boolean;
  readonly not?: object;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly patternProperties?: object;
  readonly items?: unknown;
  readonly additionalProperties?: unknown;
  readonly anyOf?: readonly unknown[];
  readonly oneOf?: readonly unknown[];
}

function asNode(value: unknown): Node {
  return typeof value === 'object' && value !== null ? value : {};
}

function fieldRows(node: Node, path: string, seen: ReadonlySet<Node>): readonly (readonly string[])[] {
  const required = new Set(node.required ?? []);
  return Object.entries(node.properties ?? {}).flatMap(([name, value]) => {
    const field = asNode(value);
    const at = `${path}.${name}`;
    // What is refused whatever its value is told of by its finding.
    if (field.not !== undefined) return [];
    const row = [code(at), typeOf(field), defaultOf(field, required.has(name)), meaning(field)];
    return [row, ...nestedRows(field, at, new Set([...seen, field]))];
  });
}

function nestedRows(field: Node, at: string, seen: ReadonlySet<Node>): readonly (readonly string[])[] {
  if (isSelector(field)) return [];
  const items = asNode(field.items);
  if (field.type === 'array' && !isSelector(items)) {
    const [object = items] = alternatives(items).filter(({ properties }) => properties !== undefined);
    return fieldRows(object, `${at}[]`, seen);
  }
  const [object = field] = alternatives(field).filter(({ properties }) => properties !== undefined);
  if (object.properties !== undefined) return fieldRows(object, at, seen);
  const value = asNode(field.additionalProperties);
  return value.properties === undefined ? [] : fieldRows(value, `${at}.<name>`, seen);
}

function alternatives(node: Node): readonly Node[] {
  return [...(node.anyOf ?? []), ...(node.oneOf ?? [])].map(asNode);
}

/** A map of facts: they have a page of their own. */
function isSelector(node: Node): boolean {
  return node.patternProperties !== undefined;
}

function typeOf(node: Node): string {
  if (isSelector(node)) return 'map of [facts](facts.md)';
  if (node.const !== undefined) return code(JSON.stringify(node.const));
  if (node.enum !== undefined) return node.enum.map((value) => code(String(value))).join(', ');
  const options = alternatives(node);
  if (options.length > 0) return [...new Set(options.map(typeOf))].join(' or ');
  if (node.type === 'array') return `list of ${typeOf(asNode(node.items))}`;
  if (node.type === 'object') {
    const value = asNode(node.additionalProperties);
    return node.properties === undefined && value.type !== undefined ? `map of ${typeOf(value)}` : 'map';
  }
  if (node.type === undefined) return 'any';
  const types = typeof node.type === 'string' ? [node.type] : node.type;
  return types.map((type) => (type === 'string' ? 'text' : type)).join(' or ');
}

function defaultOf(node: Node, isRequired: boolean): string {
  if (node.default === undefined) return isRequired ? 'required' : '';
  const text = JSON.stringify(node.default);
  return text.length > 24 ? '' : code(text);
}

function meaning({ description = '', deprecated }: Node): string {
  return deprecated === true ? `Deprecated. ${description}` : description;
}

const SOURCES: Readonly<Record<FactSource, string>> = {
  kernel: 'the kernel',
  connection: 'the connection',
  procfs: '/proc',
  kubelet: 'the kubelet',
  docker: 'Docker',
  systemd: 'systemd',
  host: 'the host',
  cloud: "the cloud's metadata",
  github: 'GitHub Actions',
  proxmox: 'Proxmox',
  macos: 'macOS',
  operator: 'the operator',
};

const TYPES: Readonly<Record<FactType, string>> = {
  id: 'number from 0 to 4294967294',
  port: 'number from 1 to 65535',
  count: 'number',
  text: 'text',
  path: 'absolute path',
  cgroup: 'path of a cgroup',
  hash: 'sha256:<64 digits>',
  ip: 'IP address',
  boolean: 'true or false',
  direction: 'input or output',
  'process-name': 'text of at most 15 bytes',
  'command-line': 'text that it begins with',
};

function factsPage(): string {
  const aliases = Object.entries(FACT_ALIASES).map(([alias, name]) => [code(alias), code(name)]);
  const rows = (facts: readonly Fact[]) =>
    facts.map(({ name, type, source, doc, many, forgeable }) => [
      code(name),
      TYPES[type],
      SOURCES[source],
      many ? 'several' : 'one',
      forgeable ? 'yes' : 'no',
      `${capital(doc)}.`,
    ]);
  const families = Map.groupBy(ALL_FACTS, ({ name }) => name.split(':', 1)[0] ?? '');
  return blocks([
    NOTICE,
    '# Facts',
    'A selector is a map of facts that must all hold; a list of selectors holds when one of them does. A fact takes one value, or a list of values of which one must be the process’s. Values are compared whole, but for `process:cmdline`, of which the beginning is compared.',
    'Of several selectors that hold, the one with more facts wins; then the one with longer beginnings of command lines; then the one that accepts fewer values; then the one of the lower workload ID. What a process can choose itself proves nothing: such facts should never stand alone.',
    'Facts that come from the kernel and the connection are decided in the kernel. All others are collected by the agent, once for each process, and a bundle that uses one needs a host that does (`agent-labels`). Of those from the kernel, name, path, user, group and command line are always known; the others are collected where a bundle asks for them (`labels`): [labels](../labels.md).',
    ...[...families].flatMap(([family, facts]) => [
      `## ${family}`,
      table(['fact', 'value', 'from', 'values', 'can be forged', 'meaning'], rows(facts)),
    ]),
    '## Other names',
    table(['written', 'is'], aliases),
  ]);
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
