// SPDX-License-Identifier: Apache-2.0
// May this process connect there, and which line says so? The answer is the core's, on the compiled bundle: what
// the kernel would say, by construction.

import { parseAddress } from '../bundle/address.ts';
import { openBundle, type Destination, type Facts, type Verdict } from '../bundle/core.ts';
import { NONE, RULE_KIND } from '../bundle/generated.ts';
import type { Compilation } from '../compiler/types.ts';
import type { SourceRange } from '../diagnostics/diagnostic.ts';
import { InternalError, UserError } from '../errors.ts';

/** The answer, and why. */
export interface Explanation {
  readonly verdict: 'allow' | 'deny' | 'audit';
  /** What connect(2) fails with, when it is refused. */
  readonly errno?: 'EACCES';
  readonly rule: { readonly id: number; readonly because: string; readonly source: SourceRange };
  readonly identity?: {
    readonly workloadID: string;
    readonly spiffeID: string;
    readonly source: SourceRange;
  };
  readonly service?: { readonly name: string; readonly source: SourceRange };
}

/**
 * Explains one connection.
 *
 * @throws InternalError when the bundle or its source map is not what the compiler promises.
 */
export function explainConnection(
  compilation: Compilation,
  facts: Facts,
  destination: Destination,
): Explanation {
  const verdict = openBundle(compilation.bundle).decideConnect(facts, destination);
  return describeVerdict(compilation, verdict);
}

function describeVerdict(compilation: Compilation, verdict: Verdict): Explanation {
  const { model, sourceMap } = compilation;
  const identity = verdict.identity === NONE ? undefined : model.identities[verdict.identity];
  const service = verdict.service === NONE ? undefined : model.services[verdict.service];
  const source = sourceMap.rules[verdict.rule];
  if (source === undefined) throw new InternalError(`rule ${verdict.rule} is not in the source map`);
  return {
    verdict: verdict.action,
    ...(verdict.action === 'deny' ? { errno: 'EACCES' as const } : {}),
    rule: { id: verdict.rule, because: because(compilation, verdict, identity?.workloadId), source },
    ...(identity === undefined
      ? {}
      : {
          identity: {
            workloadID: identity.workloadId,
            spiffeID: `spiffe://${model.project.trustDomain}/${identity.workloadId}`,
            source: identity.source,
          },
        }),
    ...(service === undefined ? {} : { service: { name: service.name, source: service.source } }),
  };
}

function because(compilation: Compilation, verdict: Verdict, workloadId: string | undefined): string {
  const posture = compilation.model.project.egress.posture;
  if (verdict.rule === RULE_KIND.egressPosture)
    return `no identity matches the process; the project's posture for egress is ${posture}`;
  if (verdict.service !== NONE)
    return verdict.action === 'audit'
      ? 'this egress rule grants it, and wants to be told of it'
      : 'this egress rule grants it';
  const mode = compilation.model.identities[verdict.identity]?.mode;
  if (mode === 'off') return `the mode of ${workloadId} is off: everything goes on`;
  if (mode === 'audit' && posture === 'deny')
    return `no egress rule of ${workloadId} grants it; its mode is audit: it goes on and is reported`;
  return `no egress rule of ${workloadId} grants it; the project's posture for egress is ${posture}`;
}

/**
 * Reads `10.0.0.1:443` or `[fd00::1]:443`.
 * @throws UserError usage, when the text is neither.
 */
export function parseDestination(text: string): Destination {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const address = parseAddress(match?.[1] ?? match?.[2] ?? '');
  const port = Number(match?.[3]);
  if (address === undefined || !(port >= 1 && port <= 65535)) {
    throw new UserError('usage', {
      message: `"${text}" is not a destination`,
      fix: 'write an address and a port from 1 to 65535: 10.0.0.1:443 or [fd00::1]:443',
    });
  }
  return { address, port };
}
