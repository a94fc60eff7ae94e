// SPDX-License-Identifier: Apache-2.0
// The compiler as a whole: a directory of policy to a bundle.
//
//   load → shape → resolve → guard → lower → emit → verify
//
// and then analyse, which gives diagnostics alone. dialect/ is a part of shape, conditions/ of resolve.
//
// Each stage is a folder whose types.ts explains what goes in and what comes out. A stage imports only the
// stages before it, diagnostics are collected and never stop at the first, and a stage runs only when those
// before it found no error that it would trip over.

import type { SourceMap } from '../bundle/source-map.ts';
import type { AskedContext, GuardContext } from './guard/types.ts';
import type { LoadedFile } from './load/types.ts';
import type { Model, ResolveOptions } from './resolve/types.ts';
import type { ShapedDocument } from './shape/types.ts';

/** A model compiled. */
export interface CompiledModel {
  readonly model: Model;
  readonly bundle: Uint8Array;
  /** SHA-256 of the bundle, in hexadecimal. */
  readonly digest: string;
  readonly sourceMap: SourceMap;
}

/** A policy compiled. */
export interface Compilation extends CompiledModel {
  /** All of its documents, in order of file and position. */
  readonly documents: readonly ShapedDocument[];
  /** How many identities are for other nodes, and not in the bundle. */
  readonly otherNodes: number;
  /** The files that they were read from. */
  readonly files: readonly LoadedFile[];
}

/**
 * `node`: a scoped identity of another node is left out. Without a node a scoped identity is an error: a policy must not be wider
 * than it was written. `scopes: 'ignore'` is for checking a policy as a whole.
 */
export interface CompileOptions extends ResolveOptions {
  /** What guardrails see besides the policy. */
  readonly guard?: GuardContext;
  /** Finds that out, when `guard` is not given; asked only for what a guardrail uses. For `compilePolicy` alone. */
  readonly findGuardContext?: FindGuardContext;
  /** Is told what the compiler is doing, in a few words; of a small policy often, and cheaply. For `compilePolicy` alone. */
  readonly onProgress?: OnProgress | undefined;
}

/** Takes what a person who waits may like to know. */
export type OnProgress = (text: string) => void;

export type FindGuardContext = (asked: AskedContext) => Promise<GuardContext>;
