// SPDX-License-Identifier: Apache-2.0
// What an explanation needs of a policy: of one that was compiled, or of a bundle that was read back.

import { readBundle } from '../bundle/reader.ts';
import type { SourceMap } from '../bundle/source-map.ts';
import type { BundleView, RuleView, ServiceView } from '../bundle/view.ts';
import type { Model, ModelEgress, ModelIdentity, ModelInbound } from '../compiler/resolve/types.ts';
import { conditionOf } from '../conditions/of-program.ts';
import type { SourceRange } from '../diagnostics/diagnostic.ts';

export type ExplainedRule = Pick<ModelEgress | ModelInbound, 'condition' | 'source'>;
export type ExplainedService = Pick<ServiceView, 'name' | 'endpoints' | 'names'> & {
  readonly source: SourceRange;
};

export interface ExplainedIdentity extends Pick<ModelIdentity, 'workloadId' | 'mode' | 'source'> {
  readonly egress: readonly (ExplainedRule & Pick<ModelEgress, 'services'>)[];
  readonly inbound: readonly ExplainedRule[] | undefined;
}

export interface ExplainedModel {
  readonly project: Pick<Model['project'], 'trustDomain' | 'egress' | 'ingress'>;
  readonly identities: readonly ExplainedIdentity[];
  readonly services: readonly ExplainedService[];
}

/** A `CompiledModel` is one. */
export interface ExplainedPolicy {
  readonly model: ExplainedModel;
  readonly bundle: Uint8Array;
  readonly sourceMap: Pick<SourceMap, 'rules' | 'selectors'>;
}

/**
 * A bundle as a policy to be explained.
 *
 * @param name what positions are in, where the source map does not say
 * @throws UserError `bundle-refused`, `bundle-version`
 */
export function readExplained(
  bundle: Uint8Array,
  sourceMap: SourceMap | undefined,
  name: string,
): ExplainedPolicy {
  const view = readBundle(bundle);
  const start = { line: 1, column: 1 };
  const whole: SourceRange = { file: name, start, end: start };
  const rule = ({ id, condition }: RuleView): ExplainedRule => ({
    condition: condition === undefined ? undefined : conditionOf(view.conditions[condition] ?? []),
    source: sourceMap?.rules[id] ?? whole,
  });
  const posture = (id: number): ExplainedModel['project']['egress'] => ({
    posture: view.rules[id]?.action ?? 'deny',
    source: sourceMap?.rules[id] ?? whole,
  });
  return {
    bundle,
    sourceMap: {
      rules: view.rules.map(({ id }) => sourceMap?.rules[id] ?? whole),
      selectors: sourceMap?.selectors ?? [],
    },
    model: {
      project: { trustDomain: view.trustDomain, egress: posture(0), ingress: posture(1) },
      identities: view.identities.map(({ workloadId, mode, rules, inbound }, i) => ({
        workloadId,
        mode,
        egress: rules.slice(1).map((one) => ({ ...rule(one), services: servicesOf(view, one) })),
        inbound: inbound.length === 0 ? undefined : inbound.slice(1).map(rule),
        source: sourceMap?.identities[i] ?? whole,
      })),
      services: view.services.map((service, i) => ({ ...service, source: sourceMap?.services[i] ?? whole })),
    },
  };
}

function servicesOf(view: BundleView, { set, used }: RuleView): readonly number[] {
  return set === undefined || !used ? [] : (view.sets[set] ?? []);
}
