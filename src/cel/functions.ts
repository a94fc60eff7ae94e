// SPDX-License-Identifier: Apache-2.0
// Functions that expressions have beyond those of the engine.

import { RE2JS } from '@bufbuild/re2';
import type { Environment } from 'cel-js';
import { type AddressPrefix, maskAddress, parsePrefix } from '../bundle/address.ts';

/** The name that `matches` is given inside: as long as it, so that offsets in the expression stay true. */
export const MATCHES = 're2test';

/** Patterns that stay compiled: expressions use few, and may compute more. */
const MOST_PATTERNS = 256;

/** An IP prefix as expressions see it. */
export class Cidr {
  readonly prefix: AddressPrefix;

  constructor(prefix: AddressPrefix) {
    this.prefix = prefix;
  }
}

/**
 * Adds the functions:
 *
 * - `string.matches(string): bool`, by RE2: in time linear in the text, without look-around and back-references. The
 *   engine's own uses JavaScript's regular expressions, which can take for ever; see MATCHES.
 * - `string.replace(string, string): string`, all occurrences
 * - `isCIDR(string): bool`, also true of a single address
 * - `cidr(string): CIDR`, an error for what is not a prefix; a single address is a prefix of its full length
 * - `CIDR.prefixLength(): int`, `CIDR.isIPv6(): bool`, `CIDR.containsCIDR(string): bool`
 */
export function registerFunctions(environment: Environment): Environment {
  const patterns = new Map<string, RE2JS>();
  return environment
    .registerFunction(`string.${MATCHES}(string): bool`, (text: string, pattern: string) => {
      let compiled = patterns.get(pattern);
      if (compiled === undefined) {
        if (patterns.size >= MOST_PATTERNS) patterns.clear();
        const problem = patternProblem(pattern);
        if (problem !== undefined) throw new Error(`the pattern is not valid: ${problem}`);
        compiled = RE2JS.compile(pattern);
        patterns.set(pattern, compiled);
      }
      return compiled.test(text);
    })
    .registerFunction('string.replace(string, string): string', (text: string, from: string, to: string) =>
      text.replaceAll(from, () => to),
    )
    .registerType('CIDR', { ctor: Cidr, fields: {} })
    .registerFunction('isCIDR(string): bool', (text: string) => !('problem' in parsePrefix(text)))
    .registerFunction('cidr(string): CIDR', (text: string) => new Cidr(prefixOf(text)))
    .registerFunction('CIDR.prefixLength(): int', ({ prefix }: Cidr) => BigInt(prefix.prefixLength))
    .registerFunction('CIDR.isIPv6(): bool', ({ prefix }: Cidr) => prefix.family === 6)
    .registerFunction('CIDR.containsCIDR(string): bool', ({ prefix }: Cidr, text: string) =>
      contains(prefix, prefixOf(text)),
    );
}

/** Why a text is not a pattern of RE2, or undefined. */
export function patternProblem(pattern: string): string | undefined {
  try {
    RE2JS.compile(pattern);
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return message.replace(/^error parsing regexp: /, '');
  }
}

function prefixOf(text: string): AddressPrefix {
  const parsed = parsePrefix(text);
  if ('problem' in parsed) throw new Error(`"${text}" is not an IP address or prefix`);
  return parsed;
}

function contains(outer: AddressPrefix, inner: AddressPrefix): boolean {
  if (outer.family !== inner.family || outer.prefixLength > inner.prefixLength) return false;
  return Buffer.compare(maskAddress(inner.address, outer.prefixLength), outer.address) === 0;
}
