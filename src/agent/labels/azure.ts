// SPDX-License-Identifier: Apache-2.0
// Microsoft Azure: what its metadata service says of the machine.

import * as z from 'zod';
import { type CloudOptions, LONGEST_ANSWER, requestTo, text } from './cloud.ts';
import { createHostCollector, labelsUnder } from './host.ts';
import { getText, parseJson } from './http.ts';
import { type Collector, type Label, NoAnswer } from './types.ts';

/** What is used of /metadata/instance. */
const AZURE = z.object({
  compute: z.object({
    name: text,
    osType: text,
    priority: text,
    provider: text,
    sku: text,
    resourceGroupName: text,
    subscriptionId: text,
    location: text,
    placementGroupId: text,
    zone: text,
    vmSize: text,
    vmId: text,
    publisher: text,
    version: text,
    offer: text,
    vmScaleSetName: text,
    tagsList: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
  }),
  network: z
    .object({
      interface: z.array(
        z.object({
          macAddress: text,
          ipv4: z
            .object({ ipAddress: z.array(z.object({ privateIpAddress: text, publicIpAddress: text })) })
            .nullish(),
        }),
      ),
    })
    .nullish(),
});

const AZURE_PATH = '/metadata/instance?api-version=2021-02-01';

/** Collects `azure:…`. */
export function createAzureCollector(options: CloudOptions): Collector {
  return createHostCollector('azure', options, async (signal) => {
    const request = requestTo(options, AZURE_PATH, LONGEST_ANSWER, { metadata: 'true' });
    const text = await getText(request, signal);
    if (text === undefined) throw new NoAnswer('it is not the metadata service of Azure');
    return readInstance(text);
  });
}

/** What the metadata say. @throws NoAnswer */
export function readInstance(json: string): readonly Label[] {
  const { compute, network } = parseJson(json, (value) => AZURE.parse(value));
  return labelsUnder(
    'azure',
    [
      ['name', compute.name] as const,
      ['ostype', compute.osType] as const,
      ['priority', compute.priority] as const,
      ['provider', compute.provider] as const,
      ['sku', compute.sku] as const,
      ['resourcegroup:name', compute.resourceGroupName] as const,
      ['subscription:id', compute.subscriptionId] as const,
      ['placement:location', compute.location] as const,
      ['placement:groupid', compute.placementGroupId] as const,
      ['placement:zone', compute.zone] as const,
      ['vm:size', compute.vmSize] as const,
      ['vm:id', compute.vmId] as const,
      ['vm:publisher', compute.publisher] as const,
      ['vm:version', compute.version] as const,
      ['vm:offer', compute.offer] as const,
      ['vm:scaleset:name', compute.vmScaleSetName] as const,
      ...(compute.tagsList ?? []).map(({ name, value }) => [`tag:${name}`, value] as const),
      ...(network?.interface ?? []).flatMap(({ macAddress, ipv4 }) => [
        ['network:mac', macAddress] as const,
        ...(ipv4?.ipAddress ?? []).flatMap(({ privateIpAddress, publicIpAddress }) => [
          ['network:private-ipv4', privateIpAddress] as const,
          ['network:public-ipv4', publicIpAddress] as const,
        ]),
      ]),
    ].map(([name, value]) => [name, value ?? undefined] as const),
  );
}
