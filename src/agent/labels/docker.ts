// SPDX-License-Identifier: Apache-2.0
// Docker and Podman: facts of the container that a process runs in, from the HTTP API that both serve on a socket.

import { open, readlink } from 'node:fs/promises';
import * as z from 'zod';
import { containerInMounts, containerOf, isWithin } from './cgroup.ts';
import { getJson, getText, parseJson } from './http.ts';
import { openProcess, type ProcessHandle } from './process.ts';
import { type Collector, type Found, type Label, NoAnswer } from './types.ts';

export interface ContainersOptions {
  readonly name: 'docker' | 'podman';
  /** Asked in this order; the first that knows a container answers. */
  readonly sockets: readonly string[];
  readonly deadline: number;
  readonly lifetime: number;
  /** Variables of containers that become labels. */
  readonly environment: readonly string[];
}

/** Of open(2): for a file that is looked at, and not read. */
const O_PATH = 0o10000000;

/** Bytes of what is said of one container. */
const LONGEST_ANSWER = 1024 * 1024;

/** Prefixes of cgroups that a runtime uses; neither may be absent. */
const RUNTIMES = { docker: 'docker', podman: 'libpod' } as const;

/** Collects `docker:…`, from Docker or from Podman. */
export function createContainersCollector(options: ContainersOptions): Collector {
  const { name, sockets, deadline, lifetime } = options;
  return {
    name,
    deadline,
    lifetime,
    keyOf: async (process) => {
      const container = process.cgroup === undefined ? undefined : containerOf(process.cgroup);
      if (container !== undefined)
        return [undefined, RUNTIMES[name]].some((runtime) => runtime === container.runtime)
          ? container.id
          : undefined;
      return containerInMounts(await process.read('mountinfo'));
    },
    find: async (id, signal) => {
      for (const socket of sockets) {
        const found = await inspect(id, socket, options, signal);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    check: async (signal) => {
      const versions: string[] = [];
      for (const socketPath of sockets) {
        const version = await getJson(
          { socketPath, path: '/version' },
          (value) => VERSION.parse(value),
          signal,
        );
        versions.push(`${version?.Platform?.Name ?? name} ${version?.Version ?? ''}`.trim());
      }
      return versions.join(', ');
    },
  };
}

const VERSION = z.object({ Version: z.string(), Platform: z.object({ Name: z.string() }).optional() });

const texts = z.array(z.string()).nullish();

/** What is used of the answer to `GET /containers/ID/json`. */
const CONTAINER = z.object({
  Id: z.string(),
  Name: z.string(),
  Path: z.string(),
  Args: texts,
  Image: z.string(),
  State: z.object({ Pid: z.int().nonnegative() }),
  Config: z.object({
    Hostname: z.string(),
    Image: z.string(),
    Env: texts,
    Labels: z.record(z.string(), z.string()).nullish(),
  }),
  HostConfig: z.object({ NetworkMode: z.string() }),
  NetworkSettings: z.object({
    Ports: z.record(z.string(), z.array(z.object({ HostPort: z.string() })).nullable()).nullish(),
  }),
});
type Container = z.output<typeof CONTAINER>;

async function inspect(
  id: string,
  path: string,
  { environment }: ContainersOptions,
  signal: AbortSignal,
): Promise<Found | undefined> {
  // The owner of the very socket that is asked: a user could put another one under the path of its own meanwhile.
  const socket = await open(path, O_PATH);
  try {
    const { uid } = await socket.stat();
    const text = await getText(
      { socketPath: `/proc/self/fd/${socket.fd}`, path: `/containers/${id}/json`, most: LONGEST_ANSWER },
      signal,
    );
    if (text === undefined) return undefined;
    const { labels, pid } = readContainer(text, id, environment);
    return { labels, includes: (process) => isIn(id, pid, uid, process) };
  } finally {
    await socket.close();
  }
}

/** What an answer says of a container: its labels, and the number of its first process. @throws NoAnswer */
export function readContainer(text: string, id: string, environment: readonly string[]) {
  const container = parseJson(text, (value) => CONTAINER.parse(value));
  if (container.Id !== id) throw new NoAnswer('it answered for another container');
  return { labels: labelsOf(container, environment), pid: container.State.Pid };
}

/**
 * Whether a process is in a container, by the number of its first process: in the cgroup of that one or below, or in its mount namespace
 * where it has no cgroup of its own. Of a socket that is not root's, the containers of its owner alone are believed.
 */
async function isIn(id: string, pid: number, owner: number, process: ProcessHandle): Promise<boolean> {
  const home = `/user.slice/user-${owner}.slice/user@${owner}.service`;
  if (pid === 0 || (owner !== 0 && !isWithin(process.cgroup ?? '', home))) return false;
  let first: ProcessHandle | undefined;
  try {
    first = await openProcess(pid);
    if (first.cgroup !== undefined)
      // Another process can have the number by now.
      return containerOf(first.cgroup)?.id === id && isWithin(process.cgroup ?? '', first.cgroup);
    const namespace = await first.link('ns/mnt');
    return (
      namespace === (await process.link('ns/mnt')) &&
      namespace !== (await readlink('/proc/self/ns/mnt')) &&
      containerInMounts(await first.read('mountinfo')) === id
    );
  } catch {
    // It has ended, and the container with it.
    return false;
  } finally {
    await first?.close();
  }
}

function labelsOf(container: Container, environment: readonly string[]): readonly Label[] {
  const { Id, Name, Path, Args, Image, Config, HostConfig, NetworkSettings } = container;
  const variables = (Config.Env ?? []).flatMap((variable) => {
    const [, name = '', value = ''] = /^([^=]*)=([^]*)$/.exec(variable) ?? [];
    return environment.includes(name) ? [[`env:${name}`, value] as const] : [];
  });
  const ports = Object.entries(NetworkSettings.Ports ?? {}).flatMap(([port, bindings]) =>
    (bindings ?? []).map(
      ({ HostPort }) => ['port-binding', `${HostPort}/${port.split('/')[1] ?? 'tcp'}`] as const,
    ),
  );
  return [
    ['id', Id] as const,
    ['name', Name.replace(/^\//, '')] as const,
    ['cmdline', [Path, ...(Args ?? [])].join(' ')] as const,
    ['image:name', Config.Image] as const,
    // Podman leaves out the algorithm.
    ['image:hash', /^[0-9a-f]{64}$/.test(Image) ? `sha256:${Image}` : Image] as const,
    ['network:mode', HostConfig.NetworkMode] as const,
    ['network:hostname', Config.Hostname] as const,
    ...ports,
    ...Object.entries(Config.Labels ?? {}).map(([key, value]) => [`label:${key}`, value] as const),
    ...variables,
  ].map(([name, value]) => ({ name: `docker:${name}`, value }));
}
