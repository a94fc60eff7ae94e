// SPDX-License-Identifier: Apache-2.0
// Stage 4, guard: the rules that a team keeps beside its policy, run over every document. It knows documents and CEL, and
// nothing of the model: it gives diagnostics and changes nothing.

import type { CelEnvironment } from '../../cel/environment.ts';
import type { CelExpression } from '../../cel/types.ts';
import type { Kind } from '../../schema/json-schema.ts';
import type { GuardrailDocument, GuardrailRule, ShapedDocument } from '../shape/types.ts';

/** What guardrails see besides the policy. */
export interface GuardContext {
  /** The documents that were last applied, for `oldObject`; without them nothing is known to have been. */
  readonly previous?: readonly ShapedDocument[] | undefined;
  /** The revision that the policy is at; without it its texts are empty, and it is not signed. */
  readonly git?: GitFacts | undefined;
}

/** Which parts of the context the guardrails of a policy use. */
export interface AskedContext {
  readonly git: boolean;
  readonly previous: boolean;
}

/** What git knows of a revision. */
export interface GitFacts {
  /** The e-mail address of who wrote the last commit. */
  readonly author: string;
  /** The branch that is checked out; empty when none is. */
  readonly branch: string;
  /** The id of the last commit. */
  readonly commit: string;
  /** Whether that commit has a signature that git finds good. */
  readonly signed: boolean;
}

/** Bounds of the stage. */
export const GUARD_LIMITS = {
  /** steps of all rules over all documents, as estimated from the sizes of the values… */
  steps: 5_000_000,
  /** …and as many more for each document: the time grows with the policy, and not with its square */
  stepsPerDocument: 20_000,
  /** steps that one evaluation takes besides those of its expression */
  stepsPerEvaluation: 50,
  /** expressions of all guardrails, each counted once for each kind that it is compiled for */
  expressions: 5_000,
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
