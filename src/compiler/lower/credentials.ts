// SPDX-License-Identifier: Apache-2.0
// What the kernel must know of certificates and credentials: whose they are and where they go, never what they are.

import { BINDING_FLAGS, NONE, PROVIDER } from '../../bundle/generated.ts';
import type { Model, ModelIdentity } from '../resolve/types.ts';
import type { ConditionTable } from './condition-table.ts';
import type { SetTable } from './sets.ts';
import type { TableBinding, TableSource, TableSvid } from './types.ts';

export interface CredentialTables {
  readonly svids: readonly TableSvid[];
  readonly sources: readonly TableSource[];
  readonly bindings: readonly TableBinding[];
}

/** The tables of SVIDs, credential sources and bindings. */
export function lowerCredentials(
  model: Pick<Model, 'sources' | 'bindings'> & {
    readonly identities: readonly Pick<ModelIdentity, 'svid'>[];
  },
  sets: SetTable,
  conditions: ConditionTable,
): CredentialTables {
  return {
    svids: model.identities.flatMap(({ svid }, identity): readonly TableSvid[] => {
      if (svid === undefined) return [];
      const { x509Ttl = 0, jwtTtl = 0, dnsNames, audiences } = svid;
      const isSilent = x509Ttl === 0 && jwtTtl === 0 && dnsNames.length === 0 && audiences.length === 0;
      return isSilent ? [] : [{ identity, x509Ttl, jwtTtl, dnsNames, audiences }];
    }),
    sources: model.sources.map(({ name, provider, digest }) => ({
      name,
      provider: PROVIDER[provider],
      digest,
    })),
    bindings: model.bindings.map(({ name, identity, credential, services, sysfs, condition, uses }) => ({
      name,
      identity,
      source: credential,
      set: services === undefined ? NONE : sets.intern(services),
      condition: conditions.add(condition),
      uses: uses ?? 0,
      flags: sysfs ? BINDING_FLAGS.sysfs : 0,
    })),
  };
}
