// SPDX-License-Identifier: Apache-2.0
// A bundle, its digest, and the source map beside it, for people and programs.

import { readFile } from 'node:fs/promises';
import { sha256 } from '../crypto.ts';
import { openBundle } from '../bundle/core.ts';
import { readBundle } from '../bundle/reader.ts';
import { isSourceMap, type SourceMap } from '../bundle/source-map.ts';
import type { BindingView, BundleView, IdentityView, RuleView, SvidView } from '../bundle/view.ts';
import { endpointsOf, selectorWords } from '../bundle/words.ts';
import { position } from '../diagnostics/diagnostic.ts';
import { messageOf, UserError } from '../errors.ts';

/** What `inspect --json` prints. Sources are `file:line:column`, where the source map is to be had. */
export interface Inspection {
  readonly digest: string;
  readonly size: number;
  readonly trustDomain: string;
  /** What carrying it out needs of the host. */
  readonly features: readonly string[];
  /** UDP is decided. */
  readonly udp?: true;
  /** Sockets of other transports are refused where the default for connections out denies. */
  readonly denyOthers?: true;
  /** Why no sources are shown. */
  readonly sourceMapMissing?: string;
  readonly rules: readonly InspectedRule[];
  readonly identities: readonly InspectedIdentity[];
  readonly services: readonly {
    readonly name: string;
    readonly external: boolean;
    readonly tls: boolean;
    readonly endpoints: readonly string[];
  }[];
  readonly conditions: BundleView['conditions'];
  readonly bindings: readonly InspectedBinding[];
}

interface InspectedRule {
  readonly id: number;
  readonly kind: string;
  readonly action: string;
  readonly identity?: string;
  /** Services that it grants. */
  readonly services?: readonly string[];
  /** Numbers of conditions. */
  readonly condition?: number | undefined;
  readonly peers?: number | undefined;
  /** The identity that is shown to the peer. */
  readonly presents?: string | undefined;
  readonly tls?: string;
  readonly intercept?: true;
  readonly source?: string | undefined;
}

interface InspectedIdentity {
  readonly workloadID: string;
  readonly mode: string;
  readonly tls?: string;
  readonly peers?: number | undefined;
  readonly template?: true;
  readonly keep?: true;
  readonly agentLoss?: string;
  readonly svid?: SvidView | undefined;
  readonly selectors: readonly { readonly number: number; readonly selector: string }[];
  readonly rules: readonly number[];
  readonly inbound: readonly number[];
}

interface InspectedBinding {
  readonly name: string;
  readonly identity: string;
  readonly credential: string;
  readonly provider: string;
  /** Towards which it is injected. */
  readonly services?: readonly string[];
  readonly sysfs: boolean;
  readonly condition?: number | undefined;
  readonly uses?: number | undefined;
}

/**
 * Reads and verifies a bundle.
 * @throws UserError usage, when it cannot be read; bundle-refused or bundle-version, when it is not one.
 */
export async function inspectBundle(path: string): Promise<Inspection> {
  const bytes = await readBytes(path);
  openBundle(bytes);
  const view = readBundle(bytes);
  const digest = sha256(bytes);
  const map = await readSourceMap(`${path}.map.json`, digest);
  return {
    digest,
    size: bytes.length,
    trustDomain: view.trustDomain,
    features: view.features,
    ...(view.udp ? { udp: true as const } : {}),
    ...(view.denyOthers ? { denyOthers: true as const } : {}),
    ...(typeof map === 'string' ? { sourceMapMissing: map } : {}),
    rules: view.rules.map((rule) => inspectRule(rule, view, typeof map === 'string' ? undefined : map)),
    identities: view.identities.map(inspectIdentity),
    services: view.services.map((s) => ({
      name: s.name,
      external: s.external,
      tls: s.tls,
      endpoints: endpointsOf(s),
    })),
    conditions: view.conditions,
    bindings: view.bindings.map((binding) => inspectBinding(binding, view)),
  };
}

function inspectRule(rule: RuleView, view: BundleView, map: SourceMap | undefined): InspectedRule {
  const { id, kind, action, identity, set, condition, peers, presents, tls, intercept } = rule;
  const at = map?.rules[id];
  const nameOf = (number: number): string => view.identities[number]?.workloadId ?? `identity ${number}`;
  return {
    id,
    kind,
    action,
    ...(identity === undefined ? {} : { identity: nameOf(identity) }),
    ...(set === undefined ? {} : { services: serviceNames(view, set) }),
    condition,
    peers,
    ...(presents === undefined ? {} : { presents: nameOf(presents) }),
    ...(tls === 'none' ? {} : { tls }),
    ...(intercept ? { intercept } : {}),
    ...(at === undefined ? {} : { source: position(at) }),
  };
}

function inspectIdentity(identity: IdentityView): InspectedIdentity {
  const { workloadId, mode, tls, peers, template, keep, agentLoss, svid, selectors, rules, inbound } =
    identity;
  return {
    workloadID: workloadId,
    mode,
    ...(tls === 'none' ? {} : { tls }),
    peers,
    ...(template ? { template } : {}),
    ...(keep ? { keep } : {}),
    ...(agentLoss === 'deny' ? {} : { agentLoss }),
    svid,
    selectors: selectors.map((s) => ({ number: s.number, selector: selectorWords(s) })),
    rules: rules.map(({ id }) => id),
    inbound: inbound.map(({ id }) => id),
  };
}

function inspectBinding(binding: BindingView, view: BundleView): InspectedBinding {
  const { name, identity, source, set, sysfs, condition, uses } = binding;
  return {
    name,
    identity: view.identities[identity]?.workloadId ?? '',
    credential: view.sources[source]?.name ?? '',
    provider: view.sources[source]?.provider ?? '',
    ...(set === undefined ? {} : { services: serviceNames(view, set) }),
    sysfs,
    condition,
    uses,
  };
}

function serviceNames(view: BundleView, set: number): readonly string[] {
  return (view.sets[set] ?? []).map((service) => view.services[service]?.name ?? `service ${service}`);
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
    const map: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (!isSourceMap(map)) return `${path} is not a source map`;
    return map.bundle === digest ? map : `${path} belongs to another bundle`;
  } catch (error) {
    return error instanceof SyntaxError ? `${path} is not a source map` : `${path} is not there`;
  }
}
