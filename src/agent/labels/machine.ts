// SPDX-License-Identifier: Apache-2.0
// The distribution, the kernel, and the machine as its firmware describes it.

import { release, version } from 'node:os';
import { createHostCollector, type HostOptions, labelsUnder, osRelease, readLine } from './host.ts';
import type { Collector } from './types.ts';

/** Collects `linuxos:…`. */
export function createLinuxOsCollector(options: HostOptions): Collector {
  return createHostCollector('linuxos', options, async () => {
    const os = await osRelease(options);
    return labelsUnder('linuxos', [
      ['name', os.get('ID')],
      ['version', os.get('PRETTY_NAME')],
      ['kernel:release', release()],
      ['kernel:version', version()],
    ]);
  });
}

/** Files of /sys/class/dmi/id by the labels that they become. */
const DMI = {
  'bios:date': 'bios_date',
  'bios:release': 'bios_release',
  'bios:vendor': 'bios_vendor',
  'bios:version': 'bios_version',
  'chassis:asset-tag': 'chassis_asset_tag',
  'chassis:serial': 'chassis_serial',
  'chassis:type': 'chassis_type',
  'chassis:vendor': 'chassis_vendor',
  'chassis:version': 'chassis_version',
  'product:family': 'product_family',
  'product:name': 'product_name',
  'product:serial': 'product_serial',
  'product:sku': 'product_sku',
  'product:version': 'product_version',
} as const;

/** Collects `sysfsdmi:…`: what the firmware says of the machine. */
export function createDmiCollector(options: HostOptions): Collector {
  const { root = '' } = options;
  return createHostCollector('sysfsdmi', options, async () =>
    labelsUnder(
      'sysfsdmi',
      await Promise.all(
        Object.entries(DMI).map(
          async ([name, file]) => [name, await readLine(`${root}/sys/class/dmi/id/${file}`)] as const,
        ),
      ),
    ),
  );
}
