// SPDX-License-Identifier: Apache-2.0
// What paths of cgroups say: /proc/PID/cgroup, and which unit, container or pod is named there.
//
// A path is read from its root, and the first name of a kind decides. What stands below it is in the hands of whoever it was delegated to: a
// user can call a unit of its own nginx.service, and a container can create cgroups with any name.

/** One line of /proc/PID/cgroup. */
export interface Cgroup {
  /** Of version 1, such as `memory` or `name=systemd`; empty for version 2. */
  readonly controllers: string;
  readonly path: string;
}

/** Lines that are read: version 1 has a dozen hierarchies. */
const MOST_LINES = 64;
/** Bytes of a path, as the kernel has them. */
const LONGEST_PATH = 4096;

/** The cgroups of a process. Lines that are not as the kernel writes them are passed over. */
export function parseCgroups(text: string): readonly Cgroup[] {
  return text
    .split('\n')
    .slice(0, MOST_LINES)
    .flatMap((line) => {
      const [, controllers, path] = /^[0-9]+:([^:]*):(\/.*)$/.exec(line) ?? [];
      if (controllers === undefined || path === undefined || path.length > LONGEST_PATH) return [];
      return [{ controllers, path }];
    });
}

/**
 * The path that systemd and container runtimes manage: that of systemd's own hierarchy, or of version 2, or of any other, whichever is not
 * the root. Undefined when it is the root, or lies outside of what this process sees.
 */
export function managedPath(cgroups: readonly Cgroup[]): string | undefined {
  const inOrder = [
    ...cgroups.filter(({ controllers }) => controllers === 'name=systemd'),
    ...cgroups.filter(({ controllers }) => controllers === ''),
    ...cgroups.filter(({ controllers }) => !['name=systemd', ''].includes(controllers)),
  ];
  return inOrder.map(({ path }) => path).find((path) => path !== '/' && !path.split('/').includes('..'));
}

/** Whether a cgroup is another one, or lies below it. The root counts for nothing. */
export function isWithin(path: string, other: string): boolean {
  return other !== '' && other !== '/' && (path === other || path.startsWith(`${other}/`));
}

export interface Unit {
  readonly name: string;
  /** `-.slice` for the root. */
  readonly slice: string;
  /** Its cgroup. */
  readonly path: string;
}

const UNIT = /^[A-Za-z0-9:_.\\@-]{1,240}\.(?:service|scope|socket|mount|swap)$/;

/** The unit of the system's manager that a cgroup belongs to: below its slices, the first name. */
export function unitOf(path: string): Unit | undefined {
  const parts = path.split('/').slice(1);
  const at = parts.findIndex((part) => !/^[A-Za-z0-9:_.\\@-]+\.slice$/.test(part));
  // systemd writes an underscore before names that a controller could claim, such as cpu.service.
  const name = unescape(parts[at] ?? '');
  if (at === -1 || !UNIT.test(name)) return undefined;
  return {
    name,
    slice: at === 0 ? '-.slice' : unescape(parts[at - 1] ?? ''),
    path: `/${parts.slice(0, at + 1).join('/')}`,
  };
}

function unescape(name: string): string {
  return name.startsWith('_') ? name.slice(1) : name;
}

export interface Container {
  readonly id: string;
  /** The prefix of the name of its cgroup: `docker`, `libpod`, `cri-containerd`, `crio`; undefined where the name is the id alone. */
  readonly runtime: string | undefined;
}

const CONTAINER = /^(?:(docker|libpod|libpod-payload|cri-containerd|crio)-)?([0-9a-f]{64})(?:\.scope)?$/;

/** The outermost container that a cgroup belongs to. */
export function containerOf(path: string): Container | undefined {
  for (const part of path.split('/')) {
    const [, runtime, id] = CONTAINER.exec(part) ?? [];
    if (id !== undefined) return { id, runtime: runtime?.replace('-payload', '') };
  }
  return undefined;
}

export interface Pod {
  readonly uid: string;
  /** The id of the container; undefined for the pod itself. */
  readonly container: string | undefined;
}

/** The kubelet's own, and that of clusters in containers (kind). Only root can create a cgroup there. */
const POD =
  /^\/(?:kubelet(?:\.slice)?\/)?(?:kubelet-)?kubepods(?:\.slice)?\/(?:(?:kubelet-)?(?:kubepods-)?(?:burstable|besteffort)(?:\.slice)?\/)?(?:(?:kubelet-)?kubepods-(?:burstable-|besteffort-)?)?pod([0-9a-f_-]{32,36})(?:\.slice)?(?:\/([^/]+))?(?:\/.*)?$/;
const POD_UID = /^(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32})$/;

/** The pod of the kubelet that a cgroup belongs to. */
export function podOf(path: string): Pod | undefined {
  const [, written, child] = POD.exec(path) ?? [];
  const uid = written?.replaceAll('_', '-');
  if (uid === undefined || !POD_UID.test(uid)) return undefined;
  return { uid, container: child === undefined ? undefined : CONTAINER.exec(child)?.[2] };
}

/** Mounts that are looked at for the files of a container. */
const MOST_MOUNTS = 4096;

/**
 * The container whose files are mounted as /etc/hostname or /etc/hosts, by /proc/PID/mountinfo: for runtimes that create no cgroup. It
 * proves nothing by itself, as whoever has a mount namespace can mount anything there.
 */
export function containerInMounts(mountinfo: string): string | undefined {
  for (const line of mountinfo.split('\n').slice(0, MOST_MOUNTS)) {
    const [, , , root = '', point = ''] = line.split(' ', 5);
    if (point !== '/etc/hostname' && point !== '/etc/hosts') continue;
    const [, id] = /\/(?:[a-z0-9]+-)?containers\/([0-9a-f]{64})\//.exec(root) ?? [];
    if (id !== undefined) return id;
  }
  return undefined;
}
