// SPDX-License-Identifier: Apache-2.0
// Kubernetes: facts of the pod that a process runs in, from the kubelet of the node or from the API server. The cgroup names the pod and the
// container; the list of pods says what they are.

import * as z from 'zod';
import { podOf } from './cgroup.ts';
import { getText, parseJson, type Request } from './http.ts';
import { readBounded } from './process.ts';
import { type Collector, type Found, type Label, NoAnswer } from './types.ts';

export interface KubernetesOptions {
  readonly source: 'kubelet' | 'api';
  /** `https://127.0.0.1:10250` */
  readonly url: string;
  /** Of this node, by which the API server is asked. */
  readonly nodeName?: string | undefined;
  /** Read again for each request: tokens of service accounts are replaced each hour. */
  readonly tokenFile?: string | undefined;
  readonly caFile?: string | undefined;
  /** The name that the certificate must have, where it is not that of the URL. */
  readonly serverName?: string | undefined;
  /** Whether a certificate of any issuer will do. */
  readonly insecureSkipVerify: boolean;
  readonly deadline: number;
  readonly lifetime: number;
}

/** Milliseconds in which the list of pods is asked for once, however many processes of unknown pods there are. */
const SHORTEST_INTERVAL = 250;
/** Bytes of a token or a certificate. */
const LONGEST_FILE = 1024 * 1024;

/** Collects `k8s:…`. */
export function createKubernetesCollector(options: KubernetesOptions): Collector {
  const { deadline, lifetime } = options;
  let last: { readonly at: number; readonly pods: ReadonlyMap<string, Pod> } | undefined;
  let listing: Promise<ReadonlyMap<string, Pod>> | undefined;
  const list = (signal: AbortSignal): Promise<ReadonlyMap<string, Pod>> =>
    // Who asks while a list is under way gets that one.
    (listing ??= listPods(options, signal)
      .then((all) => {
        const pods = new Map(all.map((pod) => [pod.metadata.uid, pod]));
        last = { at: performance.now(), pods };
        return pods;
      })
      .finally(() => (listing = undefined)));
  return {
    name: 'kubernetes',
    deadline,
    lifetime,
    keyOf: ({ cgroup }) => {
      const pod = cgroup === undefined ? undefined : podOf(cgroup);
      return pod === undefined ? undefined : `${pod.uid}/${pod.container ?? ''}`;
    },
    find: async (key, signal) => {
      const [uid = '', container = ''] = key.split('/');
      const age = last === undefined ? Number.POSITIVE_INFINITY : performance.now() - last.at;
      const known = age < lifetime ? last?.pods.get(uid) : undefined;
      // A pod that has just begun is not in an older list, nor are its containers.
      if (known !== undefined && hasContainer(known, container)) return toFound(known, container);
      const pods = age < SHORTEST_INTERVAL ? last?.pods : await list(signal);
      const pod = pods?.get(uid);
      if (pod === undefined) return undefined;
      if (!hasContainer(pod, container)) throw new NoAnswer('it does not know the container yet');
      return toFound(pod, container);
    },
    check: async (signal) => `${(await list(signal)).size} pods`,
  };
}

const container = z.object({ name: z.string(), image: z.string() });
const containers = z.array(container).nullish();
const status = z.object({
  name: z.string(),
  containerID: z.string().nullish(),
  imageID: z.string().nullish(),
});
const statuses = z.array(status).nullish();
const texts = z.record(z.string(), z.string()).nullish();

/** What is used of a pod. */
const POD = z.object({
  metadata: z.object({
    uid: z.string(),
    name: z.string(),
    namespace: z.string(),
    labels: texts,
    annotations: texts,
    ownerReferences: z
      .array(z.object({ apiVersion: z.string(), kind: z.string(), name: z.string() }))
      .nullish(),
  }),
  spec: z.object({
    nodeName: z.string().nullish(),
    serviceAccountName: z.string().nullish(),
    containers,
    initContainers: containers,
    ephemeralContainers: containers,
  }),
  status: z.object({
    containerStatuses: statuses,
    initContainerStatuses: statuses,
    ephemeralContainerStatuses: statuses,
  }),
});
type Pod = z.output<typeof POD>;
const LIST = z.object({ items: z.array(z.unknown()).nullable() });

async function listPods(options: KubernetesOptions, signal: AbortSignal): Promise<readonly Pod[]> {
  const text = await getText(await toRequest(options), signal);
  if (text === undefined) throw new NoAnswer('it has no list of pods');
  return readPods(text);
}

/** The pods of a list. One that cannot be read is one that is not known; the others are. @throws NoAnswer */
export function readPods(text: string): readonly Pod[] {
  const { items } = parseJson(text, (value) => LIST.parse(value));
  return (items ?? []).flatMap((item) => POD.safeParse(item).data ?? []);
}

async function toRequest(options: KubernetesOptions): Promise<Request> {
  const { source, url, nodeName = '', tokenFile, caFile, serverName, insecureSkipVerify } = options;
  const { hostname, port, protocol } = new URL(url);
  const token = tokenFile === undefined ? undefined : (await readBounded(tokenFile, LONGEST_FILE)).trim();
  const selector = encodeURIComponent(`spec.nodeName=${nodeName}`);
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? 443 : Number(port),
    path: source === 'kubelet' ? '/pods' : `/api/v1/pods?fieldSelector=${selector}`,
    headers: { accept: 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    ...(protocol === 'https:' && {
      tls: {
        ca: caFile === undefined ? undefined : await readBounded(caFile, LONGEST_FILE),
        ...(serverName !== undefined && { servername: serverName }),
        rejectUnauthorized: !insecureSkipVerify,
      },
    }),
  };
}

type Status = z.output<typeof status>;

function statusesOf({ status: all }: Pod): readonly Status[] {
  return [all.containerStatuses, all.initContainerStatuses, all.ephemeralContainerStatuses].flatMap(
    (list) => list ?? [],
  );
}

/** The status of a container: `containerd://ID`. */
function statusOf(pod: Pod, id: string): Status | undefined {
  return statusesOf(pod).find(({ containerID }) => containerID?.replace(/^[a-z-]+:\/\//, '') === id);
}

/** Whether a pod has a container; every pod has none. */
function hasContainer(pod: Pod, id: string): boolean {
  return id === '' || statusOf(pod, id) !== undefined;
}

/** What a pod is, and which container of it a process is in. */
export function toFound(pod: Pod, id: string): Found {
  const { metadata, spec } = pod;
  const own = id === '' ? undefined : statusOf(pod, id);
  const labels: (readonly [string, string | null | undefined])[] = [
    ['pod:name', metadata.name],
    ['pod:namespace', metadata.namespace],
    ['pod:serviceaccount', spec.serviceAccountName],
    ['node:name', spec.nodeName],
    ['container:name', own?.name],
    ['container:image:id', own?.imageID],
    ...ownerOf(metadata.ownerReferences?.[0]),
    ...images('pod:image', spec.containers, pod.status.containerStatuses),
    ...images('pod:init-image', spec.initContainers, pod.status.initContainerStatuses),
    ...images('pod:ephemeral-image', spec.ephemeralContainers, pod.status.ephemeralContainerStatuses),
    ...Object.entries(metadata.labels ?? {}).map(([key, value]) => [`label:${key}`, value] as const),
    ...Object.entries(metadata.annotations ?? {}).map(
      ([key, value]) => [`annotation:${key}`, value] as const,
    ),
  ];
  return {
    labels: labels.flatMap(([name, value]): readonly Label[] =>
      value === undefined || value === null || value === '' ? [] : [{ name: `k8s:${name}`, value }],
    ),
  };
}

function ownerOf(
  owner: { readonly apiVersion: string; readonly kind: string; readonly name: string } | undefined,
) {
  if (owner === undefined) return [];
  return [
    ['pod:owner:kind', owner.kind.toLowerCase()],
    ['pod:owner:kind-with-version', `${owner.apiVersion}/${owner.kind}`.toLowerCase()],
    ['pod:owner:name', owner.name],
  ] as const;
}

function images(
  name: string,
  list: z.output<typeof containers>,
  known: z.output<typeof statuses>,
): readonly (readonly [string, string])[] {
  return [
    [`${name}:count`, String(list?.length ?? 0)],
    ...(list ?? []).map(({ image }) => [`${name}:name`, image] as const),
    ...(known ?? []).flatMap(({ imageID }) => (imageID ? [[`${name}:id`, imageID] as const] : [])),
  ];
}
