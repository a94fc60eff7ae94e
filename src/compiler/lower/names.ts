// SPDX-License-Identifier: Apache-2.0

import { compareText } from '../../bundle/text.ts';
import type { Model } from '../resolve/types.ts';
import { flattenPorts, type ServicePorts } from './ports.ts';
import type { TableName } from './types.ts';

/** The host names of all services, in ascending order, each with the services at its ports. */
export function lowerNames(model: Model): readonly TableName[] {
  const byName = new Map<string, ServicePorts[]>();
  model.services.forEach((service, number) => {
    for (const { name, ports } of service.names) {
      const range = { low: ports.low, high: ports.high, service: number };
      const ranges = byName.get(name);
      if (ranges === undefined) byName.set(name, [range]);
      else ranges.push(range);
    }
  });
  return [...byName]
    .sort(([a], [b]) => compareText(a, b))
    .map(([name, ranges]) => ({ name, ports: flattenPorts(ranges) }));
}
