// SPDX-License-Identifier: Apache-2.0
// What a policy says besides who may connect: certificates, tokens and credentials.

import { compareText } from '../bundle/text.ts';
import type { BindingView } from '../bundle/view.ts';
import { spiffeId } from './examples/examples.ts';
import type { Side } from './sides/side.ts';

/** One sentence for each thing that differs, in order of names. */
export function diffBesides(before: Side, after: Side): readonly string[] {
  return [
    ...compareMaps(certificates(before), certificates(after), 'certificates and tokens of '),
    ...compareMaps(bindings(before), bindings(after), 'credential '),
  ];
}

type Described = ReadonlyMap<string, string>;

function compareMaps(before: Described, after: Described, what: string): readonly string[] {
  return [...new Set([...before.keys(), ...after.keys()])].sort(compareText).flatMap((name) => {
    const [a, b] = [before.get(name), after.get(name)];
    if (a === b) return [];
    return `${what}${name}: ${a === undefined ? 'added' : b === undefined ? 'removed' : 'changed'}`;
  });
}

function certificates(side: Side): Described {
  return new Map(
    side.view.identities.flatMap(({ workloadId, svid, template }) =>
      svid === undefined && !template
        ? []
        : [
            [
              workloadId,
              JSON.stringify([template, svid?.x509Ttl, svid?.jwtTtl, svid?.dnsNames, svid?.audiences]),
            ],
          ],
    ),
  );
}

function bindings(side: Side): Described {
  const { view } = side;
  const nameOf = ({ name, identity, source }: BindingView): string => {
    const who = view.identities[identity]?.workloadId ?? '';
    return `${view.sources[source]?.name ?? ''} of ${spiffeId(side, who)} by ${name}`;
  };
  return new Map(
    view.bindings.map((binding) => [
      nameOf(binding),
      JSON.stringify([
        view.sources[binding.source]?.digest,
        binding.set === undefined ? undefined : side.setKeys[binding.set],
        binding.sysfs,
        binding.condition === undefined ? undefined : side.conditionKeys[binding.condition],
        binding.uses,
      ]),
    ]),
  );
}
