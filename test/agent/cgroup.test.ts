// SPDX-License-Identifier: Apache-2.0
// What paths of cgroups say, and what they must not be taken to say.

import { describe, expect, test } from '@jest/globals';
import {
  containerInMounts,
  containerOf,
  isWithin,
  managedPath,
  parseCgroups,
  podOf,
  unitOf,
} from '../../src/agent/labels/cgroup.ts';

const ID = '3f'.repeat(32);
const OTHER = 'a0'.repeat(32);
const UID = '0a1b2c3d-1111-2222-3333-444455556666';
const UID_ = UID.replaceAll('-', '_');

describe('the managed path', () => {
  test.each([
    ['of version 2', '0::/system.slice/web.service\n', '/system.slice/web.service'],
    ['of systemd, on version 1', `4:memory:/docker/${ID}\n1:name=systemd:/docker/${ID}\n`, `/docker/${ID}`],
    [
      'of version 2, beside an empty hierarchy of systemd',
      '1:name=systemd:/\n0::/a.slice/b.service\n',
      '/a.slice/b.service',
    ],
    ['of any controller, where nothing else says anything', `2:pids:/docker/${ID}\n0::/\n`, `/docker/${ID}`],
    ['of a controller list', `12:cpu,cpuacct:/docker/${ID}\n`, `/docker/${ID}`],
    ['with a colon in it', '0::/system.slice/a:b.service\n', '/system.slice/a:b.service'],
    ['none at the root', '0::/\n', undefined],
    ['none outside of what is seen', '0::/../system.slice/web.service\n', undefined],
    ['none of nonsense', 'x\n:::\n0:/\n\u0000', undefined],
  ])('%s', (_, text, path) => {
    expect(managedPath(parseCgroups(text))).toBe(path);
  });

  test('is not looked for in more lines than a kernel has', () => {
    expect(parseCgroups('1:x:/y\n'.repeat(100_000)).length).toBeLessThanOrEqual(64);
  });

  test.each([
    ['/a', '/a', true],
    ['/a/b', '/a', true],
    ['/ab', '/a', false],
    ['/a', '/', false],
    ['/a', '', false],
  ])('%s within %s: %s', (path, other, within) => {
    expect(isWithin(path, other)).toBe(within);
  });
});

describe('the unit', () => {
  test.each([
    ['/system.slice/nginx.service', 'nginx.service', 'system.slice'],
    ['/system.slice/system-getty.slice/getty@tty1.service', 'getty@tty1.service', 'system-getty.slice'],
    ['/system.slice/nginx.service/worker', 'nginx.service', 'system.slice'],
    ['/init.scope', 'init.scope', '-.slice'],
    ['/user.slice/user-1000.slice/session-2.scope', 'session-2.scope', 'user-1000.slice'],
    [`/system.slice/docker-${ID}.scope`, `docker-${ID}.scope`, 'system.slice'],
    ['/system.slice/_cpu.service', 'cpu.service', 'system.slice'],
    ['/system.slice/dev-disk.swap', 'dev-disk.swap', 'system.slice'],
    ['/system.slice/my\\x2dapp.service', 'my\\x2dapp.service', 'system.slice'],
    // A user's own manager may call its units anything: they are processes of user@1000.service.
    [
      '/user.slice/user-1000.slice/user@1000.service/app.slice/nginx.service',
      'user@1000.service',
      'user-1000.slice',
    ],
    [
      '/user.slice/user-1000.slice/user@1000.service/system.slice/nginx.service',
      'user@1000.service',
      'user-1000.slice',
    ],
    // So may systemd in a container.
    [`/system.slice/docker-${ID}.scope/system.slice/nginx.service`, `docker-${ID}.scope`, 'system.slice'],
  ])('%s is %s in %s', (path, name, slice) => {
    expect(unitOf(path)).toMatchObject({ name, slice });
    expect(isWithin(path, unitOf(path)?.path ?? '')).toBe(true);
  });

  test.each([
    '/',
    '/system.slice',
    `/docker/${ID}`,
    '/docker/nginx.service/x',
    '/system.slice/nginx',
    '/system.slice/a b.service',
    '/system.slice/.service',
  ])('none of %s', (path) => {
    expect(unitOf(path)).toBeUndefined();
  });
});

describe('the container', () => {
  test.each([
    [`/docker/${ID}`, undefined],
    [`/custom/parent/${ID}`, undefined],
    [`/system.slice/docker-${ID}.scope`, 'docker'],
    [`/machine.slice/libpod-${ID}.scope/container`, 'libpod'],
    [`/libpod_parent/libpod-${ID}`, 'libpod'],
    [`/machine.slice/machine-libpod_pod_${OTHER}.slice/libpod-${ID}.scope`, 'libpod'],
    [`/system.slice/app.service/libpod-payload-${ID}`, 'libpod'],
    [`/kubepods.slice/kubepods-pod${UID_}.slice/cri-containerd-${ID}.scope`, 'cri-containerd'],
    [`/kubepods.slice/kubepods-pod${UID_}.slice/crio-${ID}.scope`, 'crio'],
    // Containers in containers: the outermost is the one that a runtime of this host knows.
    [`/system.slice/docker-${ID}.scope/docker/${OTHER}`, 'docker'],
  ])('of %s', (path, runtime) => {
    expect(containerOf(path)).toEqual({ id: ID, runtime });
  });

  test.each([
    '/docker/' + ID.slice(1),
    `/docker/${ID}0`,
    `/docker/${ID.toUpperCase()}`,
    `/machine.slice/libpod-conmon-${ID}.scope`,
    `/system.slice/other-${ID}.scope`,
  ])('none of %s', (path) => {
    expect(containerOf(path)).toBeUndefined();
  });
});

describe('the pod', () => {
  test.each([
    [`/kubepods/besteffort/pod${UID}/${ID}`, UID, ID],
    [`/kubepods/pod${UID}/${ID}`, UID, ID],
    [
      `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${UID_}.slice/cri-containerd-${ID}.scope`,
      UID,
      ID,
    ],
    [`/kubepods.slice/kubepods-pod${UID_}.slice/crio-${ID}.scope`, UID, ID],
    [`/kubepods.slice/kubepods-pod${UID_}.slice`, UID, undefined],
    [`/kubelet/kubepods/burstable/pod${UID}/${ID}`, UID, ID],
    [
      `/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/kubelet-kubepods-burstable-pod${UID_}.slice/cri-containerd-${ID}.scope`,
      UID,
      ID,
    ],
    [`/kubepods/burstable/pod${'1f'.repeat(16)}/${ID}`, '1f'.repeat(16), ID],
    [`/kubepods/pod${UID}/${ID}/nested/${OTHER}`, UID, ID],
  ])('of %s', (path, uid, container) => {
    expect(podOf(path)).toEqual({ uid, container });
  });

  test.each([
    `/user.slice/user-1000.slice/user@1000.service/kubepods/pod${UID}/${ID}`,
    `/system.slice/docker-${OTHER}.scope/kubepods/pod${UID}/${ID}`,
    `/kubepods/pod${UID.slice(1)}/${ID}`,
    `/kubepods/pod${'g'.repeat(36)}/${ID}`,
    '/kubepods/podx',
    '/kubepods',
  ])('none of %s, which whoever likes can create', (path) => {
    expect(podOf(path)).toBeUndefined();
  });
});

test('a container is found by its mounts', () => {
  const line = (root: string, point: string): string => `86 69 254:0 ${root} ${point} rw - ext4 /dev/vda rw`;
  const docker = `/var/lib/docker/containers/${ID}/hostname`;
  expect(containerInMounts([line('/', '/'), line(docker, '/etc/hostname')].join('\n'))).toBe(ID);
  const podman = `/run/containers/storage/overlay-containers/${ID}/userdata/hosts`;
  expect(containerInMounts(line(podman, '/etc/hosts'))).toBe(ID);
  expect(containerInMounts(line(docker, '/srv/hostname'))).toBeUndefined();
  expect(containerInMounts(line(`/home/u/${ID}/hostname`, '/etc/hostname'))).toBeUndefined();
  expect(containerInMounts('\n\n x y z')).toBeUndefined();
});
