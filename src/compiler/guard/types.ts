// SPDX-License-Identifier: Apache-2.0
// Stage 4, guard: the rules that a team keeps beside its policy, run over every document. It knows documents and CEL, and
// nothing of the model: it gives findings and changes nothing.

import type { CelEnvironment } from '../../cel/environment.ts';
import type { CelExpression } from '../../cel/types.ts';
import type { GuardrailDocument, GuardrailRule, Kind } from '../shape/types.ts';

/** Bounds of the stage. */
export const GUARD_LIMITS = {
  /** steps of loops of one rule over all documents, as estimated from the lengths of the lists */
  steps: 20_000_000,
  /** UTF-16 code units of a message that are shown */
  message: 1_000,
} as const;

/** A guardrail whose expressions are right for documents of one kind. */
export interface CompiledGuardrail {
  readonly guardrail: GuardrailDocument;
  readonly kind: Kind;
  readonly variables: readonly CompiledVariable[];
  /** What the rules were compiled in: they see all variables. */
  readonly environment: CelEnvironment;
  readonly rules: readonly CompiledRule[];
}

export interface CompiledVariable {
  readonly name: string;
  readonly index: number;
  readonly expression: CelExpression;
  /** What it was compiled in: it sees the variables before it. */
  readonly environment: CelEnvironment;
  /** Whether it, or a variable that it uses, depends on the document; if not it is computed once. */
  readonly usesObject: boolean;
}

export interface CompiledRule {
  readonly rule: GuardrailRule;
  readonly index: number;
  readonly expression: CelExpression;
  readonly messageExpression?: CelExpression;
}
