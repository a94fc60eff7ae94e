// SPDX-License-Identifier: Apache-2.0

import { compareText } from '../../bundle/text.ts';
import type { ModelName, ModelService } from '../resolve/types.ts';
import { flattenPorts, type ServicePorts } from './ports.ts';
import type { TableName } from './types.ts';

/** A name without the range where it is written. */
export type PlacelessName = Omit<ModelName, 'source'>;

/** What of a service the table of names depends on. */
export function namesOf({ names }: ModelService): readonly PlacelessName[] {
  return names.map(({ name, ports, protocol }) => ({ name, ports, protocol }));
}

/** The host names of all services, given for each, in ascending order; each with the services at its ports. */
export function lowerNames(services: readonly (readonly PlacelessName[])[]): readonly TableName[] {
  const byName = new Map<string, ServicePorts[]>();
  services.forEach((names, number) => {
    for (const { name, ports, protocol } of names) {
      const range = { low: ports.low, high: ports.high, service: number, protocol };
      const ranges = byName.get(name);
      if (ranges === undefined) byName.set(name, [range]);
      else ranges.push(range);
    }
  });
  return [...byName]
    .sort(([a], [b]) => compareText(a, b))
    .map(([name, ranges]) => ({ name, ports: flattenPorts(ranges) }));
}
