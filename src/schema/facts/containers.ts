// SPDX-License-Identifier: Apache-2.0
// Facts of what runs a process: Kubernetes, Docker, systemd.

import { type Fact, facts } from './types.ts';

const image = (what: string): Readonly<Record<string, readonly [string, { readonly many: true }]>> => ({
  id: [`the id of the image of ${what}`, { many: true }],
  name: [`the name of the image of ${what}`, { many: true }],
});

function under<T>(prefix: string, entries: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(entries).map(([name, entry]) => [`${prefix}${name}`, entry]));
}

const KUBERNETES_FACTS = facts('kubelet', 'k8s:', {
  'label:<key>': 'a label of the pod',
  'annotation:<key>': 'an annotation of the pod',
  'pod:name': 'the name of the pod',
  'pod:namespace': 'its namespace',
  'pod:serviceaccount': 'the service account that it runs as',
  'pod:owner:kind': 'the kind of what owns the pod, such as replicaset',
  'pod:owner:kind-with-version': 'the same with its API version',
  'pod:owner:name': 'the name of what owns the pod',
  ...under('pod:image:', image('a container of the pod')),
  'pod:image:count': ['how many containers the pod has', { type: 'count' }],
  ...under('pod:init-image:', image('an init container of the pod')),
  'pod:init-image:count': ['how many init containers the pod has', { type: 'count' }],
  ...under('pod:ephemeral-image:', image('an ephemeral container of the pod')),
  'pod:ephemeral-image:count': ['how many ephemeral containers the pod has', { type: 'count' }],
  'container:name': 'the name of the container in its pod',
  'container:image:id': 'the id of its image',
  'node:name': 'the name of the node that the pod runs on',
});

const DOCKER_FACTS = facts('docker', 'docker:', {
  id: 'the id of the container',
  name: 'its name',
  cmdline: 'the command that it was started with',
  'env:<NAME>': 'a variable of its environment',
  'label:<key>': 'a label of the container',
  'image:name': 'the name of its image',
  'image:hash': 'the digest of its image',
  'network:mode': 'its network mode, such as bridge',
  'network:hostname': 'its host name',
  'port-binding': ['a port that is published on the host', { many: true }],
});

const SYSTEMD_FACTS = facts('systemd', 'systemd:', {
  unit: 'the unit that the process belongs to, such as nginx.service',
  description: "the unit's description",
  type: "the service's type, such as notify",
  'load-state': 'whether the unit file was loaded',
  'active-state': 'whether the unit is active',
  'sub-state': 'the state in words of its type, such as running',
  'unit-file-state': 'whether the unit is enabled',
  result: 'how the last run ended',
  'fragment-path': ['the path of its unit file', { type: 'path' }],
  slice: 'the slice that it is in',
  'invocation-id': 'the id of this run of the unit',
  'main-pid': ['the number of its main process', { type: 'count' }],
  restarts: ['how often it was restarted', { type: 'count' }],
  'started-at': 'when it was started',
  user: 'the user that the unit names',
  group: 'the group that it names',
  'dynamic-user': ['whether its user is made for each run', { type: 'boolean' }],
  'capability-bounding-set': ['a capability that it may have', { many: true }],
  'exec-start': ['a command that it runs', { many: true }],
  'env:<NAME>': 'a variable that the unit sets',
});

export const CONTAINER_FACTS: readonly Fact[] = [...KUBERNETES_FACTS, ...DOCKER_FACTS, ...SYSTEMD_FACTS];
