// SPDX-License-Identifier: Apache-2.0
// The labels of processes that real programs started: Docker, Podman, systemd.

import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { createSource } from '../../src/agent/labels/source.ts';
import { createContainersCollector } from '../../src/agent/labels/docker.ts';
import { ROOT } from '../commands/riptides.ts';
import { canCreateCgroups, sleepIn } from './cgroups.ts';
import { labelsOf, writeConfiguration } from './labels-of.ts';
import {
  canRun,
  image,
  podmanFlags,
  processesIn,
  run,
  startDocker,
  startPodman,
  startSystemd,
  type Systemd,
} from './programs.ts';
import { scratch } from './servers.ts';

const directory = scratch();
const DEADLINE = '10s';
const OFF = { systemd: { enabled: false }, docker: { enabled: false }, podman: { enabled: false } };

/** The lines of one collector. */
function section(output: string, name: string): readonly string[] {
  const lines = output.split('\n');
  const from = lines.findIndex((line) => line.startsWith(`${name}  `));
  return from === -1 ? [] : lines.slice(from + 1, lines.indexOf('', from)).map((line) => line.trim());
}

/** All members of a container, and the container itself, by a JSON of `inspect`. */
const CONTAINER = [
  '--label',
  'app=shop',
  '--label',
  'a.b/c=d',
  '--env',
  'COLOR=blue',
  '--env',
  'SECRET=x',
  '--hostname',
  'web-host',
];

(canRun('dockerd', 'docker', 'busybox') ? describe : describe.skip)('Docker', () => {
  let socket = '';
  let id = '';
  const docker = (...args: readonly string[]): string => run('docker', ['-H', `unix://${socket}`, ...args]);
  const pidOf = (name: string): number => Number(docker('inspect', '-f', '{{.State.Pid}}', name));
  const config = (): string =>
    writeConfiguration(join(directory, 'docker.yaml'), {
      ...OFF,
      docker: { sockets: [socket], environment: ['COLOR'], deadline: DEADLINE },
    });

  beforeAll(async () => {
    socket = await startDocker(directory);
    docker('import', await image(directory), 'shop/web:1');
    id = docker(
      'run',
      '-d',
      '--name',
      'web',
      '-p',
      '127.0.0.1:8080:80',
      ...CONTAINER,
      'shop/web:1',
      '/bin/sh',
      '-c',
      'sleep 600; true',
    );
  }, 120_000);

  test('says what a container is', async () => {
    expect(section(await labelsOf(pidOf('web'), config()), 'docker')).toEqual([
      'docker:cmdline: /bin/sh -c sleep 600; true',
      `docker:id: ${id}`,
      `docker:image:hash: ${docker('inspect', '-f', '{{.Image}}', 'web')}`,
      'docker:image:name: shop/web:1',
      'docker:name: web',
      'docker:network:hostname: web-host',
      'docker:network:mode: default',
      'docker:port-binding: 8080/tcp',
      'docker:env:COLOR: blue',
      'docker:label:a.b/c: d',
      'docker:label:app: shop',
    ]);
  });

  test('says it of all processes in it', async () => {
    const cgroup = /^0::(.*)$/m.exec(readFileSync(`/proc/${pidOf('web')}/cgroup`, 'utf8'))?.[1] ?? '';
    const others = processesIn(cgroup).filter((pid) => pid !== pidOf('web'));
    expect(others.length).toBeGreaterThan(0);
    expect(await labelsOf(others[0], config())).toContain('docker:name: web');
  });

  test('says nothing of a process that is in a cgroup of the same name elsewhere', async () => {
    const { pid } = await sleepIn(`/riptides-test/docker-${id}.scope`);
    const output = await labelsOf(pid, config());
    expect(output).not.toContain('docker:');
    expect(output).toContain('nothing  docker');
  });

  test('says nothing of a container that is gone', async () => {
    docker('run', '-d', '--name', 'short', 'shop/web:1', '/bin/sleep', '600');
    const source = createSource(
      [
        createContainersCollector({
          name: 'docker',
          sockets: [socket],
          environment: [],
          deadline: 5000,
          lifetime: 0,
        }),
      ],
      3_600_000,
    );
    const pid = pidOf('short');
    expect((await source.collect(pid)).labels).not.toEqual([]);
    const changes: unknown[] = [];
    source.onChange((change) => changes.push(change));
    docker('rename', 'short', 'renamed');
    await source.refresh();
    expect(changes).toMatchObject([
      { collector: 'docker', labels: expect.arrayContaining([{ name: 'docker:name', value: 'renamed' }]) },
    ]);
    docker('rm', '-f', 'renamed');
    await source.refresh();
    expect(changes[1]).toMatchObject({ labels: [] });
    await expect(source.collect(pid)).rejects.toThrow('there is no process');
    source.close();
  });

  test('with more labels than anybody wants keeps what the container is', async () => {
    const many = Array.from({ length: 400 }, (_, i) => ['--label', `l${i}=x`]).flat();
    docker(
      'run',
      '-d',
      '--name',
      'many',
      ...many,
      '--label',
      `long=${'x'.repeat(2000)}`,
      '--label',
      'bad=a\nb',
      'shop/web:1',
      '/bin/sleep',
      '600',
    );
    const { labels, collectors, complete } = JSON.parse(await labelsOf(pidOf('many'), config(), '--json'));
    expect(labels).toHaveLength(256);
    expect(labels).toContainEqual({ name: 'docker:name', value: 'many' });
    expect(complete).toBe(false);
    expect(collectors[0]).toMatchObject({
      name: 'docker',
      dropped: { 'too-long': 1, 'control-character': 1, 'too-many': expect.any(Number) },
    });
  });
});

(canRun('podman', 'runc', 'busybox') ? describe : describe.skip)('Podman', () => {
  test('says what a container is', async () => {
    const podman = (...args: readonly string[]): string =>
      run('podman', [...podmanFlags(directory), ...args]);
    podman('import', await image(join(directory, 'podman-image')), 'shop/web:1');
    const limits = ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024', '--network', 'host'];
    const id = podman(
      'run',
      '-d',
      '--name',
      'web',
      ...limits,
      ...CONTAINER,
      'shop/web:1',
      '/bin/sleep',
      '600',
    );
    const socket = await startPodman(directory);
    const pid = Number(podman('inspect', '-f', '{{.State.Pid}}', 'web'));
    const config = writeConfiguration(join(directory, 'podman.yaml'), {
      ...OFF,
      podman: { sockets: [socket], environment: ['COLOR'], deadline: DEADLINE },
    });
    const output = await labelsOf(pid, config);
    podman('rm', '-f', '-t', '0', 'web');
    expect(section(output, 'podman')).toEqual([
      'docker:cmdline: /bin/sleep 600',
      `docker:id: ${id}`,
      expect.stringMatching(/^docker:image:hash: sha256:[0-9a-f]{64}$/),
      'docker:image:name: localhost/shop/web:1',
      'docker:name: web',
      'docker:network:hostname: web-host',
      'docker:network:mode: host',
      'docker:env:COLOR: blue',
      'docker:label:a.b/c: d',
      'docker:label:app: shop',
    ]);
  }, 120_000);
});

(canRun('systemd', 'busctl', 'dbus-daemon') ? describe : describe.skip)('systemd', () => {
  let systemd: Systemd;
  const CONFIG = 'run/agent.yaml';
  /** Inside of its namespaces, where the numbers and paths are those that it knows. */
  const labels = (pid: string): string =>
    systemd.run(process.execPath, join(ROOT, 'bin/riptides.js'), 'labels', pid, '--config', `/${CONFIG}`);
  const property = (unit: string, name: string): string =>
    systemd.run('systemctl', 'show', '--value', '-p', name, unit);
  const labelsOfUnit = (unit: string): readonly string[] =>
    section(labels(property(unit, 'MainPID')), 'systemd');

  beforeAll(async () => {
    systemd = await startSystemd();
    const unit = [
      '[Unit]',
      'Description=The shop',
      '[Service]',
      'Type=exec',
      'User=nobody',
      'Group=nogroup',
      'DynamicUser=no',
    ];
    const more = [
      'CapabilityBoundingSet=CAP_NET_ADMIN CAP_SYS_TIME',
      'Environment="COLOR=light blue" SECRET=x',
      'ExecStart=/bin/sleep 6000',
    ];
    writeConfiguration(`${systemd.root}/${CONFIG}`, {
      ...OFF,
      systemd: { environment: ['COLOR'], deadline: DEADLINE },
    });
    writeFileSync(
      `${systemd.root}/run/systemd/system/shop-web.service`,
      [...unit, ...more, 'Restart=always', ''].join('\n'),
    );
    systemd.run('systemctl', 'daemon-reload');
    systemd.run('systemctl', 'start', 'shop-web.service');
  }, 120_000);

  test('says what a unit is', async () => {
    expect(labelsOfUnit('shop-web.service')).toEqual([
      'systemd:active-state: active',
      'systemd:capability-bounding-set: cap_net_admin',
      'systemd:capability-bounding-set: cap_sys_time',
      'systemd:description: The shop',
      'systemd:dynamic-user: false',
      'systemd:exec-start: /bin/sleep 6000',
      'systemd:fragment-path: /run/systemd/system/shop-web.service',
      'systemd:group: nogroup',
      `systemd:invocation-id: ${property('shop-web.service', 'InvocationID')}`,
      'systemd:load-state: loaded',
      `systemd:main-pid: ${property('shop-web.service', 'MainPID')}`,
      'systemd:restarts: 0',
      'systemd:result: success',
      'systemd:slice: system.slice',
      expect.stringMatching(/^systemd:started-at: 20\d\d-\d\d-\d\dT[0-9:.]+Z$/),
      'systemd:sub-state: running',
      'systemd:type: exec',
      'systemd:unit: shop-web.service',
      'systemd:unit-file-state: static',
      'systemd:user: nobody',
      'systemd:env:COLOR: light blue',
    ]);
  });

  test('that has all capabilities, as most units do', () => {
    systemd.run('systemd-run', '--unit=all-caps', 'sleep', '600');
    const lines = labelsOfUnit('all-caps.service');
    expect(lines).toContain('systemd:capability-bounding-set: cap_chown');
    expect(lines).toContain('systemd:capability-bounding-set: cap_checkpoint_restore');
  });

  test('gives another invocation after a restart', () => {
    const invocation = (): string | undefined =>
      labelsOfUnit('shop-web.service').find((line) => line.startsWith('systemd:invocation-id: '));
    const before = invocation();
    systemd.run('systemctl', 'restart', 'shop-web.service');
    expect(invocation()).toMatch(/[0-9a-f]{32}$/);
    expect(invocation()).not.toBe(before);
  });

  test('says nothing of a cgroup that it does not know', () => {
    const script = 'mkdir "$1"; sleep 600 > /dev/null 2>&1 & echo $! > "$1/cgroup.procs"; echo $!';
    const pid = systemd.run('sh', '-c', script, 'sh', '/sys/fs/cgroup/system.slice/no-such.service');
    const output = labels(pid);
    expect(output).toContain('nothing  systemd');
    expect(output).not.toContain('systemd:');
  });

  test('says nothing of what a program puts below its unit under the name of another', () => {
    const script =
      'echo $$ > "$1/cgroup.procs"; mkdir -p "$1/system.slice/shop-web.service"; sleep 600 > /dev/null 2>&1 & echo $! > "$1/system.slice/shop-web.service/cgroup.procs"; echo $!';
    systemd.run('systemd-run', '--unit=other', '--property=Delegate=yes', 'sleep', '600');
    const pid = systemd.run('sh', '-c', script, 'sh', '/sys/fs/cgroup/system.slice/other.service');
    expect(section(labels(pid), 'systemd')).toContain('systemd:unit: other.service');
  });
});

(canCreateCgroups ? describe : describe.skip)('without systemd', () => {
  test('the unit and its slice are read from the cgroup, and the answer is not complete', async () => {
    const { pid } = await sleepIn('/system.slice/quiet.service');
    const socket = join(directory, 'no-bus');
    const config = writeConfiguration(join(directory, 'quiet.yaml'), {
      ...OFF,
      systemd: { enabled: true, socket },
    });
    const output = await labelsOf(pid, config);
    expect(section(output, 'systemd')).toEqual([
      'systemd:slice: system.slice',
      'systemd:unit: quiet.service',
    ]);
    expect(output).toMatch(/no answer {2}systemd: busctl could not ask systemd/);
    expect(output).toContain('and some are missing');
  });
});

test('a runtime that is not installed is asked for nothing', async () => {
  const child = spawn('sleep', ['60']);
  const none = { sockets: [join(directory, 'none.sock')] };
  const config = writeConfiguration(join(directory, 'none.yaml'), {
    docker: none,
    podman: none,
    systemd: { socket: join(directory, 'none') },
  });
  expect(await labelsOf(child.pid, config)).toContain('nothing  systemd, docker, podman');
  child.kill();
});
