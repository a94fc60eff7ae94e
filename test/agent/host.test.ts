// SPDX-License-Identifier: Apache-2.0
// Facts of the host: of this one as its own programs print them, and of one that is written down.

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { boundLabels, textOf } from '../../src/agent/labels/bounds.ts';
import { createStaticCollector } from '../../src/agent/labels/host.ts';
import { createDmiCollector, createLinuxOsCollector } from '../../src/agent/labels/machine.ts';
import { createNodeCollector } from '../../src/agent/labels/node.ts';
import type { Collector } from '../../src/agent/labels/types.ts';
import { scratch } from './servers.ts';

const root = scratch();
const TIMES = { deadline: 5000, lifetime: 1000 };
const run = (command: string, ...args: readonly string[]): string =>
  execFileSync(command, args, { encoding: 'utf8' }).trim();

async function collect(collector: Collector): Promise<readonly string[]> {
  const found = await collector.find('host', AbortSignal.timeout(5000));
  const { labels, dropped } = boundLabels(found?.labels ?? []);
  expect(dropped).toEqual({});
  return labels.map(textOf);
}

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

test('the distribution and its kernel', async () => {
  write(
    'etc/os-release',
    'NAME="Debian"\nID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian \\"12\\""\nID_LIKE=\'a b\'\nX\n=\n',
  );
  expect(await collect(createLinuxOsCollector({ ...TIMES, root }))).toEqual([
    `linuxos:kernel:release=${run('uname', '-r')}`,
    `linuxos:kernel:version=${run('uname', '-v')}`,
    'linuxos:name=debian',
    'linuxos:version=Debian "12"',
  ]);
});

test('what the firmware says', async () => {
  const files = [
    'bios_date',
    'bios_release',
    'bios_vendor',
    'bios_version',
    'chassis_asset_tag',
    'chassis_serial',
  ];
  const more = ['chassis_type', 'chassis_vendor', 'chassis_version', 'product_family', 'product_name'];
  for (const file of [...files, ...more, 'product_serial', 'product_version'])
    write(`sys/class/dmi/id/${file}`, `the ${file}\n`);
  write('sys/class/dmi/id/product_sku', '\n');
  write('sys/class/dmi/id/product_uuid', 'not a fact\n');
  expect(await collect(createDmiCollector({ ...TIMES, root }))).toEqual([
    'sysfsdmi:bios:date=the bios_date',
    'sysfsdmi:bios:release=the bios_release',
    'sysfsdmi:bios:vendor=the bios_vendor',
    'sysfsdmi:bios:version=the bios_version',
    'sysfsdmi:chassis:asset-tag=the chassis_asset_tag',
    'sysfsdmi:chassis:serial=the chassis_serial',
    'sysfsdmi:chassis:type=the chassis_type',
    'sysfsdmi:chassis:vendor=the chassis_vendor',
    'sysfsdmi:chassis:version=the chassis_version',
    'sysfsdmi:product:family=the product_family',
    'sysfsdmi:product:name=the product_name',
    'sysfsdmi:product:serial=the product_serial',
    'sysfsdmi:product:version=the product_version',
  ]);
  write('sys/class/dmi/id/product_sku', 'the product_sku\n');
  expect(await collect(createDmiCollector({ ...TIMES, root }))).toContain(
    'sysfsdmi:product:sku=the product_sku',
  );
});

test('the host and its network', async () => {
  write('etc/machine-id', '3d1219c7c4c5404aaa1f6d2a48adfda4\n');
  const labels = await collect(createNodeCollector({ ...TIMES }));
  expect(labels).toEqual(
    expect.arrayContaining([
      `node:hostname=${run('uname', '-n')}`,
      `node:kernel:version=${run('uname', '-r')}`,
      `node:kernel:arch=${run('uname', '-m')}`,
      'node:os:type=linux',
      'node:network:interface:name=lo',
      'node:network:interface:lo:index=1',
      'node:network:interface:lo:mtu=65536',
      'node:network:interface:lo:mac_address=00:00:00:00:00:00',
      'node:network:interface:lo:ip=127.0.0.1',
      'node:network:interface:lo:ip:0:address=127.0.0.1',
      'node:network:interface:lo:ip:0:type=ipv4',
    ]),
  );
  const interfaces = labels.filter((text) => text.startsWith('node:network:interface:name='));
  expect(labels).toContain(`node:network:interface:count=${interfaces.length}`);
  const written = await collect(createNodeCollector({ ...TIMES, root }));
  expect(written).toEqual(
    expect.arrayContaining([
      'node:uuid=3d1219c7c4c5404aaa1f6d2a48adfda4',
      'node:os:version=Debian "12"',
      'node:platform:name=debian',
      'node:platform:family=a',
      'node:platform:version=12',
      'node:network:interface:count=0',
    ]),
  );
});

test('what systemd says of the machine', async () => {
  let virtualization: string | undefined;
  try {
    virtualization = run('systemd-detect-virt', '--vm');
  } catch {
    // There is none, or it is not installed.
  }
  const labels = await collect(createNodeCollector(TIMES));
  const own = labels.filter((text) => text.startsWith('node:virtualization:'));
  if (virtualization === undefined) expect(own).not.toContain('node:virtualization:role=guest');
  else expect(own).toEqual(['node:virtualization:role=guest', `node:virtualization:type=${virtualization}`]);
});

test('what the operator says', async () => {
  expect(await collect(createStaticCollector({ team: 'shop', 'tier:web': '1' }, TIMES))).toEqual([
    'static:team=shop',
    'static:tier:web=1',
  ]);
});
