// SPDX-License-Identifier: Apache-2.0
// The metadata services of three clouds, by their documented answers.

import type { RequestListener } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { createAzureCollector } from '../../src/agent/labels/azure.ts';
import type { CloudOptions } from '../../src/agent/labels/cloud.ts';
import { createEc2Collector } from '../../src/agent/labels/ec2.ts';
import { createGcpCollector } from '../../src/agent/labels/gcp.ts';
import { boundLabels, textOf } from '../../src/agent/labels/bounds.ts';
import { withDeadline } from '../../src/agent/labels/source.ts';
import type { Collector } from '../../src/agent/labels/types.ts';
import { answerJson, MISBEHAVIOUR, serve } from './servers.ts';

async function collect(
  create: (options: CloudOptions) => Collector,
  listener: RequestListener,
): Promise<readonly string[]> {
  const collector = create({ host: '127.0.0.1', port: await serve(listener), deadline: 300, lifetime: 1000 });
  const found = await withDeadline(collector.deadline, undefined, (signal) => collector.find('host', signal));
  const { labels, dropped } = boundLabels(found?.labels ?? []);
  expect(dropped).toEqual({});
  return labels.map(textOf).sort();
}

const EC2: Readonly<Record<string, string>> = {
  'meta-data/security-groups': 'launch-wizard-24\nweb',
  'meta-data/instance-id': 'i-0214fc003bc83bcc1',
  'meta-data/instance-type': 't2.medium',
  'meta-data/ami-id': 'ami-06dd92ecc74fdfb36',
  'meta-data/kernel-id': 'aki-1',
  'meta-data/hostname': 'ip-172-31-19-35.eu-central-1.compute.internal',
  'meta-data/local-hostname': 'ip-172-31-19-35.eu-central-1.compute.internal',
  'meta-data/local-ipv4': '172.31.19.35',
  'meta-data/mac': '02:80:ac:db:6e:fd',
  'meta-data/public-hostname': 'ec2-18-197-158-100.eu-central-1.compute.amazonaws.com',
  'meta-data/public-ipv4': '18.197.158.100',
  'meta-data/placement/availability-zone': 'eu-central-1a',
  'meta-data/placement/availability-zone-id': 'euc1-az2',
  'meta-data/placement/region': 'eu-central-1',
  'meta-data/services/domain': 'amazonaws.com',
  'meta-data/services/partition': 'aws',
  'dynamic/instance-identity/document': JSON.stringify({
    accountId: '123456789012',
    availabilityZone: 'eu-central-1a',
    billingProducts: null,
    devpayProductCodes: null,
    instanceId: 'i-0214fc003bc83bcc1',
    marketplaceProductCodes: ['abc'],
    region: 'eu-central-1',
    version: '2017-09-30',
  }),
};

/** Version 2: a token by PUT, and nothing without it. */
const imds: RequestListener = ({ method, url = '', headers }, response) => {
  if (method === 'PUT' && url === '/latest/api/token') {
    const seconds = headers['x-aws-ec2-metadata-token-ttl-seconds'];
    response.writeHead(seconds === '60' ? 200 : 400).end('TOKEN==');
  } else if (headers['x-aws-ec2-metadata-token'] !== 'TOKEN==') response.writeHead(401).end();
  else {
    const text = EC2[url.replace('/latest/', '')];
    response.writeHead(text === undefined ? 404 : 200).end(text);
  }
};

test('Amazon EC2', async () => {
  expect(await collect(createEc2Collector, imds)).toEqual([
    'awsiid:accountId=123456789012',
    'awsiid:availabilityZone=eu-central-1a',
    'awsiid:instanceId=i-0214fc003bc83bcc1',
    'awsiid:marketplaceProductCodes=abc',
    'awsiid:region=eu-central-1',
    'awsiid:version=2017-09-30',
    'ec2:ami:id=ami-06dd92ecc74fdfb36',
    'ec2:instance:id=i-0214fc003bc83bcc1',
    'ec2:instance:type=t2.medium',
    'ec2:kernel:id=aki-1',
    'ec2:network:hostname=ip-172-31-19-35.eu-central-1.compute.internal',
    'ec2:network:local-hostname=ip-172-31-19-35.eu-central-1.compute.internal',
    'ec2:network:local-ipv4=172.31.19.35',
    'ec2:network:mac=02:80:ac:db:6e:fd',
    'ec2:network:public-hostname=ec2-18-197-158-100.eu-central-1.compute.amazonaws.com',
    'ec2:network:public-ipv4=18.197.158.100',
    'ec2:placement:availability-zone-id=euc1-az2',
    'ec2:placement:availability-zone=eu-central-1a',
    'ec2:placement:region=eu-central-1',
    'ec2:security-groups=launch-wizard-24',
    'ec2:security-groups=web',
    'ec2:services:domain=amazonaws.com',
    'ec2:services:partition=aws',
  ]);
});

const ACCOUNT = '758913618900-compute@developer.gserviceaccount.com';
const SCOPES = [
  'https://www.googleapis.com/auth/devstorage.read_only',
  'https://www.googleapis.com/auth/logging.write',
];
const ACCOUNT_ENTRY = { aliases: ['default'], email: ACCOUNT, scopes: SCOPES };
/** The number is one that JavaScript cannot hold. */
const GCP = `{
  "instance": {
    "attributes": {"mdkey": "mdvalue", "startup-script": "#!/bin/sh\\necho", "json": "{\\"a\\": 5240495278393851999, \\"b\\": 1}"},
    "cpuPlatform": "AMD Rome", "description": "", "disks": [], "guestAttributes": {}, "hostname": "i.c.p.internal",
    "id": 5240495278393851999, "image": "projects/debian-cloud/global/images/debian-11-bullseye-v20231115",
    "licenses": [{"id": "1"}], "machineType": "projects/758913618900/machineTypes/e2-medium", "name": "instance-1",
    "networkInterfaces": [{"accessConfigs": [{"externalIp": "35.204.15.15", "type": "ONE_TO_ONE_NAT"}],
      "ip": "10.164.0.2", "mac": "42:01:0a:a4:00:02", "network": "projects/758913618900/networks/default"}],
    "preempted": "FALSE", "scheduling": {"automaticRestart": "TRUE", "onHostMaintenance": "MIGRATE", "preemptible": "FALSE"},
    "serviceAccounts": {"${ACCOUNT}": ${JSON.stringify(ACCOUNT_ENTRY)}, "default": ${JSON.stringify(ACCOUNT_ENTRY)}},
    "tags": ["tag-1", "tag-2"], "zone": "projects/758913618900/zones/europe-west4-a"
  },
  "project": {"attributes": {"owner": "platform", "ssh-keys": "ops:ssh-ed25519 AAAA"}, "numericProjectId": 758913618900, "projectId": "shop-prod"}
}`;

const CLAIMS = {
  aud: 'riptides-agent',
  email: ACCOUNT,
  sub: '1122',
  google: {
    compute_engine: {
      instance_creation_timestamp: 1,
      instance_id: '5240495278393851999',
      instance_name: 'instance-1',
      project_id: 'shop-prod',
      project_number: 758913618900,
      zone: 'europe-west4-a',
    },
  },
};

const gcpServer: RequestListener = ({ url, headers }, response) => {
  if (headers['metadata-flavor'] !== 'Google') response.writeHead(403).end();
  else if (url === '/computeMetadata/v1/?recursive=true') response.end(GCP);
  else if (
    url?.startsWith('/computeMetadata/v1/instance/service-accounts/default/identity?audience=') === true
  )
    response.end(['e30', Buffer.from(JSON.stringify(CLAIMS)).toString('base64url'), 'AA'].join('.'));
  else response.writeHead(404).end();
};

test('Google Cloud', async () => {
  expect(await collect(createGcpCollector, gcpServer)).toEqual([
    'gcp:instance:attribute:json={"a": 5240495278393851999, "b": 1}',
    'gcp:instance:attribute:mdkey=mdvalue',
    'gcp:instance:cpu-platform=AMD Rome',
    'gcp:instance:id=5240495278393851999',
    'gcp:instance:image:name=debian-11-bullseye-v20231115',
    'gcp:instance:image:project=debian-cloud',
    'gcp:instance:machine:project=758913618900',
    'gcp:instance:machine:type=e2-medium',
    'gcp:instance:name=instance-1',
    'gcp:instance:network:mac=42:01:0a:a4:00:02',
    'gcp:instance:network:private-ipv4=10.164.0.2',
    'gcp:instance:network:public-ipv4=35.204.15.15',
    'gcp:instance:placement:project=758913618900',
    'gcp:instance:placement:region=europe-west4',
    'gcp:instance:placement:zone=europe-west4-a',
    'gcp:instance:scheduling:automatic-restart=true',
    'gcp:instance:scheduling:onHostMaintenance=migrate',
    'gcp:instance:scheduling:preemptible=false',
    `gcp:instance:serviceaccount:${ACCOUNT}:alias=default`,
    `gcp:instance:serviceaccount:${ACCOUNT}:email=${ACCOUNT}`,
    ...SCOPES.map((scope) => `gcp:instance:serviceaccount:${ACCOUNT}:scope=${scope}`),
    'gcp:instance:tag=tag-1',
    'gcp:instance:tag=tag-2',
    'gcp:project:attribute:owner=platform',
    'gcp:project:id:numeric=758913618900',
    'gcp:project:id=shop-prod',
    `gcpiit:email=${ACCOUNT}`,
    'gcpiit:instance:id=5240495278393851999',
    'gcpiit:instance:name=instance-1',
    'gcpiit:project:id=shop-prod',
    'gcpiit:project:number=758913618900',
    'gcpiit:sub=1122',
    'gcpiit:zone=europe-west4-a',
  ]);
});

const AZURE = {
  compute: {
    azEnvironment: 'AzurePublicCloud', location: 'westeurope', name: 'demo', offer: '0001-com-ubuntu-server-jammy', osType: 'Linux',
    placementGroupId: 'pg-1', priority: 'Spot', provider: 'Microsoft.Compute', publisher: 'canonical', resourceGroupName: 'base',
    sku: '22_04-lts-gen2', subscriptionId: 'aef37fca-5441-4532-a1a9-726b55173ca0', version: '22.04.202311010', zone: '1',
    tags: 'department:accounting;region:emea', tagsList: [{ name: 'department', value: 'accounting' }, { name: 'region', value: 'emea' }],
    vmId: 'afe12e91-33d9-4b5b-b915-ac81fe117b12', vmScaleSetName: 'default', vmSize: 'Standard_B2ats_v2',
  },
  network: {
    interface: [
      {
        ipv4: { ipAddress: [{ privateIpAddress: '10.0.0.4', publicIpAddress: '51.0.0.1' }], subnet: [{ address: '10.0.0.0', prefix: '24' }] },
        ipv6: { ipAddress: [] },
        macAddress: '000D3A27CA60',
      },
    ],
  },
}; // prettier-ignore

const azureServer: RequestListener = ({ url, headers }, response) => {
  if (headers['metadata'] !== 'true') response.writeHead(400).end();
  else if (url === '/metadata/instance?api-version=2021-02-01') answerJson(response, AZURE);
  else response.writeHead(404).end();
};

test('Microsoft Azure', async () => {
  expect(await collect(createAzureCollector, azureServer)).toEqual([
    'azure:name=demo',
    'azure:network:mac=000D3A27CA60',
    'azure:network:private-ipv4=10.0.0.4',
    'azure:network:public-ipv4=51.0.0.1',
    'azure:ostype=Linux',
    'azure:placement:groupid=pg-1',
    'azure:placement:location=westeurope',
    'azure:placement:zone=1',
    'azure:priority=Spot',
    'azure:provider=Microsoft.Compute',
    'azure:resourcegroup:name=base',
    'azure:sku=22_04-lts-gen2',
    'azure:subscription:id=aef37fca-5441-4532-a1a9-726b55173ca0',
    'azure:tag:department=accounting',
    'azure:tag:region=emea',
    'azure:vm:id=afe12e91-33d9-4b5b-b915-ac81fe117b12',
    'azure:vm:offer=0001-com-ubuntu-server-jammy',
    'azure:vm:publisher=canonical',
    'azure:vm:scaleset:name=default',
    'azure:vm:size=Standard_B2ats_v2',
    'azure:vm:version=22.04.202311010',
  ]);
});

describe.each([
  ['Amazon EC2', createEc2Collector],
  ['Google Cloud', createGcpCollector],
  ['Microsoft Azure', createAzureCollector],
])('something else in the place of %s', (name, create) => {
  // Texts are no JSON at EC2, but the token is one by any other answer.
  const does =
    name === 'Amazon EC2' ? MISBEHAVIOUR.filter(([what]) => !/JSON|nothing/.test(what)) : MISBEHAVIOUR;
  test.each(does)('that %s gives no labels', async (_, misbehave, reason) => {
    await expect(collect(create, misbehave)).rejects.toThrow(reason);
  });

  test('that knows nothing gives none', async () => {
    await expect(collect(create, (_, response) => response.writeHead(404).end())).rejects.toThrow(
      /it has no|it is not/,
    );
  });
});
