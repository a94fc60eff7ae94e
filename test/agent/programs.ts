// SPDX-License-Identifier: Apache-2.0
// Real programs whose answers are labels: dockerd, podman and systemd, each in namespaces and directories of its own, so that nothing of the host
// is changed. They need root, and the packages that "scripts/setup.sh programs" installs.

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { canCreateCgroups, newCgroup } from './cgroups.ts';
import { atEnd } from './ends.ts';

const PATHS = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
  '/usr/lib/systemd',
];

/** Whether this host can run programs that create cgroups and namespaces, and has them all. */
export function canRun(...programs: readonly string[]): boolean {
  return canCreateCgroups && programs.every((name) => PATHS.some((path) => existsSync(join(path, name))));
}

/** Waits until something holds, for at most 30 seconds. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  for (let i = 0; i < 300; i++) {
    if (holds()) return;
    await sleep(100);
  }
  throw new Error(`waited for ${what} in vain`);
}

/** Runs a program and gives what it prints, without the line break at its end. */
export function run(
  command: string,
  args: readonly string[],
  options: { readonly input?: Buffer } = {},
): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    timeout: 60_000,
    ...options,
  });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stdout}${stderr}`);
  return stdout.trim();
}

/** Starts a program that goes on until the end of the test file. */
export function start(
  command: string,
  args: readonly string[],
  end: 'SIGTERM' | 'SIGKILL' = 'SIGTERM',
): ChildProcess {
  const child = spawn(command, args, { stdio: 'ignore', detached: true });
  atEnd(async () => {
    child.kill(end);
    for (let i = 0; i < 100 && child.exitCode === null && child.signalCode === null; i++) await sleep(100);
    child.kill('SIGKILL');
  });
  return child;
}

/** An image of busybox alone, as a tar of its root. */
export async function image(directory: string): Promise<string> {
  const root = join(directory, 'image');
  rmSync(root, { recursive: true, force: true });
  mkdirSync(join(root, 'bin'), { recursive: true });
  await copyFile('/bin/busybox', join(root, 'bin/busybox'));
  accessSync(join(root, 'bin/busybox'), constants.X_OK);
  for (const name of ['sh', 'sleep']) symlinkSync('busybox', join(root, 'bin', name));
  const tar = join(directory, 'image.tar');
  execFileSync('tar', ['-C', root, '-cf', tar, '.']);
  return tar;
}

/** Removes a directory in which a runtime has left mounts. */
function removeMounted(directory: string): void {
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '');
  for (const mount of mounts.filter((path) => path.startsWith(`${directory}/`)).reverse())
    spawnSync('umount', ['--lazy', mount]);
  rmSync(directory, { recursive: true, force: true });
}

/** Starts dockerd with a network of its own, and gives its socket. */
export async function startDocker(directory: string): Promise<string> {
  const socket = join(directory, 'docker.sock');
  const daemon = join(directory, 'docker');
  const args = [
    '--data-root',
    join(daemon, 'root'),
    '--exec-root',
    join(daemon, 'exec'),
    '--pidfile',
    join(daemon, 'pid'),
  ];
  mkdirSync(daemon);
  atEnd(() => removeMounted(daemon));
  const script = 'ip link set lo up && exec dockerd "$@"';
  const flags = [
    '-H',
    `unix://${socket}`,
    '--iptables=false',
    '--ip6tables=false',
    '--storage-driver',
    'vfs',
  ];
  start('unshare', ['--net', 'sh', '-c', script, 'sh', ...args, ...flags]);
  const docker = (...args: readonly string[]) =>
    spawnSync('docker', ['-H', `unix://${socket}`, ...args], { encoding: 'utf8' });
  await until('dockerd', () => docker('info').status === 0);
  // It would wait ten seconds for each container.
  atEnd(() => void docker('rm', '-f', ...docker('ps', '-aq').stdout.trim().split('\n')));
  return socket;
}

/** The arguments that make podman keep everything in a directory. */
export function podmanFlags(directory: string): readonly string[] {
  const own = ['--root', join(directory, 'podman/root'), '--runroot', join(directory, 'podman/run')];
  const usual = [
    '--storage-driver',
    'vfs',
    '--cgroup-manager',
    'cgroupfs',
    '--events-backend',
    'file',
    '--runtime',
    'runc',
  ];
  return [...own, ...usual];
}

/** Starts the API of podman, and gives its socket. */
export async function startPodman(directory: string): Promise<string> {
  const socket = join(directory, 'podman.sock');
  atEnd(() => removeMounted(join(directory, 'podman')));
  start('podman', [...podmanFlags(directory), 'system', 'service', '--time', '0', `unix://${socket}`]);
  await until('podman', () => existsSync(socket));
  return socket;
}

/** systemd as the first process of namespaces of its own, in a cgroup of its own that is the root of what it sees. */
const BOOT = `set -e
mount --make-rprivate /
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /tmp
umount -R /sys/fs/cgroup 2>/dev/null || true
mount -t cgroup2 cgroup2 /sys/fs/cgroup
exec env -i container=riptides PATH="$PATH" /usr/lib/systemd/systemd --system --unit=basic.target --log-target=null
`;
const ENTER =
  'echo $$ > "$1/cgroup.procs" && exec unshare --cgroup --pid --mount --uts --ipc --fork --kill-child sh -c "$2"';

export interface Systemd {
  /** Its root directory, as the test reaches it. */
  readonly root: string;
  /** Runs a program in the namespaces of systemd. */
  readonly run: (command: string, ...args: readonly string[]) => string;
}

export async function startSystemd(): Promise<Systemd> {
  const cgroup = newCgroup();
  const outer = start('sh', ['-c', ENTER, 'sh', cgroup, BOOT], 'SIGKILL');
  const child = (): number =>
    Number(/^\d+/.exec(readFileSync(`/proc/${outer.pid}/task/${outer.pid}/children`, 'utf8'))?.[0]);
  await until('the namespaces', () => child() > 0);
  const enter = ['-t', String(child()), '-m', '-p', '-C'];
  const root = `/proc/${child()}/root`;
  const state = (): string =>
    spawnSync('nsenter', [...enter, 'systemctl', 'is-system-running'], { encoding: 'utf8' }).stdout;
  await until(
    'systemd',
    () => existsSync(`${root}/run/dbus/system_bus_socket`) && /running|degraded/.test(state()),
  );
  return { root, run: (command, ...args) => run('nsenter', [...enter, command, ...args]) };
}

/** The processes of a cgroup, by what /proc says. */
export function processesIn(cgroup: string): readonly number[] {
  return readdirSync('/proc').flatMap((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cgroup`, 'utf8').includes(`:${cgroup}\n`)
        ? [Number(name)]
        : [];
    } catch {
      return [];
    }
  });
}
