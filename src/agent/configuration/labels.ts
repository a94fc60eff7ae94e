// SPDX-License-Identifier: Apache-2.0
// What the configuration says of labels: which collectors there are, and where they ask.

import * as z from 'zod';
import { nonEmptyList, type Problem, rule } from '../../schema/check.ts';
import { absolutePath, isLoopback, milliseconds, serverUrl, variables } from './fields.ts';

/** Milliseconds. */
const SHORTEST_DEADLINE = 10;
/** The kernel waits two seconds (answer-within of spec/riptides.yaml); `riptides labels` for all. */
const LONGEST_DEADLINE = 10_000;
const SHORTEST_REFRESH = 1000;
const LONGEST_REFRESH = 3_600_000;

const deadline = (usual: number) =>
  milliseconds(SHORTEST_DEADLINE, LONGEST_DEADLINE)
    .default(usual)
    .describe(`How long an answer may take. ${usual}ms unless given.`);

const refresh = (usual: number) =>
  milliseconds(SHORTEST_REFRESH, LONGEST_REFRESH)
    .default(usual)
    .describe(`For how long an answer counts; then it is asked for again. ${usual / 1000}s unless given.`);

const DEADLINE = 500;
/** The metadata services of clouds are asked once in a while, for many things. */
const CLOUD_DEADLINE = 1000;
const REFRESH = 30_000;
const HOST_REFRESH = 300_000;

const enabled = z.boolean();
const automatic = z
  .literal([true, false, 'auto'])
  .default('auto')
  .describe('Whether it is asked. auto: while its socket exists.');

const environment = variables.describe('Names of variables of the environment that become labels.');

const systemd = z
  .strictObject({
    enabled: automatic,
    socket: absolutePath
      .default('/run/dbus/system_bus_socket')
      .describe('The socket of the system bus, on which systemd is asked.'),
    environment,
    deadline: deadline(DEADLINE),
    refreshInterval: refresh(REFRESH),
  })
  .prefault({})
  .describe('systemd:…, from systemd.');

const containers = (socket: string, product: string) =>
  z
    .strictObject({
      enabled: automatic,
      sockets: nonEmptyList(absolutePath)
        .default([socket])
        .describe(
          'Sockets of its API, asked in this order. Of one that is not root’s, containers of its owner alone are believed.',
        ),
      environment,
      deadline: deadline(DEADLINE),
      refreshInterval: refresh(REFRESH),
    })
    .prefault({})
    .describe(`docker:…, from ${product}.`);

const kubernetes = z
  .strictObject({
    enabled: enabled.default(false).describe('Whether it is asked.'),
    source: z
      .enum(['kubelet', 'api'])
      .default('kubelet')
      .describe('Who is asked for the pods of this node: its kubelet, or the API server.'),
    url: serverUrl('https', 'https://127.0.0.1:10250')
      .default('https://127.0.0.1:10250')
      .describe('Where that is.'),
    nodeName: z.string().optional().describe('The name of this node, by which the API server is asked.'),
    tokenFile: absolutePath.optional().describe('A file with the bearer token. It is read for each request.'),
    caFile: absolutePath.optional().describe('Certificates of the issuers that are trusted, as PEM.'),
    serverName: z
      .string()
      .optional()
      .describe('The name that the certificate must have, where it is not that of the URL.'),
    insecureSkipVerify: z
      .boolean()
      .default(false)
      .describe('Whether any certificate will do: only for a kubelet on a loopback address.'),
    deadline: deadline(DEADLINE),
    refreshInterval: refresh(REFRESH),
  })
  .check(rule(kubernetesProblem))
  .prefault({})
  .describe('k8s:…, from the kubelet or the API server.');

function kubernetesProblem({
  enabled: isEnabled,
  source,
  url,
  nodeName,
  insecureSkipVerify,
}: {
  readonly enabled: boolean;
  readonly source: string;
  readonly url: string;
  readonly nodeName?: string | undefined;
  readonly insecureSkipVerify: boolean;
}): Problem | undefined {
  if (isEnabled && source === 'api' && nodeName === undefined) {
    return {
      code: 'RTP1106',
      message: 'the field "nodeName" is missing',
      why: 'the API server would give the pods of all nodes',
      fix: 'write the name of this node, as kubectl get nodes prints it',
      at: ['nodeName'],
    };
  }
  if (insecureSkipVerify && !isLoopback(url)) {
    return {
      code: 'RTP1109',
      message: 'a server on another host needs a certificate that is verified',
      why: 'whoever is between could say what a pod is',
      fix: 'name the certificates of its issuers in caFile',
      at: ['insecureSkipVerify'],
    };
  }
  return undefined;
}

const METADATA_URL = 'http://169.254.169.254';

const cloud = (facts: string, product: string) =>
  z
    .strictObject({
      enabled: enabled.default(false).describe('Whether it is asked.'),
      url: serverUrl('http', METADATA_URL)
        .default(METADATA_URL)
        .describe('The metadata service, by its IP address.'),
      deadline: deadline(CLOUD_DEADLINE),
      refreshInterval: refresh(HOST_REFRESH),
    })
    .prefault({})
    .describe(`${facts}, from the metadata service of ${product}.`);

const host = (facts: string) =>
  z
    .strictObject({
      enabled: enabled.default(true).describe('Whether it is read.'),
      deadline: deadline(DEADLINE),
      refreshInterval: refresh(HOST_REFRESH),
    })
    .prefault({})
    .describe(facts);

/** `spec.labels` of the configuration. */
export const labelsSchema = z
  .strictObject({
    static: z
      .record(z.string(), z.string())
      .default({})
      .describe('static:…, what the operator says of this host.'),
    systemd,
    docker: containers('/var/run/docker.sock', 'Docker'),
    podman: containers('/run/podman/podman.sock', 'Podman'),
    kubernetes,
    ec2: cloud('ec2:… and awsiid:…', 'Amazon EC2'),
    gcp: cloud('gcp:… and gcpiit:…', 'Google Cloud'),
    azure: cloud('azure:…', 'Microsoft Azure'),
    linuxos: host('linuxos:…, the distribution and its kernel.'),
    sysfsdmi: host('sysfsdmi:…, what the firmware says of the machine.'),
    node: host('node:…, the host and its network.'),
  })
  .prefault({})
  .describe('Where labels of processes come from.');

export type LabelsConfiguration = z.output<typeof labelsSchema>;
