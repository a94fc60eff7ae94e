// SPDX-License-Identifier: Apache-2.0
// The last stages, from a model to a bundle: lower, emit, verify, digest.

import { type BundleRefusal, createBundleCheck } from '../bundle/core.ts';
import { LIMITS } from '../bundle/generated.ts';
import type { Checked, Diagnostic, SourceRange } from '../diagnostics/diagnostic.ts';
import { sha256 } from '../crypto.ts';
import { InternalError } from '../errors.ts';
import { createEmitter } from './emit/emit.ts';
import type { EmitRefusal } from './emit/types.ts';
import { createLowering } from './lower/lower.ts';
import { memoMap } from './incremental.ts';
import type { Model, ModelIdentity, ModelService } from './resolve/types.ts';
import type { CompiledModel } from './types.ts';

/**
 * The tables and bytes of a model; diagnostics are about limits alone.
 *
 * @throws InternalError when the core refuses the bundle that was written: a fault of riptides, not of the policy.
 */
export function compileModel(model: Model): Checked<CompiledModel> {
  return createModelCompiler()(model);
}

/** `compileModel` for one model after the other: what is the same as in the last one is not done again. The bundle is always verified. */
export function createModelCompiler(): (model: Model) => Checked<CompiledModel> {
  const lowerModel = createLowering();
  const emitBundle = createEmitter();
  const checkBundle = createBundleCheck();
  const sourcesOf = {
    identities: memoMap(({ source }: ModelIdentity) => source),
    services: memoMap(({ source }: ModelService) => source),
  };
  return (model) => {
    const lowered = lowerModel(model);
    if (lowered.value === undefined) return { diagnostics: lowered.diagnostics };
    const { tables, ruleSources, selectorSources } = lowered.value;
    const bundle = emitBundle(tables);
    if (!(bundle instanceof Uint8Array))
      return { diagnostics: [refusedBundle(bundle, model.project.egress.source)] };
    refuseRefused(checkBundle(bundle));
    const identities = sourcesOf.identities(model.identities);
    const services = sourcesOf.services(model.services);
    let digest: string | undefined;
    let selectors: readonly SourceRange[] | undefined;
    // Who only checks a policy asks for neither.
    const value: CompiledModel = {
      model,
      bundle,
      get digest() {
        return (digest ??= sha256(bundle));
      },
      sourceMap: {
        schemaVersion: 1,
        get bundle() {
          return value.digest;
        },
        rules: ruleSources,
        get selectors() {
          return (selectors ??= selectorSources());
        },
        identities,
        services,
      },
    };
    return { value, diagnostics: lowered.diagnostics };
  };
}

function refuseRefused(refusal: BundleRefusal | undefined): void {
  if (refusal === undefined) return;
  const where = refusal.index === undefined ? refusal.section : `${refusal.section}[${refusal.index}]`;
  throw new InternalError(
    `the compiler wrote a bundle that the core refuses: ${where}: ${refusal.reason}; please report it with the policy, or the smallest part of it that shows this`,
  );
}

function refusedBundle(refusal: EmitRefusal, range: SourceRange): Diagnostic {
  switch (refusal.kind) {
    case 'size':
      return {
        code: 'RTP1501',
        severity: 'error',
        range,
        message: `the bundle would have ${refusal.size} bytes; ${LIMITS.bundleSize} are allowed`,
        fix: 'compile for one node with --node, or join services that are always selected together',
      };
    case 'texts':
      return {
        code: 'RTP1501',
        severity: 'error',
        range,
        message: `records of the bundle would refer to ${refusal.size} bytes of text; ${LIMITS.referencedBytes} are allowed`,
        fix: 'compile for one node with --node, or shorten the texts that conditions compare with',
      };
    case 'collision':
      return {
        code: 'RTP1508',
        severity: 'error',
        range,
        message: `${refusal.keys.length} values fall into one bucket of a hash table; ${LIMITS.bucket} are allowed`,
        why: `they were chosen to collide: ${refusal.keys.slice(0, 3).join(', ')}, …`,
        fix: 'change these values',
      };
  }
}
