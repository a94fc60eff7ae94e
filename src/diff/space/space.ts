// SPDX-License-Identifier: Apache-2.0
// The space of all connections, partitioned into finitely many cells that neither policy distinguishes further. Dimensions are
// independent but for two pairs, which a witness settles (witness.ts): the time and the minute of the week, and the trust domain and
// the path of a peer.

import { LIMITS } from '../../bundle/generated.ts';
import { type AddressDimension, type NumberDimension, startAddresses, startNumbers } from './numbers.ts';
import { startTexts, type TextDimension } from './texts.ts';

/**
 * In the order in which diagrams test them. Endpoints come first, so that what remains is the condition of a change.
 */
export const DIMENSION = {
  hostName: 0,
  /** Of the other side. */
  address: 1,
  port: 2,
  /** Of a connection that is accepted: the port that it came in at. */
  localPort: 3,
  peerDomain: 4,
  peerPath: 5,
  uid: 6,
  gid: 7,
  name: 8,
  path: 9,
  cmdline: 10,
  time: 11,
  weekMinute: 12,
} as const;
export type DimensionName = keyof typeof DIMENSION;

/** From here on, dimensions are no part of an endpoint. */
export const FIRST_CONDITION: number = DIMENSION.peerDomain;

export interface Space {
  readonly hostName: TextDimension;
  readonly address: AddressDimension;
  readonly port: NumberDimension;
  readonly localPort: NumberDimension;
  readonly peerDomain: TextDimension;
  readonly peerPath: TextDimension;
  readonly uid: NumberDimension;
  readonly gid: NumberDimension;
  readonly name: TextDimension;
  readonly path: TextDimension;
  readonly cmdline: TextDimension;
  readonly time: NumberDimension;
  readonly weekMinute: NumberDimension;
}

/** Names of dimensions of one kind. */
export type NumberName = {
  [D in DimensionName]: Space[D] extends NumberDimension ? D : never;
}[DimensionName];
export type TextName = { [D in DimensionName]: Space[D] extends TextDimension ? D : never }[DimensionName];

export const DIMENSION_NAMES: readonly DimensionName[] = [
  'hostName',
  'address',
  'port',
  'localPort',
  'peerDomain',
  'peerPath',
  'uid',
  'gid',
  'name',
  'path',
  'cmdline',
  'time',
  'weekMinute',
];

const LAST_PORT = 65535;
const LAST_NUMBER = 4294967295;
export const MINUTES_OF_WEEK = 7 * 24 * 60;

/** Collects all boundaries before the space is built. */
export function startSpace() {
  const parts = {
    hostName: startTexts({ most: LIMITS.hostNameLength }),
    address: startAddresses(),
    port: startNumbers(LAST_PORT, false),
    localPort: startNumbers(LAST_PORT, false),
    peerDomain: startTexts({ most: LIMITS.spiffeIdLength, valid: (text) => !text.includes('/') }),
    peerPath: startTexts({
      most: LIMITS.spiffeIdLength,
      valid: (text) => text === '' || text.startsWith('/'),
    }),
    uid: startNumbers(LAST_NUMBER, true),
    gid: startNumbers(LAST_NUMBER, true),
    name: startTexts({ most: LIMITS.nameLength }),
    path: startTexts({ most: LIMITS.pathLength }),
    cmdline: startTexts({ most: LIMITS.cmdlineLength }),
    time: startNumbers(LAST_NUMBER, false),
    weekMinute: startNumbers(MINUTES_OF_WEEK - 1, false),
  };
  // A path begins with a slash, so that there is one besides the empty path.
  parts.peerPath.cut('starts', '/');
  const build = (): Space => ({
    hostName: parts.hostName.build(),
    address: parts.address.build(),
    port: parts.port.build(),
    localPort: parts.localPort.build(),
    peerDomain: parts.peerDomain.build(),
    peerPath: parts.peerPath.build(),
    uid: parts.uid.build(),
    gid: parts.gid.build(),
    name: parts.name.build(),
    path: parts.path.build(),
    cmdline: parts.cmdline.build(),
    time: parts.time.build(),
    weekMinute: parts.weekMinute.build(),
  });
  return { parts, build };
}

export type SpaceParts = ReturnType<typeof startSpace>['parts'];

/** How many cells each dimension has, by its number. */
export function cellCounts(space: Space): readonly number[] {
  return DIMENSION_NAMES.map((name) => space[name].count);
}
