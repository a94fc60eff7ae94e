// SPDX-License-Identifier: Apache-2.0
// Stage 6, lower: the model to the tables of a bundle. Every decision about numbers is taken here: which selector
// takes precedence, which rule has which id, which table an address goes to. What is left to emit is hashing and bytes.
// The tables mirror the records of spec/bundle.yaml; docs/bundle-format.md says how they are used.

/** A bundle before it is bytes. Lists of numbers are ascending and without duplicates. */
export interface Tables {
  readonly trustDomain: string;
  /** Sets of services are numbered from 0 to this less 1. */
  readonly setCount: number;
  readonly prefixLengths: readonly number[];
  /** By fact, then by value. */
  readonly values: readonly TableValue[];
  readonly terms: readonly TableTerm[];
  /** In order of precedence. */
  readonly selectors: readonly TableSelector[];
  readonly identities: readonly TableIdentity[];
  readonly rules: readonly TableRule[];
  /** Numbers of the egress rules that can be found by identity and set, ascending. */
  readonly grants: readonly number[];
  readonly services: readonly TableService[];
  readonly hosts4: readonly TableHost[];
  readonly hosts6: readonly TableHost[];
  readonly trie4: readonly TableNode[];
  readonly trie6: readonly TableNode[];
}

export interface TableValue {
  /** A number of FACTS. */
  readonly fact: number;
  readonly data: number | string;
  readonly terms: readonly number[];
}

export interface TableTerm {
  /** The selectors that are looked up through this term. */
  readonly selectors: readonly number[];
}

export interface TableSelector {
  readonly identity: number;
  readonly terms: readonly number[];
}

export interface TableIdentity {
  readonly workloadId: string;
  readonly rulesFirst: number;
  readonly rulesCount: number;
  /** A value of MODE. */
  readonly mode: number;
}

export interface TableRule {
  /** NONE for the postures. */
  readonly identity: number;
  /** NONE unless it is an egress rule. */
  readonly set: number;
  /** A value of RULE_KIND. */
  readonly kind: number;
  /** A value of ACTION. */
  readonly action: number;
}

export interface TableService {
  readonly name: string;
  /** Of SERVICE_FLAGS. */
  readonly flags: number;
  readonly sets: readonly number[];
}

/** Services at one address (4 or 16 bytes) and port; port 0 is any port. */
export interface TableHost {
  readonly address: Uint8Array;
  readonly port: number;
  readonly services: readonly number[];
}

/** A node of a trie: children are indices, or NONE. */
export interface TableNode {
  readonly address: Uint8Array;
  readonly prefixLength: number;
  readonly left: number;
  readonly right: number;
  /** Ascending and disjoint. */
  readonly ports: readonly TablePorts[];
}

export interface TablePorts {
  readonly low: number;
  readonly high: number;
  readonly services: readonly number[];
}
