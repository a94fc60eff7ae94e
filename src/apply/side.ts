// SPDX-License-Identifier: Apache-2.0
// One side of a comparison: a bundle with what is looked up in it again and again, by name.

import { type CoreBundle, openBundle } from '../bundle/core.ts';
import { readBundle } from '../bundle/reader.ts';
import type { BundleView, IdentityView, ServiceView } from '../bundle/view.ts';
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
  const sets = view.sets.map((set) => intern(set.map((service) => view.services[service]?.name ?? '')));
  return {
    core,
    view,
    // The core has verified that both are there.
    egress: view.rules[0]?.action ?? 'deny',
    ingress: view.rules[1]?.action ?? 'deny',
    identities: new Map(view.identities.map((identity) => [identity.workloadId, identity])),
    services: new Map(view.services.map((service) => [service.name, service])),
    grants: ({ rules }) =>
      rules.flatMap(({ action, set, used }) => {
        const services = set === undefined || !used ? undefined : sets[set];
        return services === undefined ? [] : [{ action, services }];
      }),
  };
}

/** What an identity's egress rules say of a service: the first that grants it decides. */
export function actionFor(grants: readonly Grant[], service: string): Action | undefined {
  return grants.find(({ services }) => services.has(service))?.action;
}
