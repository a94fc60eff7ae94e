// SPDX-License-Identifier: Apache-2.0

import type { Diagnostic } from '../diagnostics/diagnostic.ts';

/** A policy that does not compile: ends a command with its diagnostics. */
export class PolicyRefused extends Error {
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    super('the policy has errors');
    this.diagnostics = diagnostics;
  }
}
