// SPDX-License-Identifier: Apache-2.0
// One side of a comparison: a bundle with what is looked up in it again and again, by name.

import { type CoreBundle, openBundle } from '../bundle/core.ts';
import { readBundle } from '../bundle/reader.ts';
import type { BundleView, IdentityView, ServiceView } from '../bundle/view.ts';
import { mayReach, portsOf } from '../conditions/ports.ts';
import type { Ranges } from '../conditions/ranges.ts';
import { conditionOf } from '../conditions/of-program.ts';
import type { Action } from './plan-types.ts';

export interface Side {
  readonly core: CoreBundle;
  readonly view: BundleView;
  readonly egress: Action;
  readonly ingress: Action;
  readonly identities: ReadonlyMap<string, IdentityView>;
  readonly services: ReadonlyMap<string, ServiceView>;
  /** What an identity grants, in the order in which it is decided. */
  readonly grants: (identity: IdentityView) => readonly Grant[];
  /** Whether a rule with this condition, or none, can grant a service: at one of its ports. */
  readonly reaches: (condition: number | undefined, service: ServiceView) => boolean;
}

/** An egress rule: what is done with connections to some services. */
export interface Grant {
  readonly action: Action;
  readonly services: NameSet;
}

/** Names of services. The same names are the same object on both sides of a comparison. */
export interface NameSet {
  readonly names: readonly string[];
  readonly has: (name: string) => boolean;
}

/** Makes the same names the same object. */
export type Intern = (names: readonly string[]) => NameSet;

export function startInterning(): Intern {
  const known = new Map<string, NameSet>();
  return (names) => {
    const key = JSON.stringify(names);
    const found = known.get(key);
    if (found !== undefined) return found;
    const members = new Set(names);
    const set: NameSet = { names, has: (name) => members.has(name) };
    known.set(key, set);
    return set;
  };
}

/**
 * Opens a bundle for comparison.
 *
 * @throws UserError `bundle-refused`, `bundle-version`
 */
export function openSide(bundle: Uint8Array, intern: Intern): Side {
  const core = openBundle(bundle);
  const view = readBundle(bundle);
  const portsAt = new Map<number, Ranges | undefined>();
  const reaches: Side['reaches'] = (number, service) => {
    if (number === undefined) return true;
    if (!portsAt.has(number)) portsAt.set(number, portsOf(conditionOf(view.conditions[number] ?? [])));
    return mayReach(portsAt.get(number), service);
  };
  const sets = new Map<string, NameSet>();
  const granted = (set: number, condition: number | undefined): NameSet => {
    const key = `${set} ${condition}`;
    const known = sets.get(key);
    if (known !== undefined) return known;
    const services = (view.sets[set] ?? []).flatMap((number) => view.services.slice(number, number + 1));
    const names = intern(services.filter((service) => reaches(condition, service)).map(({ name }) => name));
    sets.set(key, names);
    return names;
  };
  return {
    core,
    view,
    // The core has verified that both are there.
    egress: view.rules[0]?.action ?? 'deny',
    ingress: view.rules[1]?.action ?? 'deny',
    identities: new Map(view.identities.map((identity) => [identity.workloadId, identity])),
    services: new Map(view.services.map((service) => [service.name, service])),
    grants: ({ rules }) =>
      rules.flatMap(({ action, set, condition, used }) => {
        const services = set === undefined || !used ? undefined : granted(set, condition);
        return services === undefined || services.names.length === 0 ? [] : [{ action, services }];
      }),
    reaches,
  };
}

/** What an identity's egress rules say of a service: the first that grants it decides. */
export function actionFor(grants: readonly Grant[], service: string): Action | undefined {
  return grants.find(({ services }) => services.has(service))?.action;
}
