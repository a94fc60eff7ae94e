// SPDX-License-Identifier: Apache-2.0
// Conditions as data.

/** What must hold of a connection: true or false of every one, never undecided. */
export type Condition =
  | { readonly kind: 'constant'; readonly value: boolean }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'all' | 'any'; readonly of: readonly Condition[] }
  | NumberTest
  | TextTest
  | AddressTest;

export type NumberField =
  | 'processUid'
  | 'processGid'
  | 'destinationPort'
  | 'sourcePort'
  | 'time'
  | 'dayMinute'
  | 'weekMinute';
export type TextField =
  | 'processName'
  | 'processBinaryPath'
  | 'processCmdline'
  | 'destinationName'
  | 'peerId'
  | 'peerDomain'
  | 'peerPath';
export type AddressField = 'destinationIp' | 'sourceIp';

/** A number from `low` to `high`, both included: 0 to 2³² − 1, low not above high. */
export interface NumberTest {
  readonly kind: 'number';
  readonly field: NumberField;
  readonly low: number;
  readonly high: number;
}

/** `text` is not empty, unless the test is `equal`: then the field must be empty, too. */
export interface TextTest {
  readonly kind: 'text';
  readonly field: TextField;
  readonly test: 'equal' | 'starts' | 'ends';
  readonly text: string;
}

/** An address in a prefix: 16 bytes, IPv4 in its mapped form; bits after the prefix are zero. */
export interface AddressTest {
  readonly kind: 'address';
  readonly field: AddressField;
  readonly address: Uint8Array;
  readonly prefixLength: number;
}
