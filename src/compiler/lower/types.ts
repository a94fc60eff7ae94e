// SPDX-License-Identifier: Apache-2.0
// Stage 5, lower: the model to the tables of a bundle. Every decision about numbers is taken here: which selector
// takes precedence, which rule has which id, which table an address goes to. What is left to emit is hashing and bytes.
// The tables mirror the records of spec/bundle.yaml; docs/bundle-format.md says how they are used.

/** A bundle before it is bytes. Lists of numbers are ascending and without duplicates. */
export interface Tables {
  readonly trustDomain: string;
  /** Of FEATURE_FLAGS: what the tables need of the host. */
  readonly features: number;
  /** Of BUNDLE_FLAGS. */
  readonly flags: number;
  /** Sets of services are numbered from 0 to this less 1. */
  readonly setCount: number;
  readonly prefixLengths: readonly number[];
  /** By fact, then by value. */
  readonly values: readonly TableValue[];
  readonly terms: readonly TableTerm[];
  /** In order of precedence. */
  readonly selectors: readonly TableSelector[];
  readonly preconditions: readonly TablePrecondition[];
  /** Of each selector: its precondition, or NONE. */
  readonly preconditionOf: readonly number[];
  readonly identities: readonly TableIdentity[];
  readonly rules: readonly TableRule[];
  /** Numbers of the egress rules that can be found by identity and set, ascending. */
  readonly grants: readonly number[];
  readonly services: readonly TableService[];
  readonly hosts4: readonly TableHost[];
  readonly hosts6: readonly TableHost[];
  readonly trie4: readonly TableNode[];
  readonly trie6: readonly TableNode[];
  /** By name. */
  readonly names: readonly TableName[];
  /** Each different one once, in the order of their first rules. */
  readonly options: readonly TableOption[];
  /** Each different one once, in the order of their first use. */
  readonly conditions: readonly (readonly TableInstruction[])[];
  /** By address, then by length; each once. */
  readonly prefixes: readonly TablePrefix[];
  /** By identity. */
  readonly svids: readonly TableSvid[];
  /** By name. */
  readonly sources: readonly TableSource[];
  /** By identity, then by name. */
  readonly bindings: readonly TableBinding[];
}

export interface TableValue {
  /** A number of FACTS. */
  readonly fact: number;
  readonly data: number | string;
  readonly terms: readonly number[];
}

export interface TableTerm {
  /** A number of FACTS. */
  readonly fact: number;
  /** Of TERM_FLAGS. */
  readonly flags: number;
  /** The selectors that are looked up through this term. */
  readonly selectors: readonly number[];
}

export interface TableSelector {
  readonly identity: number;
  readonly terms: readonly number[];
}

/** What selectors demand besides labels of the agent. */
export interface TablePrecondition {
  /** The first selector that has it. */
  readonly selector: number;
  /** A value of AGENT_LOSS. */
  readonly agentLoss: number;
  readonly terms: readonly number[];
}

export interface TableIdentity {
  readonly workloadId: string;
  readonly rulesFirst: number;
  readonly rulesCount: number;
  /** Where its inbound rules begin, the inbound default first; 0 when it has none. */
  readonly inboundFirst: number;
  readonly inboundCount: number;
  /** A condition, or NONE. */
  readonly peers: number;
  /** A value of MODE. */
  readonly mode: number;
  /** A value of TLS_MODE. */
  readonly tls: number;
  /** Of IDENTITY_FLAGS. */
  readonly flags: number;
  /** A value of AGENT_LOSS. */
  readonly agentLoss: number;
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
  /** An index into `options`, or NONE. */
  readonly options: number;
}

/** What few rules have; every field but `tls` and `flags` is a number of something, or NONE. */
export interface TableOption {
  readonly condition: number;
  readonly peers: number;
  readonly identity: number;
  /** A value of TLS_MODE. */
  readonly tls: number;
  /** Of OPTION_FLAGS. */
  readonly flags: number;
}

/** A test, and where to go on: an instruction of the same condition further down, or a value of END. */
export interface TableInstruction {
  /** A value of FIELD. */
  readonly field: number;
  /** A value of TEST. */
  readonly test: number;
  /** The lowest number, a text, or an index into `prefixes`. */
  readonly data: number | string;
  /** The highest number; 0 unless the test is a range. */
  readonly high: number;
  readonly whenTrue: number;
  readonly whenFalse: number;
}

/** A prefix of addresses: 16 bytes, IPv4 in its mapped form. */
export interface TablePrefix {
  readonly address: Uint8Array;
  readonly prefixLength: number;
}

/** A host name in lower case without a dot at the end, and its ports: ascending and disjoint. */
export interface TableName {
  readonly name: string;
  readonly ports: readonly TablePorts[];
}

/** Times are seconds, 0 where nothing is said. */
export interface TableSvid {
  readonly identity: number;
  readonly x509Ttl: number;
  readonly jwtTtl: number;
  readonly dnsNames: readonly string[];
  readonly audiences: readonly string[];
}

export interface TableSource {
  readonly name: string;
  /** A value of PROVIDER. */
  readonly provider: number;
  /** 64 hexadecimal digits. */
  readonly digest: string;
}

/** `set` and `condition` are numbers, or NONE; `uses` is 0 for any number of times. */
export interface TableBinding {
  readonly name: string;
  readonly identity: number;
  readonly source: number;
  readonly set: number;
  readonly condition: number;
  readonly uses: number;
  /** Of BINDING_FLAGS. */
  readonly flags: number;
}

export interface TableService {
  readonly name: string;
  /** Of SERVICE_FLAGS. */
  readonly flags: number;
  readonly sets: readonly number[];
}

/** Services at one address (4 or 16 bytes) and port; port 0 is any port. Services are as listService() lists them. */
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
