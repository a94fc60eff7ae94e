// SPDX-License-Identifier: Apache-2.0
// Google Cloud: what its metadata service says of the machine.

import * as z from 'zod';
import { asRecord, type CloudOptions, LONGEST_ANSWER, requestTo, scalars, text, texts } from './cloud.ts';
import { createHostCollector, labelsUnder } from './host.ts';
import { getText, parseJson, type Request } from './http.ts';
import { type Collector, type Label, NoAnswer } from './types.ts';

const map = z.record(z.string(), z.string()).nullish();
/** A number of 64 bits; as text where JavaScript has no number for it. */
const id = z.union([z.string(), z.number()]).transform(String);

/** What is used of /computeMetadata/v1/?recursive=true. */
const GCP = z.object({
  project: z.object({ projectId: text, numericProjectId: id, attributes: map }),
  instance: z.object({
    id,
    name: text,
    cpuPlatform: text,
    attributes: map,
    tags: texts,
    image: text,
    machineType: text,
    zone: text,
    scheduling: z.record(z.string(), z.string()).nullish(),
    networkInterfaces: z
      .array(
        z.object({
          mac: text,
          ip: text,
          accessConfigs: z.array(z.object({ externalIp: text })).nullish(),
        }),
      )
      .nullish(),
    serviceAccounts: z
      .record(z.string(), z.object({ aliases: texts, email: z.string(), scopes: texts }))
      .nullish(),
  }),
});

/** Whom the identity token is for: nobody takes it, as the agent reads its claims alone. */
const GCP_AUDIENCE = 'riptides-agent';

/** Attributes that are programs or keys, not properties. */
const GCP_LONG_ATTRIBUTES =
  /^(?:ssh-keys|sshKeys|startup-script.*|shutdown-script.*|user-data|kube-env|kubeconfig|configure-sh)$/;

/** Collects `gcp:…` and `gcpiit:…`. */
export function createGcpCollector(options: CloudOptions): Collector {
  return createHostCollector('gcp', options, async (signal) => {
    const headers = { 'metadata-flavor': 'Google' };
    const ask = (path: string): Request =>
      requestTo(options, `/computeMetadata/v1/${path}`, LONGEST_ANSWER, headers);
    const identity = `instance/service-accounts/default/identity?audience=${GCP_AUDIENCE}&format=full`;
    const [all, token] = await Promise.all([
      getText(ask('?recursive=true'), signal),
      getText(ask(identity), signal),
    ]);
    if (all === undefined) throw new NoAnswer('it is not the metadata service of Google Cloud');
    return [...readInstance(all), ...(token === undefined ? [] : readIdentity(token))];
  });
}

/** What the metadata say. @throws NoAnswer */
export function readInstance(json: string): readonly Label[] {
  const { project, instance } = parseJson(json, (value) => GCP.parse(value));
  const last = (path: string | null | undefined): string | undefined => path?.split('/').at(-1);
  const zone = last(instance.zone);
  const { image, machineType, scheduling } = instance;
  const attributes = (of: z.output<typeof map>) =>
    Object.entries(of ?? {}).filter(([name]) => !GCP_LONG_ATTRIBUTES.test(name));
  return labelsUnder('gcp', [
    ['project:id', project.projectId ?? undefined],
    ['project:id:numeric', project.numericProjectId],
    ...attributes(project.attributes).map(([name, value]) => [`project:attribute:${name}`, value] as const),
    ['instance:id', instance.id],
    ['instance:name', instance.name ?? undefined],
    ['instance:cpu-platform', instance.cpuPlatform ?? undefined],
    ...attributes(instance.attributes).map(([name, value]) => [`instance:attribute:${name}`, value] as const),
    ...(instance.tags ?? []).map((tag) => ['instance:tag', tag] as const),
    ['instance:image:name', last(image)],
    ['instance:image:project', image?.split('/')[1]],
    ['instance:machine:type', last(machineType)],
    ['instance:machine:project', machineType?.split('/')[1]],
    ['instance:placement:project', instance.zone?.split('/')[1]],
    ['instance:placement:zone', zone],
    ['instance:placement:region', zone?.replace(/-[^-]*$/, '')],
    ['instance:scheduling:automatic-restart', scheduling?.['automaticRestart']?.toLowerCase()],
    ['instance:scheduling:onHostMaintenance', scheduling?.['onHostMaintenance']?.toLowerCase()],
    ['instance:scheduling:preemptible', scheduling?.['preemptible']?.toLowerCase()],
    ...(instance.networkInterfaces ?? []).flatMap(({ mac, ip, accessConfigs }) => [
      ['instance:network:mac', mac ?? undefined] as const,
      ['instance:network:private-ipv4', ip ?? undefined] as const,
      ...(accessConfigs ?? []).map(
        ({ externalIp }) => ['instance:network:public-ipv4', externalIp ?? undefined] as const,
      ),
    ]),
    // Each account is there by its address, and again by its aliases.
    ...Object.entries(instance.serviceAccounts ?? {})
      .filter(([name, { email }]) => name === email)
      .flatMap(([, { email, aliases, scopes }]) => [
        [`instance:serviceaccount:${email}:email`, email] as const,
        ...(aliases ?? []).map((alias) => [`instance:serviceaccount:${email}:alias`, alias] as const),
        ...(scopes ?? []).map((scope) => [`instance:serviceaccount:${email}:scope`, scope] as const),
      ]),
  ]);
}

/** Claims of the identity token by the labels that they become. */
const GCP_CLAIMS = {
  'project:id': 'project_id',
  'project:number': 'project_number',
  'instance:id': 'instance_id',
  'instance:name': 'instance_name',
  zone: 'zone',
} as const;

/** What the identity token of the instance says. It comes from the metadata service itself, so its signature would prove nothing more here. */
export function readIdentity(token: string): readonly Label[] {
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
  const { own, compute } = parseJson(payload, (value) => {
    const claims = asRecord(value);
    const google = asRecord(claims['google'] ?? {});
    const all = asRecord(google['compute_engine'] ?? {});
    return { own: Object.fromEntries(scalars(claims)), compute: Object.fromEntries(scalars(all)) };
  });
  return labelsUnder('gcpiit', [
    ...Object.entries(GCP_CLAIMS).map(([name, claim]) => [name, compute[claim]] as const),
    ...['email', 'sub'].map((name) => [name, own[name]] as const),
  ]);
}
