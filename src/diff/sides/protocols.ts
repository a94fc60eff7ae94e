// SPDX-License-Identifier: Apache-2.0
// A side as it decides connections of one protocol: with the endpoints that are there by it. A protocol that is not governed is one that
// every identity is allowed.

import type { Protocol, Verdict } from '../../bundle/core.ts';
import { NONE } from '../../bundle/generated.ts';
import type { BundleView, RuleView } from '../../bundle/view.ts';
import { type Opened, remakeSide, type Shared, type Side } from './side.ts';

/** Whether UDP is decided on either side, so that it has to be compared. */
export function comparesUdp(sides: readonly [Side, Side]): boolean {
  return sides.some(({ view }) => view.udp);
}

/** The side as TCP connections are decided by it. */
export function sideByTcp(side: Side, shared: Shared): Side {
  const isPlain = side.view.services.every(({ endpoints, names }) =>
    [...endpoints, ...names].every(({ protocol }) => protocol === undefined),
  );
  return isPlain ? side : remakeSide({ ...openedOf(side), view: viewBy(side.view, 'tcp') }, shared);
}

/** The side as datagrams are decided by it. They have no TLS, and nobody is shown to a peer. */
export function sideByUdp(side: Side, shared: Shared): Side {
  if (!side.isGoverned) return side;
  const { core, view } = side;
  const plain = withoutTls(viewBy(view, 'udp'));
  return remakeSide(
    {
      ...openedOf(side),
      view: view.udp ? plain : allowing(plain),
      core: {
        ...core,
        decideConnect: (facts, connection) => {
          const verdict = core.decideConnect(facts, { ...connection, protocol: 'udp' });
          return view.udp ? datagramVerdict(verdict) : notGoverned(verdict);
        },
      },
    },
    shared,
  );
}

function openedOf({ isGoverned, core, view, sourceMap }: Side): Opened {
  return { isGoverned, core, view, sourceMap };
}

function viewBy(view: BundleView, by: Protocol): BundleView {
  const isThere = ({ protocol = by }: { readonly protocol?: Protocol | undefined }): boolean =>
    protocol === by;
  return {
    ...view,
    services: view.services.map((service) => ({
      ...service,
      endpoints: service.endpoints.filter(isThere).map((one) => ({ ...one, protocol: undefined })),
      names: service.names.filter(isThere).map((one) => ({ ...one, protocol: undefined })),
    })),
  };
}

function withoutTls(view: BundleView): BundleView {
  const plain = (rule: RuleView): RuleView => ({
    ...rule,
    peers: undefined,
    presents: undefined,
    tls: 'none',
    intercept: false,
  });
  return {
    ...view,
    rules: view.rules.map(plain),
    identities: view.identities.map((identity) => ({
      ...identity,
      peers: undefined,
      tls: 'none',
      rules: identity.rules.map(plain),
    })),
  };
}

function allowing(view: BundleView): BundleView {
  const allow = (rule: RuleView): RuleView => ({ ...rule, action: 'allow' });
  return {
    ...view,
    rules: view.rules.map(allow),
    identities: view.identities.map((identity) => ({
      ...identity,
      rules: identity.rules.slice(0, 1).map(allow),
    })),
  };
}

function datagramVerdict(verdict: Verdict): Verdict {
  return { ...verdict, presents: verdict.identity, peers: NONE, tls: 'none', intercept: false };
}

function notGoverned(verdict: Verdict): Verdict {
  return { ...datagramVerdict(verdict), action: 'allow', rule: NONE, service: NONE };
}
