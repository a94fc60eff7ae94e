// SPDX-License-Identifier: Apache-2.0
// What the parts of the stage share: what there is in the policy, and where diagnostics go.

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { suggestName } from '../../diagnostics/suggest.ts';
import type { ServiceIndex } from './select.ts';
import type { AgentLoss, ModelService, ResolveOptions } from './types.ts';

/** Near names are looked for in the first diagnostics only: with thousands, the work would be thousands times thousands. */
export const MOST_SUGGESTIONS = 100;

export interface ResolveContext {
  readonly trustDomain: string;
  /** Of the project. */
  readonly onRevoke: 'close' | 'keep';
  /** Likewise. */
  readonly onAgentLoss: AgentLoss;
  readonly services: readonly ModelService[];
  readonly index: ServiceIndex;
  readonly options: ResolveOptions;
  readonly diagnostics: Diagnostic[];
}

/** The nearest of the names that exist, as a part of a diagnostic. */
export function nearName(
  name: string,
  candidates: () => Iterable<string>,
  { diagnostics }: Pick<ResolveContext, 'diagnostics'>,
): { readonly suggestion?: string } {
  if (diagnostics.length >= MOST_SUGGESTIONS) return {};
  const suggestion = suggestName(name, candidates());
  return suggestion === undefined ? {} : { suggestion };
}
