// SPDX-License-Identifier: Apache-2.0
// Amazon EC2: what its metadata service says of the machine.

import { asRecord, type CloudOptions, LONGEST_TEXT, requestTo, scalars } from './cloud.ts';
import { createHostCollector, labelsUnder } from './host.ts';
import { getText, parseJson } from './http.ts';
import { type Collector, NoAnswer } from './types.ts';

/** Paths below /latest/meta-data by the labels that they become. */
const EC2 = {
  'security-groups': 'security-groups',
  'instance:id': 'instance-id',
  'instance:type': 'instance-type',
  'ami:id': 'ami-id',
  'kernel:id': 'kernel-id',
  'network:hostname': 'hostname',
  'network:local-hostname': 'local-hostname',
  'network:local-ipv4': 'local-ipv4',
  'network:mac': 'mac',
  'network:public-hostname': 'public-hostname',
  'network:public-ipv4': 'public-ipv4',
  'placement:availability-zone': 'placement/availability-zone',
  'placement:availability-zone-id': 'placement/availability-zone-id',
  'placement:group-name': 'placement/group-name',
  'placement:host-id': 'placement/host-id',
  'placement:partition-number': 'placement/partition-number',
  'placement:region': 'placement/region',
  'services:domain': 'services/domain',
  'services:partition': 'services/partition',
} as const;

/** Seconds for which the token of a collection is good. */
const TOKEN_SECONDS = 60;

/** Collects `ec2:…` and `awsiid:…`, by version 2 of the metadata service, which asks for a token first. */
export function createEc2Collector(options: CloudOptions): Collector {
  return createHostCollector('ec2', options, async (signal) => {
    const seconds = { 'x-aws-ec2-metadata-token-ttl-seconds': String(TOKEN_SECONDS) };
    const wants = requestTo(options, '/latest/api/token', LONGEST_TEXT, seconds);
    const token = await getText({ ...wants, method: 'PUT' }, signal);
    if (token === undefined) throw new NoAnswer('it has no version 2 of the metadata service');
    const headers = { 'x-aws-ec2-metadata-token': token };
    const ask = (path: string): Promise<string | undefined> =>
      getText(requestTo(options, `/latest/${path}`, LONGEST_TEXT, headers), signal);
    const [document, ...values] = await Promise.all([
      ask('dynamic/instance-identity/document'),
      ...Object.entries(EC2).map(async ([name, path]) => [name, await ask(`meta-data/${path}`)] as const),
    ]);
    return [
      ...labelsUnder(
        'ec2',
        values.flatMap(([name, value]) =>
          // One on each line.
          name === 'security-groups'
            ? (value ?? '').split('\n').map((group) => [name, group.trim()] as const)
            : [[name, value?.trim()] as const],
        ),
      ),
      ...labelsUnder('awsiid', document === undefined ? [] : scalars(parseJson(document, asRecord))),
    ];
  });
}
