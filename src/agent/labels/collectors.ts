// SPDX-License-Identifier: Apache-2.0
// The collectors that a configuration asks for.

import { existsSync } from 'node:fs';
import { hostOf } from '../configuration/fields.ts';
import type { LabelsConfiguration } from '../configuration/labels.ts';
import { createAzureCollector } from './azure.ts';
import { createContainersCollector } from './docker.ts';
import { createEc2Collector } from './ec2.ts';
import { createGcpCollector } from './gcp.ts';
import { createStaticCollector } from './host.ts';
import { createKubernetesCollector } from './kubernetes.ts';
import { createDmiCollector, createLinuxOsCollector } from './machine.ts';
import { createNodeCollector } from './node.ts';
import { createSource, type LabelSource } from './source.ts';
import { createSystemdCollector } from './systemd.ts';
import { type Collector, COLLECTOR_NAMES, type CollectorName } from './types.ts';

/** Milliseconds between looks for changes. What each collector knows is asked for again after its own refreshInterval. */
const LOOK_INTERVAL = 5000;

/** What the operator says does not change while the agent runs with one configuration. */
const STATIC = { deadline: 1000, lifetime: Number.POSITIVE_INFINITY };

/** A collector, and whether its source is there: `auto` is as good as off without it. */
export interface ConfiguredCollector {
  readonly name: CollectorName;
  /** `missing`: it is set to `auto`, and its socket is not there. */
  readonly state: 'on' | 'off' | 'missing';
  readonly collector: Collector;
}

/** All collectors, in the order in which their labels are told. */
export function configuredCollectors(configuration: LabelsConfiguration): readonly ConfiguredCollector[] {
  const { systemd, docker, podman, kubernetes, ec2, gcp, azure, linuxos, sysfsdmi, node } = configuration;
  const all: Readonly<Record<CollectorName, Omit<ConfiguredCollector, 'name'>>> = {
    static: {
      state: Object.keys(configuration.static).length > 0 ? 'on' : 'off',
      collector: createStaticCollector(configuration.static, STATIC),
    },
    systemd: bySocket(
      systemd.enabled,
      [systemd.socket],
      createSystemdCollector({ ...systemd, ...times(systemd) }),
    ),
    docker: bySocket(
      docker.enabled,
      docker.sockets,
      createContainersCollector({ name: 'docker', ...docker, ...times(docker) }),
    ),
    podman: bySocket(
      podman.enabled,
      podman.sockets,
      createContainersCollector({ name: 'podman', ...podman, ...times(podman) }),
    ),
    kubernetes: bySwitch(
      kubernetes.enabled,
      createKubernetesCollector({ ...kubernetes, ...times(kubernetes) }),
    ),
    ec2: bySwitch(ec2.enabled, createEc2Collector(metadata(ec2))),
    gcp: bySwitch(gcp.enabled, createGcpCollector(metadata(gcp))),
    azure: bySwitch(azure.enabled, createAzureCollector(metadata(azure))),
    linuxos: bySwitch(linuxos.enabled, createLinuxOsCollector(times(linuxos))),
    sysfsdmi: bySwitch(sysfsdmi.enabled, createDmiCollector(times(sysfsdmi))),
    node: bySwitch(node.enabled, createNodeCollector(times(node))),
  };
  return COLLECTOR_NAMES.map((name) => ({ name, ...all[name] }));
}

/** The source of labels of a configuration. Close it when another takes its place. */
export function createLabelSource(configuration: LabelsConfiguration): LabelSource {
  const collectors = configuredCollectors(configuration);
  return createSource(
    collectors.filter(({ state }) => state !== 'off').map(({ collector }) => collector),
    LOOK_INTERVAL,
  );
}

interface Times {
  readonly deadline: number;
  readonly refreshInterval: number;
}

function times({ deadline, refreshInterval }: Times) {
  return { deadline, lifetime: refreshInterval };
}

function metadata(cloud: Times & { readonly url: string }) {
  const port = URL.parse(cloud.url)?.port ?? '';
  return { ...times(cloud), host: hostOf(cloud.url), port: port === '' ? 80 : Number(port) };
}

function bySwitch(enabled: boolean, collector: Collector): Omit<ConfiguredCollector, 'name'> {
  return { state: enabled ? 'on' : 'off', collector };
}

/** `auto`: it is asked while one of its sockets exists, so a daemon that starts later is found. */
function bySocket(
  enabled: boolean | 'auto',
  sockets: readonly string[],
  collector: Collector,
): Omit<ConfiguredCollector, 'name'> {
  if (enabled !== 'auto') return bySwitch(enabled, collector);
  const exists = (): boolean => sockets.some((socket) => existsSync(socket));
  return {
    state: exists() ? 'on' : 'missing',
    collector: {
      ...collector,
      keyOf: (process) => (exists() ? collector.keyOf(process) : undefined),
    },
  };
}
