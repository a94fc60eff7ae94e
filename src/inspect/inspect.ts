// SPDX-License-Identifier: Apache-2.0
// A bundle, its digest, and the source map beside it, for people and programs.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { formatPrefix } from '../bundle/address.ts';
import { openBundle } from '../bundle/core.ts';
import { readBundle } from '../bundle/reader.ts';
import type { SourceMap } from '../bundle/source-map.ts';
import type { EndpointView, RuleView, SelectorView } from '../bundle/view.ts';
import type { Paint } from '../cli/terminal.ts';
import { messageOf, UserError } from '../errors.ts';

/** What `inspect --json` prints. Sources are `file:line:column`, where the source map is to be had. */
export interface Inspection {
  readonly digest: string;
  readonly size: number;
  readonly trustDomain: string;
  /** Why no sources are shown. */
  readonly sourceMapMissing?: string;
  readonly rules: readonly InspectedRule[];
  readonly identities: readonly {
    readonly workloadID: string;
    readonly mode: string;
    readonly selectors: readonly { readonly number: number; readonly selector: string }[];
    readonly rules: readonly number[];
  }[];
  readonly services: readonly {
    readonly name: string;
    readonly external: boolean;
    readonly tls: boolean;
    readonly endpoints: readonly string[];
  }[];
}

interface InspectedRule {
  readonly id: number;
  readonly kind: string;
  readonly action: string;
  readonly identity?: string;
  /** Services that it grants. */
  readonly services?: readonly string[];
  readonly source?: string;
}

/**
 * Reads and verifies a bundle.
 * @throws UserError usage, when it cannot be read; bundle-refused or bundle-version, when it is not one.
 */
export async function inspectBundle(path: string): Promise<Inspection> {
  const bytes = await readBytes(path);
  openBundle(bytes);
  const view = readBundle(bytes);
  const digest = createHash('sha256').update(bytes).digest('hex');
  const map = await readSourceMap(`${path}.map.json`, digest);
  const rule = (r: RuleView): InspectedRule => {
    const at = typeof map === 'string' ? undefined : map.rules[r.id];
    const identity = r.identity === undefined ? undefined : view.identities[r.identity]?.workloadId;
    return {
      id: r.id,
      kind: r.kind,
      action: r.action,
      ...(identity === undefined ? {} : { identity }),
      ...(r.set === undefined
        ? {}
        : { services: (view.sets[r.set] ?? []).map((s) => view.services[s]?.name ?? `service ${s}`) }),
      ...(at === undefined ? {} : { source: `${at.file}:${at.start.line}:${at.start.column}` }),
    };
  };
  return {
    digest,
    size: bytes.length,
    trustDomain: view.trustDomain,
    ...(typeof map === 'string' ? { sourceMapMissing: map } : {}),
    rules: view.rules.map(rule),
    identities: view.identities.map((i) => ({
      workloadID: i.workloadId,
      mode: i.mode,
      selectors: i.selectors.map((s) => ({ number: s.number, selector: formatSelector(s) })),
      rules: i.rules.map((r) => r.id),
    })),
    services: view.services.map((s) => ({
      name: s.name,
      external: s.external,
      tls: s.tls,
      endpoints: s.endpoints.map(formatEndpoint),
    })),
  };
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new UserError('usage', {
      message: `${path} cannot be read`,
      why: messageOf(error),
      fix: 'name a bundle that "riptides compile -o FILE" wrote',
      cause: error,
    });
  }
}

/** The source map, or why there is none. It is for people: a wrong one is left out, not an error. */
async function readSourceMap(path: string, digest: string): Promise<SourceMap | string> {
  try {
    const map: SourceMap = JSON.parse(await readFile(path, 'utf8'));
    return map.bundle === digest ? map : `${path} belongs to another bundle`;
  } catch {
    return `${path} is not there`;
  }
}

function formatSelector(selector: SelectorView): string {
  return selector.terms.map((t) => `${t.fact}=${t.values.join(',')}`).join(' ');
}

function formatEndpoint(endpoint: EndpointView): string {
  const { low, high } = endpoint.ports;
  const address = formatPrefix(endpoint);
  if (low === 0 && high === 65535) return `${address} any port`;
  return low === high ? `${address} port ${low}` : `${address} ports ${low}-${high}`;
}

/** An inspection as text. */
export function renderInspection(inspection: Inspection, paint: Paint): string {
  const { rules } = inspection;
  const describe = (id: number): string => {
    const rule = rules[id];
    if (rule === undefined) return `rule ${id}`;
    const what = rule.services === undefined ? rule.kind : `→ ${rule.services.join(', ')}`;
    const source = rule.source === undefined ? '' : `  ${paint('dim', rule.source)}`;
    return `  rule ${String(id).padEnd(5)} ${rule.action.padEnd(6)} ${what}${source}`;
  };
  const lines = [
    `sha256:${inspection.digest}  ${inspection.size} bytes, trust domain ${inspection.trustDomain}`,
    ...(inspection.sourceMapMissing === undefined ? [] : [`no sources: ${inspection.sourceMapMissing}`]),
    '',
    'postures',
    describe(0),
    describe(1),
  ];
  for (const identity of inspection.identities) {
    lines.push('', `identity ${paint('bold', identity.workloadID)}  mode ${identity.mode}`);
    for (const s of identity.selectors) lines.push(`  when ${String(s.number).padEnd(5)} ${s.selector}`);
    for (const id of identity.rules) lines.push(describe(id));
  }
  for (const service of inspection.services) {
    const flags = [...(service.external ? ['external'] : []), ...(service.tls ? ['tls'] : [])].join(', ');
    lines.push('', `service ${paint('bold', service.name)}${flags === '' ? '' : `  ${flags}`}`);
    for (const endpoint of service.endpoints) lines.push(`  ${endpoint}`);
  }
  return lines.join('\n');
}
