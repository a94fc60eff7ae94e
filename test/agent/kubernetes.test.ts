// SPDX-License-Identifier: Apache-2.0
// Kubernetes, by the documented answers of the kubelet and of the API server over TLS.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { createKubernetesCollector, type KubernetesOptions } from '../../src/agent/labels/kubernetes.ts';
import { withDeadline } from '../../src/agent/labels/source.ts';
import type { Found } from '../../src/agent/labels/types.ts';
import { riptides } from '../commands/riptides.ts';
import { canCreateCgroups, sleepIn } from './cgroups.ts';
import { labelsOf, writeConfiguration } from './labels-of.ts';
import { answerJson, MISBEHAVIOUR, scratch, serve } from './servers.ts';

const directory = scratch();
const UID = '0a1b2c3d-1111-2222-3333-444455556666';
const ID = '3f'.repeat(32);
const IMAGE = `docker.io/library/web@sha256:${'11'.repeat(32)}`;

/** A pod as the API has it (core/v1), cut to what matters and something besides. */
const POD = {
  metadata: {
    name: 'web-5d4f8c-x7x2z',
    generateName: 'web-5d4f8c-',
    namespace: 'shop',
    uid: UID,
    labels: { app: 'web', 'app.kubernetes.io/part-of': 'shop' },
    annotations: { 'kubernetes.io/config.source': 'api', long: 'x'.repeat(2000) },
    ownerReferences: [
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-5d4f8c', uid: 'u', controller: true },
    ],
  },
  spec: {
    nodeName: 'n1',
    serviceAccountName: 'web-sa',
    containers: [
      { name: 'web', image: 'web:2' },
      { name: 'proxy', image: 'proxy:1' },
    ],
    initContainers: [{ name: 'setup', image: 'setup:1' }],
    ephemeralContainers: [{ name: 'debugger', image: 'busybox:1' }],
  },
  status: {
    phase: 'Running',
    containerStatuses: [
      { name: 'web', containerID: `containerd://${ID}`, image: 'web:2', imageID: IMAGE, ready: true },
      { name: 'proxy', containerID: `containerd://${'aa'.repeat(32)}`, imageID: 'sha256:proxy' },
    ],
    initContainerStatuses: [
      { name: 'setup', containerID: `containerd://${'bb'.repeat(32)}`, imageID: 'sha256:setup' },
    ],
    ephemeralContainerStatuses: [{ name: 'debugger', containerID: null, imageID: 'sha256:debugger' }],
  },
};

const LABELS = [
  'k8s:annotation:kubernetes.io/config.source=api',
  `k8s:annotation:long=${'x'.repeat(2000)}`,
  `k8s:container:image:id=${IMAGE}`,
  'k8s:container:name=web',
  'k8s:label:app.kubernetes.io/part-of=shop',
  'k8s:label:app=web',
  'k8s:node:name=n1',
  'k8s:pod:ephemeral-image:count=1',
  'k8s:pod:ephemeral-image:id=sha256:debugger',
  'k8s:pod:ephemeral-image:name=busybox:1',
  `k8s:pod:image:id=${IMAGE}`,
  'k8s:pod:image:id=sha256:proxy',
  'k8s:pod:image:count=2',
  'k8s:pod:image:name=proxy:1',
  'k8s:pod:image:name=web:2',
  'k8s:pod:init-image:count=1',
  'k8s:pod:init-image:id=sha256:setup',
  'k8s:pod:init-image:name=setup:1',
  'k8s:pod:name=web-5d4f8c-x7x2z',
  'k8s:pod:namespace=shop',
  'k8s:pod:owner:kind-with-version=apps/v1/replicaset',
  'k8s:pod:owner:kind=replicaset',
  'k8s:pod:owner:name=web-5d4f8c',
  'k8s:pod:serviceaccount=web-sa',
];

const caFile = join(directory, 'ca.pem');
const tokenFile = join(directory, 'token');
let tls: { readonly key: Buffer; readonly cert: Buffer };
let options: KubernetesOptions;

/** A CA of our own, and a certificate of the node by it. */
beforeAll(() => {
  const openssl = (...args: readonly string[]): void => {
    execFileSync('openssl', args, { cwd: directory, stdio: 'ignore' });
  };
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-subj',
    '/CN=test-ca',
    '-days',
    '2',
  );
  writeFileSync(join(directory, 'names'), 'subjectAltName=DNS:n1\n');
  openssl('req', ...newKey, '-keyout', 'node.key', '-out', 'node.csr', '-subj', '/CN=n1');
  openssl(
    'x509',
    '-req',
    '-in',
    'node.csr',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-out',
    'node.pem',
    '-days',
    '2',
    '-extfile',
    'names',
  );
  tls = { key: readFileSync(join(directory, 'node.key')), cert: readFileSync(join(directory, 'node.pem')) };
  writeFileSync(tokenFile, 'first\n', { mode: 0o600 });
  options = {
    source: 'kubelet',
    url: '',
    tokenFile,
    caFile,
    serverName: 'n1',
    insecureSkipVerify: false,
    deadline: 300,
    lifetime: 3_600_000,
  };
});

async function kubelet(listener: RequestListener): Promise<string> {
  return `https://127.0.0.1:${await serve(listener, { tls })}`;
}

const pods: RequestListener = (request, response) => {
  if (request.url !== '/pods' || request.headers.authorization !== 'Bearer first')
    response.writeHead(401).end();
  else
    answerJson(response, {
      kind: 'PodList',
      apiVersion: 'v1',
      metadata: {},
      items: [{ metadata: 'broken' }, POD],
    });
};

function find(changed: Partial<KubernetesOptions>, key = `${UID}/${ID}`): Promise<Found | undefined> {
  const collector = createKubernetesCollector({ ...options, ...changed });
  return withDeadline(collector.deadline, undefined, (signal) => collector.find(key, signal));
}

function texts(found: Found | undefined): readonly string[] | undefined {
  return found?.labels.map(({ name, value }) => `${name}=${value}`).sort();
}

test('all labels of a pod and its container, from the kubelet', async () => {
  expect(texts(await find({ url: await kubelet(pods) }))).toEqual(LABELS.toSorted());
});

test('the same from the API server, which is asked for this node alone', async () => {
  const asked: (string | undefined)[] = [];
  const url = await kubelet(({ url: path }, response) => {
    asked.push(path);
    answerJson(response, { kind: 'PodList', items: [POD] });
  });
  expect(texts(await find({ url, source: 'api', nodeName: 'n1' }))).toEqual(LABELS.toSorted());
  expect(asked).toEqual(['/api/v1/pods?fieldSelector=spec.nodeName%3Dn1']);
});

describe('what is not the pod’s is not told', () => {
  test('of a pod that the kubelet does not know', async () => {
    expect(await find({ url: await kubelet(pods) }, `${UID.replace('0', '1')}/${ID}`)).toBeUndefined();
  });

  test('of a container that the pod does not have yet', async () => {
    const url = await kubelet(pods);
    await expect(find({ url }, `${UID}/${'cc'.repeat(32)}`)).rejects.toThrow(
      'it does not know the container yet',
    );
  });

  test('of a pod alone, there is no container', async () => {
    const found = texts(await find({ url: await kubelet(pods) }, `${UID}/`));
    expect(found).toEqual(LABELS.filter((text) => !text.startsWith('k8s:container:')).toSorted());
  });
});

test('a token that was replaced is used at once', async () => {
  const tokens: (string | undefined)[] = [];
  const url = await kubelet((request, response) => {
    tokens.push(request.headers.authorization);
    answerJson(response, { items: [] });
  });
  await find({ url });
  writeFileSync(tokenFile, 'second');
  await find({ url });
  writeFileSync(tokenFile, 'first\n');
  expect(tokens).toEqual(['Bearer first', 'Bearer second']);
});

test('the list of pods is asked for once, however many pods are unknown', async () => {
  let asked = 0;
  const url = await kubelet((_, response) => {
    asked++;
    answerJson(response, { items: [POD] });
  });
  const collector = createKubernetesCollector({ ...options, url });
  const signal = AbortSignal.timeout(5000);
  await collector.find(`${UID}/${ID}`, signal);
  for (let i = 0; i < 20; i++) await collector.find(`${'0'.repeat(30)}${10 + i}/${ID}`, signal);
  expect(asked).toBe(1);
  await sleep(300);
  await Promise.all(
    Array.from({ length: 20 }, (_, i) => collector.find(`${'1'.repeat(30)}${10 + i}/${ID}`, signal)),
  );
  expect(asked).toBe(2);
});

describe('a server that is not to be trusted is not', () => {
  test.each([
    ['by the system’s certificates alone', { caFile: undefined }, /certificate|issuer/],
    ['under another name', { serverName: 'n2' }, /altnames|does not match/],
    ['without its name', { serverName: undefined }, /altnames|does not match/],
  ])('%s', async (_, changed, reason) => {
    await expect(find({ url: await kubelet(pods), ...changed })).rejects.toThrow(reason);
  });

  test('unless the operator says so', async () => {
    const url = await kubelet(pods);
    const changed = { url, caFile: undefined, serverName: undefined, insecureSkipVerify: true };
    expect(texts(await find(changed))).toEqual(LABELS.toSorted());
  });
});

test.each(MISBEHAVIOUR)('a kubelet that %s gives no labels', async (_, does, reason) => {
  await expect(find({ url: await kubelet(does) })).rejects.toThrow(reason);
});

(canCreateCgroups ? describe : describe.skip)('a process in the cgroup of a pod', () => {
  async function labelsIn(cgroup: string): Promise<string> {
    const { pid } = await sleepIn(cgroup);
    const file = writeConfiguration(join(directory, 'agent.yaml'), {
      kubernetes: {
        enabled: true,
        url: await kubelet(pods),
        caFile,
        tokenFile,
        serverName: 'n1',
        deadline: '5s',
      },
    });
    return labelsOf(pid, file);
  }

  test('has the labels of the pod', async () => {
    const stdout = await labelsIn(`/kubepods/burstable/pod${UID}/${ID}`);
    expect(stdout).toContain('k8s:pod:name: web-5d4f8c-x7x2z');
    expect(stdout).toContain('k8s:container:name: web');
    expect(stdout).toContain('left out: 1 too-long');
  });

  test('that only looks like it has none', async () => {
    expect(await labelsIn(`/riptides-test/kubepods/burstable/pod${UID}/${ID}`)).not.toContain('k8s:');
  });
});

test('a configuration is needed', () => {
  expect(riptides(['labels', String(process.pid), '--config', join(directory, 'none.yaml')])).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('RTP1001'),
  });
});
