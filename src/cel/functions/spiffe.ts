// SPDX-License-Identifier: Apache-2.0
// SPIFFE IDs.

import type { Environment } from 'cel-js';
import { quoted } from '../../terminal/visible.ts';
import { ownName } from './names.ts';
import { failure } from './text.ts';

const SYNC = { async: false } as const;

/** Bytes of a SPIFFE ID (SPIFFE-ID, 2.3). */
const MOST_CHARACTERS = 2048;

/** A SPIFFE ID: `spiffe://<trust domain><path>`. */
export class SpiffeId {
  readonly trustDomain: string;
  /** With its leading slash; empty for the ID of the trust domain itself. */
  readonly path: string;

  constructor(trustDomain: string, path: string) {
    this.trustDomain = trustDomain;
    this.path = path;
  }
}

/**
 * Adds:
 *
 * - `spiffe(string): SpiffeID`, an error for what is none, and `isSPIFFE(string): bool`
 * - `SpiffeID.trustDomain(): string`, `SpiffeID.path(): string` with its slash
 * - `SpiffeID.isMemberOf(string): bool`, whether it is of a trust domain, which may be given as an ID, too
 * - `SpiffeID.spiffeMatches(string): bool`, the same for texts: whether a pattern as in allowedSPIFFEIDs takes the ID: it is the
 *   ID, or ends in `/*` and the ID begins with what comes before the `*`
 */
export function registerSpiffe(environment: Environment): void {
  const add = (signature: string, handler: (...args: never[]) => unknown): void => {
    environment.registerFunction(signature, handler, SYNC);
  };
  environment.registerType('SpiffeID', { ctor: SpiffeId, fields: {} });
  add('spiffe(string): SpiffeID', spiffeOf);
  add('isSPIFFE(string): bool', (text: string) => parseSpiffe(text) !== undefined);
  add(`${ownName('string')}(SpiffeID): string`, spiffeText);
  add('SpiffeID.trustDomain(): string', (id: SpiffeId) => id.trustDomain);
  add('SpiffeID.path(): string', (id: SpiffeId) => id.path);
  add('SpiffeID.isMemberOf(string): bool', (id: SpiffeId, domain: string) =>
    domain.startsWith('spiffe://')
      ? spiffeOf(domain).trustDomain === id.trustDomain
      : domain === id.trustDomain,
  );
  add('SpiffeID.spiffeMatches(string): bool', (id: SpiffeId, pattern: string) =>
    matches(spiffeText(id), pattern),
  );
  add('string.spiffeMatches(string): bool', (text: string, pattern: string) =>
    matches(spiffeText(spiffeOf(text)), pattern),
  );
  environment.registerOperator(
    'SpiffeID == SpiffeID',
    (a: SpiffeId, b: SpiffeId) => a.trustDomain === b.trustDomain && a.path === b.path,
  );
}

/** The whole ID. */
export function spiffeText({ trustDomain, path }: SpiffeId): string {
  return `spiffe://${trustDomain}${path}`;
}

function matches(id: string, pattern: string): boolean {
  if (!pattern.endsWith('/*')) return id === spiffeText(spiffeOf(pattern));
  spiffeOf(pattern.slice(0, -2));
  return id.startsWith(pattern.slice(0, -1)) && id.length >= pattern.length;
}

function spiffeOf(text: string): SpiffeId {
  const id = parseSpiffe(text);
  if (id === undefined) throw failure(`${quoted(text)} is not a SPIFFE ID such as spiffe://example.org/web`);
  return id;
}

function parseSpiffe(text: string): SpiffeId | undefined {
  if (text.length > MOST_CHARACTERS) return undefined;
  const [, domain, path = ''] = /^spiffe:\/\/([a-z0-9._-]{1,255})((?:\/[a-zA-Z0-9._-]+)*)$/.exec(text) ?? [];
  if (domain === undefined || /\/\.{1,2}(?:\/|$)/.test(path)) return undefined;
  return new SpiffeId(domain, path);
}
