// SPDX-License-Identifier: Apache-2.0
// The host in its network, and what kind of machine it is.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { arch, hostname, networkInterfaces, release } from 'node:os';
import { compareText } from '../../bundle/text.ts';
import { createHostCollector, type HostOptions, labelsUnder, osRelease, readLine } from './host.ts';
import type { Collector, Label } from './types.ts';

/** Collects `node:…`. */
export function createNodeCollector(options: HostOptions): Collector {
  const { root = '' } = options;
  return createHostCollector('node', options, async (signal) => {
    const [os, machine, virtualization] = await Promise.all([
      osRelease(options),
      readLine(`${root}/etc/machine-id`),
      detectVirtualization(signal),
    ]);
    const isGuest = virtualization !== undefined && virtualization !== 'none';
    return [
      ...labelsUnder('node', [
        ['hostname', hostname()],
        ['uuid', machine],
        ['os:type', 'linux'],
        ['os:version', os.get('PRETTY_NAME')],
        ['platform:name', os.get('ID')],
        ['platform:family', os.get('ID_LIKE')?.split(' ')[0] ?? os.get('ID')],
        ['platform:version', os.get('VERSION_ID')],
        ['virtualization:type', virtualization],
        [
          'virtualization:role',
          isGuest ? 'guest' : existsSync(`${root}/sys/module/kvm`) ? 'host' : undefined,
        ],
        ['kernel:version', release()],
        ['kernel:arch', ARCHITECTURES[arch()] ?? arch()],
      ]),
      ...(await interfaceLabels(root)),
    ];
  });
}

/** As `uname -m` has them. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };

/** What systemd says of the machine; undefined where it does not come with a way to ask. */
async function detectVirtualization(signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    // It exits with 1 where there is none, and prints that.
    execFile(
      'systemd-detect-virt',
      ['--vm'],
      { signal, killSignal: 'SIGKILL', maxBuffer: 4096 },
      (_, stdout) => resolve(/^[a-z0-9-]+$/.exec(stdout.trim())?.[0]),
    );
  });
}

/** Interfaces that are looked at: a host with more has one for each of its containers. */
const MOST_INTERFACES = 64;

async function interfaceLabels(root: string): Promise<readonly Label[]> {
  const directory = `${root}/sys/class/net`;
  const all = (await readdir(directory).catch(() => [])).sort(compareText);
  const addresses = networkInterfaces();
  const each = await Promise.all(
    all.slice(0, MOST_INTERFACES).map(async (name) => {
      const ips = addresses[name] ?? [];
      return labelsUnder('node:network:interface', [
        ['name', name],
        [`${name}:mac_address`, await readLine(`${directory}/${name}/address`)],
        [`${name}:mtu`, await readLine(`${directory}/${name}/mtu`)],
        [`${name}:index`, await readLine(`${directory}/${name}/ifindex`)],
        ...ips.flatMap(({ address, family }, i) => [
          [`${name}:ip`, address] as const,
          [`${name}:ip:${i}:address`, address] as const,
          [`${name}:ip:${i}:type`, family.toLowerCase()] as const,
        ]),
      ]);
    }),
  );
  return [...labelsUnder('node:network:interface', [['count', String(all.length)]]), ...each.flat()];
}
