// SPDX-License-Identifier: Apache-2.0
// Facts of the machine at its cloud, and of the job at GitHub.

import { type Fact, facts } from './types.ts';

const AWS_FACTS = [
  ...facts('cloud', 'ec2:', {
    'security-groups': ['a security group of the instance', { many: true }],
    'instance:id': 'the id of the instance',
    'instance:type': 'its type',
    'ami:id': 'the id of its image',
    'kernel:id': 'the id of its kernel',
    'network:<key>': ['a property of its network', { many: true }],
    'placement:<key>': 'where it is: region, availability zone and others',
    'services:<key>': 'domain and partition of the services it uses',
  }),
  ...facts('cloud', 'awsiid:', {
    '<key>': 'a field of the signed instance identity document',
  }),
];

const GOOGLE_FACTS = [
  ...facts('cloud', 'gcp:', {
    'project:id': 'the id of the project',
    'project:id:numeric': ['its number', { type: 'count' }],
    'project:attribute:<key>': 'an attribute of the project',
    'instance:id': 'the id of the instance',
    'instance:name': 'its name',
    'instance:cpu-platform': 'its CPU platform',
    'instance:attribute:<key>': 'an attribute of the instance',
    'instance:tag': ['a network tag of it', { many: true }],
    'instance:image:<key>': 'a property of its image',
    'instance:machine:<key>': 'a property of its machine type',
    'instance:placement:project': 'the project that it is in',
    'instance:placement:zone': 'the zone that it is in',
    'instance:placement:region': 'the region that it is in',
    'instance:scheduling:<key>': 'how it is scheduled',
    'instance:network:<key>': ['a property of its network', { many: true }],
    'instance:serviceaccount:<n>:alias': ['an alias of a service account', { many: true }],
    'instance:serviceaccount:<n>:email': 'the address of a service account',
    'instance:serviceaccount:<n>:scope': ['a scope of a service account', { many: true }],
  }),
  ...facts('cloud', 'gcpiit:', {
    '<key>': 'a claim of the signed instance identity token',
  }),
];

const AZURE_FACTS = facts('cloud', 'azure:', {
  name: 'the name of the machine',
  ostype: 'the kind of operating system',
  priority: 'whether it is a spot machine',
  provider: 'the provider of the machine',
  sku: 'the stock number of its image',
  'resourcegroup:name': 'the resource group that it is in',
  'subscription:id': 'the subscription that it is in',
  'placement:location': 'where it is',
  'placement:groupid': 'the placement group that it is in',
  'placement:zone': 'the zone that it is in',
  'vm:size': 'its size',
  'vm:id': 'its id',
  'vm:publisher': 'the publisher of its image',
  'vm:version': 'the version of its image',
  'vm:offer': 'the offer of its image',
  'vm:scaleset:name': 'the scale set that it is in',
  'tag:<key>': 'a tag of the machine',
  'network:<key>': ['a property of its network', { many: true }],
});

const GITHUB_FACTS = facts('github', 'github:', {
  'verified:<claim>': 'what the signed token of the job says of it',
  'reported:<claim>': ['what the environment of the job says of it', { forgeable: true }],
  'token-verified': ['whether a token of the job was checked', { type: 'boolean' }],
});

export const CLOUD_FACTS: readonly Fact[] = [...AWS_FACTS, ...GOOGLE_FACTS, ...AZURE_FACTS, ...GITHUB_FACTS];
