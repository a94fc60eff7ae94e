// SPDX-License-Identifier: Apache-2.0
// Small policies as bundles, for tests of what is done with bundles.

import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { parsePrefix } from '../../src/bundle/address.ts';
import { emitBundle } from '../../src/compiler/emit/emit.ts';
import { lowerModel } from '../../src/compiler/lower/lower.ts';
import type { Model, ModelEndpoint, ModelTerm } from '../../src/compiler/resolve/types.ts';
import type { Desired } from '../../src/plan/plan.ts';

const SOURCE = { file: 'policy.yaml', start: { line: 1, column: 1 }, end: { line: 1, column: 2 } };

export interface SmallPolicy {
  readonly posture?: 'allow' | 'audit' | 'deny';
  readonly ingress?: 'allow' | 'audit';
  /** Of the project, and of identities that say nothing else: onRevoke is keep. */
  readonly keep?: boolean;
  readonly identities?: Readonly<Record<string, SmallIdentity>>;
  /** Endpoints as `10.0.0.1:443`, `10.0.0.0/8:80-90`, `10.0.0.1` for any port; IPv6 with `*` before the port. */
  readonly services?: Readonly<Record<string, readonly string[]>>;
}

export interface SmallIdentity {
  readonly mode?: 'enforce' | 'audit' | 'off';
  readonly keep?: boolean;
  readonly selectors: readonly Readonly<
    Record<string, string | number | readonly string[] | readonly number[]>
  >[];
  readonly egress?: readonly (readonly string[] | { readonly audit: readonly string[] })[];
}

/** Compiles a small policy. */
export function compileSmall(policy: SmallPolicy): Desired {
  const lowered = lowerModel(modelOf(policy));
  if (lowered.value === undefined) throw new Error(JSON.stringify(lowered.diagnostics));
  const bundle = emitBundle(lowered.value.tables);
  if (!(bundle instanceof Uint8Array)) throw new Error(JSON.stringify(bundle));
  return { bundle, digest: createHash('sha256').update(bundle).digest('hex') };
}

function modelOf({
  posture = 'deny',
  ingress = 'allow',
  identities = {},
  keep = false,
  services = {},
}: SmallPolicy): Model {
  const names = Object.keys(services).sort();
  return {
    project: {
      name: 'test',
      trustDomain: 'example.org',
      egress: { posture, source: SOURCE },
      ingress: { posture: ingress, source: SOURCE },
      keep,
      udp: false,
      denyOthers: false,
    },
    identities: Object.keys(identities)
      .sort()
      .map((workloadId) => {
        const {
          mode = 'enforce',
          keep: keepsOwn = keep,
          selectors,
          egress = [],
        } = identities[workloadId] ?? { selectors: [] };
        return {
          workloadId,
          nodes: undefined,
          keep: keepsOwn,
          agentLoss: 'deny' as const,
          mode,
          selectors: selectors.map((selector) => ({
            terms: Object.entries(selector).map(termOf),
            source: SOURCE,
          })),
          egress: egress.map((rule) => {
            const granted = 'audit' in rule ? rule.audit : rule;
            return {
              action: 'audit' in rule ? ('audit' as const) : ('allow' as const),
              services: granted.map((name) => names.indexOf(name)).sort((a, b) => a - b),
              condition: undefined,
              peers: undefined,
              identity: undefined,
              tls: 'none' as const,
              intercept: false,
              source: SOURCE,
            };
          }),
          inbound: undefined,
          peers: undefined,
          tls: 'none' as const,
          svid: undefined,
          template: false,
          source: SOURCE,
        };
      }),
    sources: [],
    bindings: [],
    services: names.map((name) => ({
      name,
      labels: {},
      names: [],
      external: false,
      tls: false,
      endpoints: (services[name] ?? []).map(endpointOf),
      source: SOURCE,
    })),
  };
}

function termOf([fact, value]: readonly [string, unknown]): ModelTerm {
  // Tests name the facts as policies do.
  return { fact, values: Array.isArray(value) ? value : [value] } as ModelTerm;
}

function endpointOf(text: string): ModelEndpoint {
  const [address = '', ports] = text.includes('*') ? text.split('*') : text.split(/:(?=[\d-]+$)/);
  const [low = '0', high = ports === undefined ? '65535' : low] = ports?.split('-') ?? [];
  const prefix = parsePrefix(address);
  if ('problem' in prefix) throw new Error(`${text}: ${prefix.problem}`);
  return { ...prefix, ports: { low: Number(low), high: Number(high) }, source: SOURCE };
}

/** A policy that differs from every other one by its number. */
export function numbered(number: number): Desired {
  return compileSmall({
    identities: { 'app/web': { selectors: [{ 'process:uid': number }], egress: [['db']] } },
    services: { db: ['10.0.0.1:5432'] },
  });
}

/** Runs something in a folder that is gone afterwards. */
export async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'riptides-test-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
