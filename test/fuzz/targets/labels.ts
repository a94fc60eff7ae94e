// SPDX-License-Identifier: Apache-2.0
// What sources of labels answer, and what /proc says of cgroups and mounts: whatever it is, it is read or refused, and a label that is told is
// one that a selector could have.

import { LIMITS } from '../../../src/bundle/generated.ts';
import { readInstance as readAzure } from '../../../src/agent/labels/azure.ts';
import { boundLabels, textOf } from '../../../src/agent/labels/bounds.ts';
import {
  containerInMounts,
  containerOf,
  isWithin,
  managedPath,
  parseCgroups,
  podOf,
  unitOf,
} from '../../../src/agent/labels/cgroup.ts';
import { readContainer } from '../../../src/agent/labels/docker.ts';
import { readIdentity, readInstance as readGcp } from '../../../src/agent/labels/gcp.ts';
import { readPods, toFound } from '../../../src/agent/labels/kubernetes.ts';
import { readUnit } from '../../../src/agent/labels/systemd.ts';
import { type Label, NoAnswer } from '../../../src/agent/labels/types.ts';
import { findFact } from '../../../src/schema/facts/table.ts';
import { toBytes, toText } from '../corpus.ts';
import { Broken, HUGE, type Target, timed } from '../target.ts';

const ID = '3f'.repeat(32);
const UID = '0a1b2c3d-1111-2222-3333-444455556666';
const UNIT = { name: 'web.service', slice: 'system.slice', path: '/system.slice/web.service' };

const text = (data: unknown) => ({ type: 's', data });

const SEEDS: readonly (string | object)[] = [
  `9:name=systemd:/docker/${ID}\n0::/system.slice/web.service/x\n`,
  `0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${UID.replaceAll('-', '_')}.slice/cri-containerd-${ID}.scope\n`,
  `0::/user.slice/user-1000.slice/user@1000.service/app.slice/libpod-${ID}.scope\n`,
  `86 69 254:0 /var/lib/docker/containers/${ID}/hostname /etc/hostname rw,relatime - ext4 /dev/vda rw\n`,
  {
    Id: ID, Name: '/web', Path: '/bin/web', Args: ['-p', '80'], Image: 'sha256:1', State: { Pid: 7 },
    Config: { Hostname: 'h', Image: 'web:1', Env: ['A=1'], Labels: { app: 'shop' } }, HostConfig: { NetworkMode: 'host' },
    NetworkSettings: { Ports: { '80/tcp': [{ HostPort: '8080' }], '53/udp': null } },
  },
  {
    items: [
      {
        metadata: { uid: UID, name: 'web', namespace: 'shop', labels: { app: 'web' }, annotations: {}, ownerReferences: [{ apiVersion: 'v1', kind: 'K', name: 'n' }] },
        spec: { nodeName: 'n1', serviceAccountName: 's', containers: [{ name: 'web', image: 'web:2' }] },
        status: { containerStatuses: [{ name: 'web', containerID: `containerd://${ID}`, imageID: 'i' }] },
      },
    ],
  },
  {
    type: 'a{sv}',
    data: [
      {
        LoadState: text('loaded'), ControlGroup: text(UNIT.path), CapabilityBoundingSet: { type: 't', data: 1e20 }, ExecStart: { type: 'a', data: [['/bin/x', ['x', 'y'], false]] },
        Environment: { type: 'as', data: ['A=1'] }, InvocationID: { type: 'ay', data: Array.from({ length: 16 }, (_, i) => i) }, ActiveEnterTimestamp: { type: 't', data: 1796129456809089 },
      },
    ],
  },
  {
    project: { projectId: 'p', numericProjectId: 1, attributes: { a: 'b' } },
    instance: { id: 1, name: 'i', zone: 'projects/1/zones/z-a', tags: ['t'], machineType: 'projects/1/machineTypes/m', serviceAccounts: { e: { aliases: ['d'], email: 'e', scopes: ['s'] } } },
  },
  { compute: { name: 'n', osType: 'Linux', tagsList: [{ name: 'a', value: 'b' }] }, network: { interface: [{ macAddress: 'm', ipv4: { ipAddress: [{ privateIpAddress: '10.0.0.1' }] } }] } },
  `e30.${Buffer.from('{"sub":"1","google":{"compute_engine":{"zone":"z"}}}').toString('base64url')}.x`,
]; // prettier-ignore

/** Readers of answers, by what they read. */
const READERS: Readonly<Record<string, (answer: string) => readonly Label[]>> = {
  container: (answer) => readContainer(answer, ID, ['A']).labels,
  pods: (answer) => readPods(answer).flatMap((pod) => toFound(pod, ID).labels),
  unit: (answer) => readUnit(UNIT, answer, ['A'])?.labels ?? [],
  gcp: readGcp,
  identity: readIdentity,
  azure: readAzure,
};

export const target: Target = {
  seeds: () => SEEDS.map((seed) => toBytes(typeof seed === 'string' ? seed : JSON.stringify(seed))),
  largest: HUGE,
  isText: true,
  words: ['kubepods', 'pod', '.slice', '.service', '.scope', 'docker-', 'libpod-', ID, '..', '_2d', '18446744073709551615', '\\u0000', '__proto__', 'null', '[]', '{}', '1e400'],
  check: (input) => {
    const answer = toText(input);
    const seen = timed('reading cgroups', () => checkCgroups(answer));
    return [seen, ...Object.entries(READERS).map(([name, read]) => timed(name, () => checkReader(name, read, answer)))].join(' ');
  },
}; // prettier-ignore

function checkCgroups(answer: string): string {
  containerInMounts(answer);
  const path = managedPath(parseCgroups(answer));
  if (path === undefined) return '-';
  const unit = unitOf(path);
  if (unit !== undefined && !isWithin(path, unit.path))
    throw new Broken('a unit is not above its cgroup', path);
  const container = containerOf(path);
  if (container !== undefined && !path.includes(container.id))
    throw new Broken('an id comes from nowhere', path);
  const pod = podOf(path);
  if (pod !== undefined && !/^[0-9a-f-]{32,36}$/.test(pod.uid)) throw new Broken('a uid is none', path);
  return [unit, container?.runtime, pod].map((found) => (found === undefined ? '-' : '+')).join('');
}

function checkReader(name: string, read: (answer: string) => readonly Label[], answer: string): string {
  let labels: readonly Label[];
  try {
    labels = read(answer);
  } catch (error) {
    if (error instanceof NoAnswer) return '-';
    throw error;
  }
  const told = boundLabels(labels).labels;
  for (const label of told) {
    if (Buffer.byteLength(textOf(label)) > LIMITS.labelLength) throw new Broken('a label is too long', name);
    if (/[\p{Cc}\p{Cs}]/u.test(textOf(label))) throw new Broken('a label has a control character', name);
    if (findFact(label.name) === undefined) throw new Broken('a label is no fact', name);
  }
  return String(Math.min(told.length, 4));
}
