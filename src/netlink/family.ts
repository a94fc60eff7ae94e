// SPDX-License-Identifier: Apache-2.0
// The number under which the kernel knows a generic netlink family, asked of nlctrl (include/uapi/linux/genetlink.h).

import { constants } from 'node:os';

import { UserError } from '../errors.ts';
import { CodecError, encodeAttribute, LITTLE_ENDIAN, splitAttributes } from './attributes.ts';
import { FAMILY } from './generated.ts';
import { NetlinkError, type Transport } from './transport.ts';

const CONTROL = {
  family: 16,
  version: 2,
  getFamily: 3,
  familyId: 1,
  familyName: 2,
  familyVersion: 3,
  groups: 7,
} as const;
/** Of a multicast group. */
const GROUP = { name: 1, id: 2 } as const;

export interface Family {
  readonly id: number;
  readonly version: number;
  /** Numbers of its multicast groups, by name. */
  readonly groups: ReadonlyMap<string, number>;
}

/**
 * Resolves the riptides family.
 *
 * @throws UserError `module-not-loaded` when the kernel has none
 */
export async function resolveFamily(transport: Transport): Promise<Family> {
  const family = await findFamily(transport, FAMILY.name);
  if (family === undefined) throw moduleNotLoaded();
  if (family.version !== FAMILY.version)
    throw new UserError('module-version', {
      message: `the loaded riptides module speaks netlink version ${family.version}, and this riptides speaks ${FAMILY.version}`,
      fix: 'install the module and the command line of the same release (riptides module build, riptides module load)',
    });
  return family;
}

function moduleNotLoaded(): UserError {
  return new UserError('module-not-loaded', {
    message: 'the riptides kernel module is not loaded',
    why: 'the kernel of this network namespace has no netlink family named riptides; it exists in the initial network namespace only',
    fix: 'load it with riptides module load, on the host and not in a container; to try riptides without it, use --target embedded',
  });
}

/** The family of a name; undefined when the kernel has none. */
export async function findFamily(transport: Transport, name: string): Promise<Family | undefined> {
  const attributes = encodeAttribute(CONTROL.familyName, new TextEncoder().encode(`${name}\0`));
  const request = {
    family: CONTROL.family,
    version: CONTROL.version,
    command: CONTROL.getFamily,
    attributes,
  };
  let replies: readonly Uint8Array[];
  try {
    replies = await transport.request(request);
  } catch (error) {
    if (error instanceof NetlinkError && error.errno === constants.errno.ENOENT) return undefined;
    throw error;
  }
  let id: number | undefined;
  let version: number | undefined;
  const groups = new Map<string, number>();
  for (const { type, payload } of replies.flatMap(splitAttributes)) {
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    if (type === CONTROL.familyId && payload.byteLength === 2) id = view.getUint16(0, LITTLE_ENDIAN);
    if (type === CONTROL.familyVersion && payload.byteLength === 4)
      version = view.getUint32(0, LITTLE_ENDIAN);
    if (type === CONTROL.groups)
      for (const entry of splitAttributes(payload)) addGroup(groups, entry.payload);
  }
  if (id === undefined || version === undefined)
    throw new CodecError(`nlctrl tells no number or version of the family ${name}`);
  return { id, version, groups };
}

function addGroup(groups: Map<string, number>, entry: Uint8Array): void {
  let name: string | undefined;
  let id: number | undefined;
  for (const { type, payload } of splitAttributes(entry)) {
    if (type === GROUP.name) name = new TextDecoder().decode(payload).replace(/\0.*$/s, '');
    if (type === GROUP.id && payload.byteLength === 4)
      id = new DataView(payload.buffer, payload.byteOffset, 4).getUint32(0, LITTLE_ENDIAN);
  }
  if (name !== undefined && id !== undefined) groups.set(name, id);
}
