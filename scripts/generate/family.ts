// SPDX-License-Identifier: Apache-2.0
// Writes the netlink family as a uapi header, as C attribute policies, and as TypeScript tables.

import { fitComments, wrap } from './c.ts';
import { type Attribute, type Family, camel, snake, upper } from './spec.ts';

/** kmod/uapi/riptides.h */
export function familyHeader(spec: Family): string {
  const out: string[] = [
    '/* SPDX-License-Identifier: GPL-2.0-only OR MIT */',
    '/* Generated from spec/riptides.yaml by `npm run generate`. Do not edit. */',
    '#ifndef _UAPI_RIPTIDES_H',
    '#define _UAPI_RIPTIDES_H',
    '',
    '/*',
    ...wrap(spec.doc, 76).map((line) => ` * ${line}`),
    ' */',
    '',
    `#define RIPTIDES_FAMILY_NAME\t"${spec.name}"`,
    `#define RIPTIDES_FAMILY_VERSION\t${spec.version}`,
    '',
    ...spec['mcast-groups'].list.map(
      (group) => `#define RIPTIDES_MCGRP_${upper(group.name)}\t"${group.name}"\t/* ${group.doc} */`,
    ),
    '',
  ];
  for (const d of spec.definitions) {
    if (d.type === 'const') {
      out.push(`#define RIPTIDES_${upper(d.name)}\t${d.value}\t/* ${d.doc} */`);
    } else {
      if (out.at(-1) !== '') out.push('');
      out.push(`/* ${d.doc} */`, `enum riptides_${snake(d.name)} {`);
      for (const e of d.entries) out.push(`\tRIPTIDES_${upper(d.name)}_${upper(e.name)},\t/* ${e.doc} */`);
      out.push('', `\t__RIPTIDES_${upper(d.name)}_MAX,`, '};', '');
    }
  }
  for (const set of spec['attribute-sets']) {
    if (set.doc !== undefined) out.push(`/* ${set.name}: ${set.doc} */`);
    out.push('enum {', `\tRIPTIDES_A_${upper(set.name)}_UNSPEC,`);
    for (const a of set.attributes) {
      const doc = a.doc === undefined ? a.type : `${a.type}: ${a.doc}`;
      out.push(`\tRIPTIDES_A_${upper(set.name)}_${upper(a.name)},\t/* ${doc} */`);
    }
    out.push(
      '',
      `\t__RIPTIDES_A_${upper(set.name)}_MAX,`,
      `\tRIPTIDES_A_${upper(set.name)}_MAX = (__RIPTIDES_A_${upper(set.name)}_MAX - 1)`,
      '};',
      '',
    );
  }
  out.push('enum {');
  for (const op of spec.operations.list) {
    out.push('\t/*', ...wrap(op.doc, 66).map((line) => `\t * ${line}`), '\t */');
    out.push(`\tRIPTIDES_CMD_${upper(op.name)} = ${op.value},`);
  }
  const last = spec.operations.list.at(-1);
  out.push('', '\t__RIPTIDES_CMD_MAX,', '\tRIPTIDES_CMD_MAX = (__RIPTIDES_CMD_MAX - 1)', '};', '');
  if (last === undefined) throw new Error('a family needs operations');
  out.push('#endif /* _UAPI_RIPTIDES_H */', '');
  return fitComments(out);
}

/** kmod/netlink_policy.h: one nla_policy table for each operation that takes attributes. */
export function familyPolicies(spec: Family): string {
  const out: string[] = [
    '/* SPDX-License-Identifier: GPL-2.0-only */',
    '/* Generated from spec/riptides.yaml by `npm run generate`. Do not edit. */',
    '#ifndef _RT_NETLINK_POLICY_H',
    '#define _RT_NETLINK_POLICY_H',
    '',
    '#include <net/netlink.h>',
    '#include "uapi/riptides.h"',
    '',
  ];
  for (const op of spec.operations.list) {
    const names = op.do?.request?.attributes ?? op.dump?.request?.attributes;
    if (names === undefined) continue;
    const set = attributeSet(spec, op['attribute-set']);
    const max = Math.max(...names.map((name) => set.attributes.findIndex((a) => a.name === name)));
    const maxName = set.attributes[max]?.name ?? '';
    for (const name of names) out.push(...range(set, name));
    out.push(
      `static const struct nla_policy rt_${snake(op.name)}_policy[RIPTIDES_A_${upper(set.name)}_${upper(maxName)} + 1] = {`,
    );
    for (const name of names) {
      const a = set.attributes.find((candidate) => candidate.name === name);
      if (a === undefined) throw new Error(`operation ${op.name}: no attribute ${name}`);
      const index = `\t[RIPTIDES_A_${upper(set.name)}_${upper(name)}] =`;
      const value = `${policy(set.name, a)},`;
      out.push(...(index.length + value.length > 88 ? [index, `\t\t${value}`] : [`${index} ${value}`]));
    }
    out.push('};', '');
  }
  out.push('#endif /* _RT_NETLINK_POLICY_H */', '');
  return out.join('\n');
}

function bound(value: number | string): string {
  return typeof value === 'number' ? `${value}` : `RIPTIDES_${upper(value)}`;
}

/** Bounds of a number stand in a structure of their own: an nla_policy holds 16 bits of each. */
function range(set: { name: string; attributes: readonly Attribute[] }, name: string): string[] {
  const a = set.attributes.find((candidate) => candidate.name === name);
  const { min, max } = a?.checks ?? {};
  if (min === undefined && max === undefined) return [];
  return [
    `static struct netlink_range_validation ${rangeName(set.name, name)} = {`,
    ...(min === undefined ? [] : [`\t.min = ${min},`]),
    ...(max === undefined ? [] : [`\t.max = ${bound(max)},`]),
    '};',
    '',
  ];
}

function rangeName(set: string, attribute: string): string {
  return `rt_${snake(set)}_${snake(attribute)}_range`;
}

function policy(set: string, a: Attribute): string {
  const checks = a.checks ?? {};
  switch (a.type) {
    case 'u32':
    case 'u64': {
      const type = `NLA_${a.type.toUpperCase()}`;
      if (checks.min !== undefined || checks.max !== undefined)
        return `NLA_POLICY_FULL_RANGE(${type}, &${rangeName(set, a.name)})`;
      return `{ .type = ${type} }`;
    }
    case 'flag':
      return '{ .type = NLA_FLAG }';
    case 'binary':
      if (checks['exact-len'] !== undefined) return `NLA_POLICY_EXACT_LEN(${bound(checks['exact-len'])})`;
      if (checks['min-len'] !== undefined && checks['max-len'] !== undefined)
        return `NLA_POLICY_RANGE(NLA_BINARY, ${bound(checks['min-len'])}, ${bound(checks['max-len'])})`;
      break;
    case 'string':
      if (checks['max-len'] !== undefined)
        return `{ .type = NLA_NUL_STRING, .len = ${bound(checks['max-len'])} }`;
      break;
    case 'nest':
    case 'pad':
      break;
  }
  throw new Error(`attribute ${a.name}: ${a.type} in a request needs bounds`);
}

function attributeSet(spec: Family, name: string) {
  const set = spec['attribute-sets'].find((s) => s.name === name);
  if (set === undefined) throw new Error(`no attribute set ${name}`);
  return set;
}

/** src/netlink/generated.ts */
export function familyTypescript(spec: Family): string {
  const out: string[] = [
    '// SPDX-License-Identifier: Apache-2.0',
    '// Generated from spec/riptides.yaml by `npm run generate`. Do not edit.',
    '',
    `export const FAMILY = { name: '${spec.name}', version: ${spec.version} } as const;`,
    '',
    '/** Multicast groups. */',
    `export const GROUPS = [${spec['mcast-groups'].list.map((group) => `'${group.name}'`).join(', ')}] as const;`,
    'export type GroupName = (typeof GROUPS)[number];',
    '',
  ];
  for (const d of spec.definitions) {
    out.push(`/** ${d.doc} */`);
    if (d.type === 'const') out.push(`export const ${upper(d.name)} = ${d.value};`, '');
    else
      out.push(
        `export const ${upper(d.name)} = [${d.entries.map((e) => `'${e.name}'`).join(', ')}] as const;`,
        '',
      );
  }
  out.push(
    'export interface AttributeLayout {',
    '  readonly number: number;',
    "  readonly type: 'u32' | 'u64' | 'string' | 'binary' | 'flag' | 'nest' | 'pad';",
    '  readonly nested?: string;',
    '  readonly multi?: true;',
    '  /** Bytes, for strings and binaries. */',
    '  readonly length?: { readonly min?: number; readonly max?: number };',
    '}',
    '',
    '/** Attribute sets: the codec encodes and decodes by these tables. */',
    'export const ATTRIBUTES = {',
  );
  const value = (v: number | string): number => {
    if (typeof v === 'number') return v;
    const d = spec.definitions.find((c) => c.name === v);
    if (d?.type !== 'const') throw new Error(`no constant ${v}`);
    return d.value;
  };
  for (const set of spec['attribute-sets']) {
    out.push(`  ${camel(set.name)}: {`);
    set.attributes.forEach((a, i) => {
      const parts = [`number: ${i + 1}`, `type: '${a.type}'`];
      if (a['nested-attributes'] !== undefined) parts.push(`nested: '${camel(a['nested-attributes'])}'`);
      if (a['multi-attr'] === true) parts.push('multi: true');
      const exact = a.checks?.['exact-len'];
      const min = exact ?? a.checks?.['min-len'];
      const max = exact ?? a.checks?.['max-len'];
      const bounds = [
        ...(min === undefined ? [] : [`min: ${value(min)}`]),
        ...(max === undefined ? [] : [`max: ${value(max)}`]),
      ];
      if (bounds.length > 0) parts.push(`length: { ${bounds.join(', ')} }`);
      if (a.doc !== undefined) out.push(`    /** ${a.doc} */`);
      out.push(`    ${camel(a.name)}: { ${parts.join(', ')} },`);
    });
    out.push('  },');
  }
  out.push(
    '} as const satisfies Record<string, Record<string, AttributeLayout>>;',
    'export type AttributeSet = keyof typeof ATTRIBUTES;',
    '',
    'export const COMMANDS = {',
  );
  for (const op of spec.operations.list) {
    out.push(
      `  /** ${op.doc} */`,
      `  ${camel(op.name)}: { number: ${op.value}, attributes: '${camel(op['attribute-set'])}', dump: ${op.dump !== undefined} },`,
    );
  }
  out.push(
    '} as const satisfies Record<string, { number: number; attributes: AttributeSet; dump: boolean }>;',
    'export type CommandName = keyof typeof COMMANDS;',
    '',
  );
  return out.join('\n');
}
