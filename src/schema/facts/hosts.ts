// SPDX-License-Identifier: Apache-2.0
// Facts of the host that a process runs on, and those that its operator gives it.

import { type Fact, facts } from './types.ts';

const OS_FACTS = facts('host', 'linuxos:', {
  name: 'the name of the distribution',
  version: 'its version',
  'kernel:release': "the kernel's release, as uname -r prints it",
  'kernel:version': "the kernel's version, as uname -v prints it",
});

const NODE_FACTS = facts('host', 'node:', {
  hostname: 'the name of the host',
  uuid: 'its machine id',
  'os:type': 'the kind of operating system',
  'os:version': 'its version',
  'platform:name': 'the name of the platform',
  'platform:family': 'the family that it belongs to',
  'platform:version': 'its version',
  'virtualization:type': 'what virtualises the host',
  'virtualization:role': 'whether it is a guest or a host',
  'kernel:version': 'the version of the kernel',
  'kernel:arch': 'the architecture of the kernel',
  'network:interface:count': ['how many network interfaces there are', { type: 'count' }],
  'network:interface:name': ['the name of one', { many: true }],
  'network:interface:<interface>:mac_address': 'the hardware address of an interface',
  'network:interface:<interface>:mtu': ['its MTU', { type: 'count' }],
  'network:interface:<interface>:index': ['its number', { type: 'count' }],
  'network:interface:<interface>:ip': ['an address of it', { type: 'ip', many: true }],
  'network:interface:<interface>:ip:<n>:address': ['its nth address', { type: 'ip' }],
  'network:interface:<interface>:ip:<n>:type': 'the family of its nth address',
});

const DMI_FACTS = facts('host', 'sysfsdmi:', {
  'bios:date': "the firmware's date",
  'bios:release': "the firmware's release",
  'bios:vendor': "the firmware's vendor",
  'bios:version': "the firmware's version",
  'chassis:asset-tag': "the chassis's asset tag",
  'chassis:serial': "the chassis's serial number",
  'chassis:type': "the chassis's type",
  'chassis:vendor': "the chassis's vendor",
  'chassis:version': "the chassis's version",
  'product:family': "the product's family",
  'product:name': "the product's name",
  'product:serial': "the product's serial number",
  'product:sku': "the product's stock number",
  'product:version': "the product's version",
});

const MACHINE_FACTS = [
  ...facts('proxmox', 'proxmox:', {
    'guest:vmid': ['the number of the guest', { type: 'count' }],
    'guest:<key>': ['a property of the guest: type, name, tag, ip and others', { many: true }],
    'node:<key>': ['a property of the node that the guest runs on', { many: true }],
  }),
  ...facts('macos', 'macos:', {
    'build:<key>': ['a property of the build of macOS', { many: true }],
    'hardware:<key>': ['a property of the machine', { many: true }],
    'mdm:<key>': ['a property that the device management of the machine reports', { many: true }],
  }),
  ...facts('operator', 'static:', {
    '<name>': 'a property that the operator of the host sets',
  }),
];

export const HOST_FACTS: readonly Fact[] = [...OS_FACTS, ...NODE_FACTS, ...DMI_FACTS, ...MACHINE_FACTS];
