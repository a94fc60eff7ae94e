// SPDX-License-Identifier: Apache-2.0
// Generated from spec/bundle.yaml by `npm run generate`. Do not edit.

export const BUNDLE_MAGIC = 'RTB1';
export const BUNDLE_VERSION = 5;
export const NONE = 4294967295;

export const LIMITS = {
  /** bytes of a bundle (64 MiB) */
  bundleSize: 67108864,
  /** bytes of one interned string */
  stringLength: 4095,
  /** bytes of a process name: the kernel's TASK_COMM_LEN less its NUL */
  nameLength: 15,
  /** bytes of a path: the kernel's PATH_MAX less its NUL */
  pathLength: 4095,
  /** bytes of a command line that are looked at */
  cmdlineLength: 1024,
  /** facts of a process, labels apart, that one evaluation is given */
  facts: 16,
  /** bytes of an address as a value of a fact */
  addressLength: 32,
  /** labels of a process that one evaluation is given */
  labels: 128,
  /** bytes of one label */
  labelLength: 1024,
  /** variables of the environment that a bundle names */
  envNames: 16,
  /** bytes of the name of one */
  envNameLength: 128,
  /** supplementary groups that a bundle names */
  namedGroups: 32,
  /** bytes of a host name (RFC 1035, 2.3.4, as text without the last dot) */
  hostNameLength: 253,
  /** names of a destination that one evaluation is given */
  names: 16,
  /** bytes of a SPIFFE ID (SPIFFE-ID, 2.3) */
  spiffeIdLength: 2048,
  /** instructions of one condition */
  conditionLength: 256,
  /** egress rules with a condition in one identity */
  conditionalRules: 128,
  /** inbound rules of one identity, its inbound default included */
  inboundRules: 257,
  /** prefixes of one table that may hold of one value at once */
  prefixHits: 16,
  /** different lengths of prefixes in one table */
  prefixLengths: 256,
  /** selectors that one fact value can bring into question */
  candidates: 1024,
  /** terms that one fact value can make true */
  valueTerms: 1024,
  /** terms of one selector */
  selectorTerms: 16,
  /** entries that share one hash bucket */
  bucket: 32,
  /** sets that one service is in */
  serviceSets: 4096,
  /** services at one address and port, and on one way through a trie */
  destinationServices: 256,
  /** sets that these services are in, added up */
  destinationSets: 32768,
  /** bytes of all strings, each as often as a record refers to it */
  referencedBytes: 268435456,
} as const;

export type Match = 'number' | 'string' | 'prefix';

export const FACTS = {
  /** name of the process (comm of its first thread); the process can change it */
  'process:name': { number: 1, match: 'string', limit: 15, doc: "name of the process (comm of its first thread); the process can change it" },
  /** absolute path of the executable, as the host's root sees it */
  'process:binary:path': { number: 2, match: 'string', limit: 4095, doc: "absolute path of the executable, as the host's root sees it" },
  /** effective user id, in the initial user namespace */
  'process:uid': { number: 3, match: 'number', limit: 0, doc: "effective user id, in the initial user namespace" },
  /** effective group id, in the initial user namespace */
  'process:gid': { number: 4, match: 'number', limit: 0, doc: "effective group id, in the initial user namespace" },
  /** command line, arguments joined by one space; the process can change it */
  'process:cmdline': { number: 5, match: 'prefix', limit: 1024, doc: "command line, arguments joined by one space; the process can change it" },
  /** port that the process connects to */
  'destination:port': { number: 6, match: 'number', limit: 0, doc: "port that the process connects to" },
  /** name=value of a fact that has no number of its own; a process may have many */
  'label': { number: 7, match: 'string', limit: 1024, doc: "name=value of a fact that has no number of its own; a process may have many" },
  /** 0: the process connects; 1: it accepts */
  'direction': { number: 8, match: 'number', limit: 0, doc: "0: the process connects; 1: it accepts" },
  /** address that the process connects to: 32 hexadecimal digits in lower case, IPv4 in its mapped form */
  'destination:ip': { number: 9, match: 'string', limit: 32, doc: "address that the process connects to: 32 hexadecimal digits in lower case, IPv4 in its mapped form" },
  /** address of the peer whose connection the process accepts, written likewise */
  'source:ip': { number: 10, match: 'string', limit: 32, doc: "address of the peer whose connection the process accepts, written likewise" },
  /** port of that peer */
  'source:port': { number: 11, match: 'number', limit: 0, doc: "port of that peer" },
} as const satisfies Record<string, { number: number; match: Match; limit: number; doc: string }>;
export type FactName = keyof typeof FACTS;

/** Names of the labels that the kernel collects itself; of an open one a colon and any name follow. */
export const KERNEL_LABELS = [
  { name: 'process:pid', open: false },
  { name: 'process:uid:real', open: false },
  { name: 'process:gid:real', open: false },
  { name: 'process:gid:additional', open: false },
  { name: 'process:binary:hash', open: false },
  { name: 'process:parent:binary:path', open: false },
  { name: 'process:ancestor:binary:path', open: false },
  { name: 'process:cgroup', open: false },
  { name: 'process:env', open: true },
  { name: 'process:namespace:cgroup', open: false },
  { name: 'process:namespace:ipc', open: false },
  { name: 'process:namespace:mnt', open: false },
  { name: 'process:namespace:net', open: false },
  { name: 'process:namespace:pid', open: false },
  { name: 'process:namespace:time', open: false },
  { name: 'process:namespace:user', open: false },
  { name: 'process:namespace:uts', open: false },
  { name: 'process:namespace:cgroup:host', open: false },
  { name: 'process:namespace:ipc:host', open: false },
  { name: 'process:namespace:mnt:host', open: false },
  { name: 'process:namespace:net:host', open: false },
  { name: 'process:namespace:pid:host', open: false },
  { name: 'process:namespace:time:host', open: false },
  { name: 'process:namespace:user:host', open: false },
  { name: 'process:namespace:uts:host', open: false },
] as const satisfies readonly { name: string; open: boolean }[];

/** what is done with a connection */
export const ACTION = { deny: 0, allow: 1, audit: 2 } as const;

/** what carries a connection */
export const PROTOCOL = { tcp: 0, udp: 1 } as const;

/** where a rule comes from */
export const RULE_KIND = { egressPosture: 0, ingressPosture: 1, identityDefault: 2, egress: 3, inboundDefault: 4, inbound: 5 } as const;

/** how far an identity's policy is enforced */
export const MODE = { enforce: 0, audit: 1, off: 2 } as const;

/** what becomes of a connection that needs labels which the agent does not tell; the strictest first */
export const AGENT_LOSS = { deny: 0, keep: 1, allow: 2 } as const;

/** what protects a connection */
export const TLS_MODE = { none: 0, mutual: 1, simple: 2, permissive: 3 } as const;

/** whether a workload ID with placeholders can be filled in for a process */
export const FILLING = { done: 0, missing: 1, several: 2, unfit: 3, tooLong: 4 } as const;

/** what an instruction of a condition looks at */
export const FIELD = { processName: 1, processBinaryPath: 2, processUid: 3, processGid: 4, processCmdline: 5, destinationPort: 6, destinationIp: 7, destinationName: 8, sourceIp: 9, sourcePort: 10, peerId: 11, peerDomain: 12, peerPath: 13, time: 14, dayMinute: 15, weekMinute: 16 } as const;

/** how an instruction looks at its field */
export const TEST = { range: 0, equal: 1, starts: 2, ends: 3, inside: 4 } as const;

/** how a condition ends, instead of an instruction to go on with */
export const END = { fails: 65534, holds: 65535 } as const;

/** where a credential comes from */
export const PROVIDER = { kubernetes: 1, aws: 2, gcp: 3, azure: 4, oci: 5, vault: 6, jwt: 7, oauth2: 8, rfc7523: 9, rfc8693: 10, githubapp: 11, conjur: 12 } as const;

/** what carrying out a bundle needs beyond deciding connections that are opened; a host that lacks one refuses the bundle */
export const FEATURE_FLAGS = { 'inbound': 1, 'tls': 2, 'peers': 4, 'credentials': 8, 'names': 16, 'labels': 32, 'templates': 64, 'agent-labels': 128 } as const;

/** properties of the whole */
export const BUNDLE_FLAGS = { keep: 1, udp: 2, denyOthers: 4 } as const;

/** properties of a service at a destination: in its number, above the bits that number it */
export const LISTING_FLAGS = { notTcp: 536870912, notUdp: 1073741824 } as const;

/** properties of a term */
export const TERM_FLAGS = { agent: 1 } as const;

/** properties of an identity */
export const IDENTITY_FLAGS = { template: 1, keep: 2 } as const;

/** properties of a rule with options */
export const OPTION_FLAGS = { intercept: 1 } as const;

/** properties of a credential binding */
export const BINDING_FLAGS = { sysfs: 1 } as const;

/** properties of a service */
export const SERVICE_FLAGS = { external: 1, tls: 2 } as const;

export type FieldType = 'u16' | 'u32' | 'bytes';
export interface FieldLayout {
  readonly name: string;
  readonly type: FieldType;
  readonly offset: number;
  readonly length: number;
}

/** Records: size, and fields in order. Strings and slices are two u32 fields each. */
export const RECORDS = {
  /** the first bytes of the file */
  header: {
    size: 36,
    fields: [
      { name: 'magic', type: 'bytes', offset: 0, length: 4 },
      { name: 'version', type: 'u16', offset: 4, length: 2 },
      { name: 'headerSize', type: 'u16', offset: 6, length: 2 },
      { name: 'size', type: 'u32', offset: 8, length: 4 },
      { name: 'sectionCount', type: 'u32', offset: 12, length: 4 },
      { name: 'trustDomainOffset', type: 'u32', offset: 16, length: 4 },
      { name: 'trustDomainLength', type: 'u32', offset: 20, length: 4 },
      { name: 'setCount', type: 'u32', offset: 24, length: 4 },
      { name: 'features', type: 'u32', offset: 28, length: 4 },
      { name: 'flags', type: 'u32', offset: 32, length: 4 },
    ],
  },
  /** one entry of the section table */
  section: {
    size: 12,
    fields: [
      { name: 'id', type: 'u16', offset: 0, length: 2 },
      { name: 'recordSize', type: 'u16', offset: 2, length: 2 },
      { name: 'offset', type: 'u32', offset: 4, length: 4 },
      { name: 'count', type: 'u32', offset: 8, length: 4 },
    ],
  },
  /** one value of one fact, and the terms that it makes true */
  value: {
    size: 20,
    fields: [
      { name: 'fact', type: 'u16', offset: 0, length: 2 },
      { name: 'reserved', type: 'u16', offset: 2, length: 2 },
      { name: 'data', type: 'u32', offset: 4, length: 4 },
      { name: 'length', type: 'u32', offset: 8, length: 4 },
      { name: 'termsFirst', type: 'u32', offset: 12, length: 4 },
      { name: 'termsCount', type: 'u32', offset: 16, length: 4 },
    ],
  },
  /** a fact with the values accepted for it; knows the selectors that are looked up through it */
  term: {
    size: 12,
    fields: [
      { name: 'fact', type: 'u16', offset: 0, length: 2 },
      { name: 'flags', type: 'u16', offset: 2, length: 2 },
      { name: 'selectorsFirst', type: 'u32', offset: 4, length: 4 },
      { name: 'selectorsCount', type: 'u32', offset: 8, length: 4 },
    ],
  },
  /** terms that must all be true; a lower number takes precedence */
  selector: {
    size: 16,
    fields: [
      { name: 'identity', type: 'u32', offset: 0, length: 4 },
      { name: 'termsFirst', type: 'u32', offset: 4, length: 4 },
      { name: 'termsCount', type: 'u32', offset: 8, length: 4 },
      { name: 'precondition', type: 'u32', offset: 12, length: 4 },
    ],
  },
  /** what selectors demand besides labels of the agent: where it does not hold, the agent need not be asked */
  precondition: {
    size: 16,
    fields: [
      { name: 'selector', type: 'u32', offset: 0, length: 4 },
      { name: 'agentLoss', type: 'u32', offset: 4, length: 4 },
      { name: 'termsFirst', type: 'u32', offset: 8, length: 4 },
      { name: 'termsCount', type: 'u32', offset: 12, length: 4 },
    ],
  },
  /** a WorkloadIdentity */
  identity: {
    size: 36,
    fields: [
      { name: 'workloadIdOffset', type: 'u32', offset: 0, length: 4 },
      { name: 'workloadIdLength', type: 'u32', offset: 4, length: 4 },
      { name: 'rulesFirst', type: 'u32', offset: 8, length: 4 },
      { name: 'rulesCount', type: 'u32', offset: 12, length: 4 },
      { name: 'inboundFirst', type: 'u32', offset: 16, length: 4 },
      { name: 'inboundCount', type: 'u32', offset: 20, length: 4 },
      { name: 'peers', type: 'u32', offset: 24, length: 4 },
      { name: 'mode', type: 'u16', offset: 28, length: 2 },
      { name: 'tls', type: 'u16', offset: 30, length: 2 },
      { name: 'flags', type: 'u16', offset: 32, length: 2 },
      { name: 'agentLoss', type: 'u16', offset: 34, length: 2 },
    ],
  },
  /** its index in the section is the rule id that verdicts carry */
  rule: {
    size: 16,
    fields: [
      { name: 'identity', type: 'u32', offset: 0, length: 4 },
      { name: 'set', type: 'u32', offset: 4, length: 4 },
      { name: 'kind', type: 'u16', offset: 8, length: 2 },
      { name: 'action', type: 'u16', offset: 10, length: 2 },
      { name: 'options', type: 'u32', offset: 12, length: 4 },
    ],
  },
  /** what few rules have */
  option: {
    size: 16,
    fields: [
      { name: 'condition', type: 'u32', offset: 0, length: 4 },
      { name: 'peers', type: 'u32', offset: 4, length: 4 },
      { name: 'identity', type: 'u32', offset: 8, length: 4 },
      { name: 'tls', type: 'u16', offset: 12, length: 2 },
      { name: 'flags', type: 'u16', offset: 14, length: 2 },
    ],
  },
  /** a program without loops: it begins with its first instruction */
  condition: {
    size: 8,
    fields: [
      { name: 'instructionsFirst', type: 'u32', offset: 0, length: 4 },
      { name: 'instructionsCount', type: 'u32', offset: 4, length: 4 },
    ],
  },
  /** a test of a field, and where to go on */
  instruction: {
    size: 16,
    fields: [
      { name: 'field', type: 'u16', offset: 0, length: 2 },
      { name: 'test', type: 'u16', offset: 2, length: 2 },
      { name: 'data', type: 'u32', offset: 4, length: 4 },
      { name: 'length', type: 'u32', offset: 8, length: 4 },
      { name: 'whenTrue', type: 'u16', offset: 12, length: 2 },
      { name: 'whenFalse', type: 'u16', offset: 14, length: 2 },
    ],
  },
  /** a prefix of addresses; IPv4 in its mapped form */
  prefix: {
    size: 20,
    fields: [
      { name: 'address', type: 'bytes', offset: 0, length: 16 },
      { name: 'prefixLength', type: 'u32', offset: 16, length: 4 },
    ],
  },
  /** a Service */
  service: {
    size: 20,
    fields: [
      { name: 'nameOffset', type: 'u32', offset: 0, length: 4 },
      { name: 'nameLength', type: 'u32', offset: 4, length: 4 },
      { name: 'flags', type: 'u32', offset: 8, length: 4 },
      { name: 'setsFirst', type: 'u32', offset: 12, length: 4 },
      { name: 'setsCount', type: 'u32', offset: 16, length: 4 },
    ],
  },
  /** services at one IPv4 address and port */
  exact4: {
    size: 16,
    fields: [
      { name: 'address', type: 'bytes', offset: 0, length: 4 },
      { name: 'port', type: 'u16', offset: 4, length: 2 },
      { name: 'reserved', type: 'u16', offset: 6, length: 2 },
      { name: 'servicesFirst', type: 'u32', offset: 8, length: 4 },
      { name: 'servicesCount', type: 'u32', offset: 12, length: 4 },
    ],
  },
  /** services at one IPv6 address and port */
  exact6: {
    size: 28,
    fields: [
      { name: 'address', type: 'bytes', offset: 0, length: 16 },
      { name: 'port', type: 'u16', offset: 16, length: 2 },
      { name: 'reserved', type: 'u16', offset: 18, length: 2 },
      { name: 'servicesFirst', type: 'u32', offset: 20, length: 4 },
      { name: 'servicesCount', type: 'u32', offset: 24, length: 4 },
    ],
  },
  /** a node of the path-compressed trie of IPv4 prefixes */
  node4: {
    size: 24,
    fields: [
      { name: 'address', type: 'bytes', offset: 0, length: 4 },
      { name: 'prefixLength', type: 'u32', offset: 4, length: 4 },
      { name: 'left', type: 'u32', offset: 8, length: 4 },
      { name: 'right', type: 'u32', offset: 12, length: 4 },
      { name: 'portsFirst', type: 'u32', offset: 16, length: 4 },
      { name: 'portsCount', type: 'u32', offset: 20, length: 4 },
    ],
  },
  /** a node of the path-compressed trie of IPv6 prefixes */
  node6: {
    size: 36,
    fields: [
      { name: 'address', type: 'bytes', offset: 0, length: 16 },
      { name: 'prefixLength', type: 'u32', offset: 16, length: 4 },
      { name: 'left', type: 'u32', offset: 20, length: 4 },
      { name: 'right', type: 'u32', offset: 24, length: 4 },
      { name: 'portsFirst', type: 'u32', offset: 28, length: 4 },
      { name: 'portsCount', type: 'u32', offset: 32, length: 4 },
    ],
  },
  /** services at the ports low to high, both included */
  portRange: {
    size: 12,
    fields: [
      { name: 'low', type: 'u16', offset: 0, length: 2 },
      { name: 'high', type: 'u16', offset: 2, length: 2 },
      { name: 'servicesFirst', type: 'u32', offset: 4, length: 4 },
      { name: 'servicesCount', type: 'u32', offset: 8, length: 4 },
    ],
  },
  /** a host name */
  name: {
    size: 16,
    fields: [
      { name: 'nameOffset', type: 'u32', offset: 0, length: 4 },
      { name: 'nameLength', type: 'u32', offset: 4, length: 4 },
      { name: 'portsFirst', type: 'u32', offset: 8, length: 4 },
      { name: 'portsCount', type: 'u32', offset: 12, length: 4 },
    ],
  },
  /** what the certificates and tokens of an identity are like, where it is said */
  svid: {
    size: 28,
    fields: [
      { name: 'identity', type: 'u32', offset: 0, length: 4 },
      { name: 'x509Ttl', type: 'u32', offset: 4, length: 4 },
      { name: 'jwtTtl', type: 'u32', offset: 8, length: 4 },
      { name: 'dnsNamesFirst', type: 'u32', offset: 12, length: 4 },
      { name: 'dnsNamesCount', type: 'u32', offset: 16, length: 4 },
      { name: 'audiencesFirst', type: 'u32', offset: 20, length: 4 },
      { name: 'audiencesCount', type: 'u32', offset: 24, length: 4 },
    ],
  },
  /** a string in a list */
  text: {
    size: 8,
    fields: [
      { name: 'textOffset', type: 'u32', offset: 0, length: 4 },
      { name: 'textLength', type: 'u32', offset: 4, length: 4 },
    ],
  },
  /** a CredentialSource */
  source: {
    size: 44,
    fields: [
      { name: 'nameOffset', type: 'u32', offset: 0, length: 4 },
      { name: 'nameLength', type: 'u32', offset: 4, length: 4 },
      { name: 'provider', type: 'u32', offset: 8, length: 4 },
      { name: 'digest', type: 'bytes', offset: 12, length: 32 },
    ],
  },
  /** a CredentialBinding */
  binding: {
    size: 32,
    fields: [
      { name: 'nameOffset', type: 'u32', offset: 0, length: 4 },
      { name: 'nameLength', type: 'u32', offset: 4, length: 4 },
      { name: 'identity', type: 'u32', offset: 8, length: 4 },
      { name: 'source', type: 'u32', offset: 12, length: 4 },
      { name: 'set', type: 'u32', offset: 16, length: 4 },
      { name: 'condition', type: 'u32', offset: 20, length: 4 },
      { name: 'uses', type: 'u32', offset: 24, length: 4 },
      { name: 'flags', type: 'u32', offset: 28, length: 4 },
    ],
  },
} as const satisfies Record<string, { size: number; fields: readonly FieldLayout[] }>;
export type RecordName = keyof typeof RECORDS;

/** A record as an object: numbers, or bytes. */
export type BundleRecord<N extends RecordName> = {
  [F in (typeof RECORDS)[N]['fields'][number] as F['name']]: F['type'] extends 'bytes' ? Uint8Array : number;
};

/** Sections in the order of the file. */
export const SECTIONS = [
  { name: 'strings', number: 1, items: 'byte', itemSize: 1 },
  { name: 'prefixLengths', number: 2, items: 'u32', itemSize: 4 },
  { name: 'valueBuckets', number: 3, items: 'u32', itemSize: 4, bucketsOf: 'values' },
  { name: 'values', number: 4, items: 'value', itemSize: 20 },
  { name: 'valueTerms', number: 5, items: 'u32', itemSize: 4 },
  { name: 'terms', number: 6, items: 'term', itemSize: 12 },
  { name: 'postings', number: 7, items: 'u32', itemSize: 4 },
  { name: 'selectors', number: 8, items: 'selector', itemSize: 16 },
  { name: 'selectorTerms', number: 9, items: 'u32', itemSize: 4 },
  { name: 'identities', number: 10, items: 'identity', itemSize: 36 },
  { name: 'rules', number: 11, items: 'rule', itemSize: 16 },
  { name: 'grantBuckets', number: 12, items: 'u32', itemSize: 4, bucketsOf: 'grants' },
  { name: 'grants', number: 13, items: 'u32', itemSize: 4 },
  { name: 'services', number: 14, items: 'service', itemSize: 20 },
  { name: 'serviceSets', number: 15, items: 'u32', itemSize: 4 },
  { name: 'exact4Buckets', number: 16, items: 'u32', itemSize: 4, bucketsOf: 'exact4' },
  { name: 'exact4', number: 17, items: 'exact4', itemSize: 16 },
  { name: 'exact6Buckets', number: 18, items: 'u32', itemSize: 4, bucketsOf: 'exact6' },
  { name: 'exact6', number: 19, items: 'exact6', itemSize: 28 },
  { name: 'trie4', number: 20, items: 'node4', itemSize: 24 },
  { name: 'trie6', number: 21, items: 'node6', itemSize: 36 },
  { name: 'portRanges', number: 22, items: 'portRange', itemSize: 12 },
  { name: 'destinationServices', number: 23, items: 'u32', itemSize: 4 },
  { name: 'nameBuckets', number: 24, items: 'u32', itemSize: 4, bucketsOf: 'names' },
  { name: 'names', number: 25, items: 'name', itemSize: 16 },
  { name: 'options', number: 26, items: 'option', itemSize: 16 },
  { name: 'conditions', number: 27, items: 'condition', itemSize: 8 },
  { name: 'instructions', number: 28, items: 'instruction', itemSize: 16 },
  { name: 'prefixes', number: 29, items: 'prefix', itemSize: 20 },
  { name: 'svids', number: 30, items: 'svid', itemSize: 28 },
  { name: 'texts', number: 31, items: 'text', itemSize: 8 },
  { name: 'sources', number: 32, items: 'source', itemSize: 44 },
  { name: 'bindings', number: 33, items: 'binding', itemSize: 32 },
  { name: 'preconditions', number: 34, items: 'precondition', itemSize: 16 },
  { name: 'preconditionTerms', number: 35, items: 'u32', itemSize: 4 },
] as const;
export type SectionName = (typeof SECTIONS)[number]['name'];

/** Writes a record of each kind at an offset of a view. Numbers that are wider than their fields are cut off. */
export const WRITERS: {
  readonly [N in RecordName]: (view: DataView, at: number, record: BundleRecord<N>) => void;
} = {
  header: (view, at, record) => {
    writeBytes(view, at, record.magic, 4);
    view.setUint16(at + 4, record.version, true);
    view.setUint16(at + 6, record.headerSize, true);
    view.setUint32(at + 8, record.size, true);
    view.setUint32(at + 12, record.sectionCount, true);
    view.setUint32(at + 16, record.trustDomainOffset, true);
    view.setUint32(at + 20, record.trustDomainLength, true);
    view.setUint32(at + 24, record.setCount, true);
    view.setUint32(at + 28, record.features, true);
    view.setUint32(at + 32, record.flags, true);
  },
  section: (view, at, record) => {
    view.setUint16(at, record.id, true);
    view.setUint16(at + 2, record.recordSize, true);
    view.setUint32(at + 4, record.offset, true);
    view.setUint32(at + 8, record.count, true);
  },
  value: (view, at, record) => {
    view.setUint16(at, record.fact, true);
    view.setUint16(at + 2, record.reserved, true);
    view.setUint32(at + 4, record.data, true);
    view.setUint32(at + 8, record.length, true);
    view.setUint32(at + 12, record.termsFirst, true);
    view.setUint32(at + 16, record.termsCount, true);
  },
  term: (view, at, record) => {
    view.setUint16(at, record.fact, true);
    view.setUint16(at + 2, record.flags, true);
    view.setUint32(at + 4, record.selectorsFirst, true);
    view.setUint32(at + 8, record.selectorsCount, true);
  },
  selector: (view, at, record) => {
    view.setUint32(at, record.identity, true);
    view.setUint32(at + 4, record.termsFirst, true);
    view.setUint32(at + 8, record.termsCount, true);
    view.setUint32(at + 12, record.precondition, true);
  },
  precondition: (view, at, record) => {
    view.setUint32(at, record.selector, true);
    view.setUint32(at + 4, record.agentLoss, true);
    view.setUint32(at + 8, record.termsFirst, true);
    view.setUint32(at + 12, record.termsCount, true);
  },
  identity: (view, at, record) => {
    view.setUint32(at, record.workloadIdOffset, true);
    view.setUint32(at + 4, record.workloadIdLength, true);
    view.setUint32(at + 8, record.rulesFirst, true);
    view.setUint32(at + 12, record.rulesCount, true);
    view.setUint32(at + 16, record.inboundFirst, true);
    view.setUint32(at + 20, record.inboundCount, true);
    view.setUint32(at + 24, record.peers, true);
    view.setUint16(at + 28, record.mode, true);
    view.setUint16(at + 30, record.tls, true);
    view.setUint16(at + 32, record.flags, true);
    view.setUint16(at + 34, record.agentLoss, true);
  },
  rule: (view, at, record) => {
    view.setUint32(at, record.identity, true);
    view.setUint32(at + 4, record.set, true);
    view.setUint16(at + 8, record.kind, true);
    view.setUint16(at + 10, record.action, true);
    view.setUint32(at + 12, record.options, true);
  },
  option: (view, at, record) => {
    view.setUint32(at, record.condition, true);
    view.setUint32(at + 4, record.peers, true);
    view.setUint32(at + 8, record.identity, true);
    view.setUint16(at + 12, record.tls, true);
    view.setUint16(at + 14, record.flags, true);
  },
  condition: (view, at, record) => {
    view.setUint32(at, record.instructionsFirst, true);
    view.setUint32(at + 4, record.instructionsCount, true);
  },
  instruction: (view, at, record) => {
    view.setUint16(at, record.field, true);
    view.setUint16(at + 2, record.test, true);
    view.setUint32(at + 4, record.data, true);
    view.setUint32(at + 8, record.length, true);
    view.setUint16(at + 12, record.whenTrue, true);
    view.setUint16(at + 14, record.whenFalse, true);
  },
  prefix: (view, at, record) => {
    writeBytes(view, at, record.address, 16);
    view.setUint32(at + 16, record.prefixLength, true);
  },
  service: (view, at, record) => {
    view.setUint32(at, record.nameOffset, true);
    view.setUint32(at + 4, record.nameLength, true);
    view.setUint32(at + 8, record.flags, true);
    view.setUint32(at + 12, record.setsFirst, true);
    view.setUint32(at + 16, record.setsCount, true);
  },
  exact4: (view, at, record) => {
    writeBytes(view, at, record.address, 4);
    view.setUint16(at + 4, record.port, true);
    view.setUint16(at + 6, record.reserved, true);
    view.setUint32(at + 8, record.servicesFirst, true);
    view.setUint32(at + 12, record.servicesCount, true);
  },
  exact6: (view, at, record) => {
    writeBytes(view, at, record.address, 16);
    view.setUint16(at + 16, record.port, true);
    view.setUint16(at + 18, record.reserved, true);
    view.setUint32(at + 20, record.servicesFirst, true);
    view.setUint32(at + 24, record.servicesCount, true);
  },
  node4: (view, at, record) => {
    writeBytes(view, at, record.address, 4);
    view.setUint32(at + 4, record.prefixLength, true);
    view.setUint32(at + 8, record.left, true);
    view.setUint32(at + 12, record.right, true);
    view.setUint32(at + 16, record.portsFirst, true);
    view.setUint32(at + 20, record.portsCount, true);
  },
  node6: (view, at, record) => {
    writeBytes(view, at, record.address, 16);
    view.setUint32(at + 16, record.prefixLength, true);
    view.setUint32(at + 20, record.left, true);
    view.setUint32(at + 24, record.right, true);
    view.setUint32(at + 28, record.portsFirst, true);
    view.setUint32(at + 32, record.portsCount, true);
  },
  portRange: (view, at, record) => {
    view.setUint16(at, record.low, true);
    view.setUint16(at + 2, record.high, true);
    view.setUint32(at + 4, record.servicesFirst, true);
    view.setUint32(at + 8, record.servicesCount, true);
  },
  name: (view, at, record) => {
    view.setUint32(at, record.nameOffset, true);
    view.setUint32(at + 4, record.nameLength, true);
    view.setUint32(at + 8, record.portsFirst, true);
    view.setUint32(at + 12, record.portsCount, true);
  },
  svid: (view, at, record) => {
    view.setUint32(at, record.identity, true);
    view.setUint32(at + 4, record.x509Ttl, true);
    view.setUint32(at + 8, record.jwtTtl, true);
    view.setUint32(at + 12, record.dnsNamesFirst, true);
    view.setUint32(at + 16, record.dnsNamesCount, true);
    view.setUint32(at + 20, record.audiencesFirst, true);
    view.setUint32(at + 24, record.audiencesCount, true);
  },
  text: (view, at, record) => {
    view.setUint32(at, record.textOffset, true);
    view.setUint32(at + 4, record.textLength, true);
  },
  source: (view, at, record) => {
    view.setUint32(at, record.nameOffset, true);
    view.setUint32(at + 4, record.nameLength, true);
    view.setUint32(at + 8, record.provider, true);
    writeBytes(view, at + 12, record.digest, 32);
  },
  binding: (view, at, record) => {
    view.setUint32(at, record.nameOffset, true);
    view.setUint32(at + 4, record.nameLength, true);
    view.setUint32(at + 8, record.identity, true);
    view.setUint32(at + 12, record.source, true);
    view.setUint32(at + 16, record.set, true);
    view.setUint32(at + 20, record.condition, true);
    view.setUint32(at + 24, record.uses, true);
    view.setUint32(at + 28, record.flags, true);
  },
};

/** Reads the record at `at`. */
export const READERS: {
  readonly [N in RecordName]: (view: DataView, at: number) => BundleRecord<N>;
} = {
  header: (view, at) => ({
    magic: readBytes(view, at, 4),
    version: view.getUint16(at + 4, true),
    headerSize: view.getUint16(at + 6, true),
    size: view.getUint32(at + 8, true),
    sectionCount: view.getUint32(at + 12, true),
    trustDomainOffset: view.getUint32(at + 16, true),
    trustDomainLength: view.getUint32(at + 20, true),
    setCount: view.getUint32(at + 24, true),
    features: view.getUint32(at + 28, true),
    flags: view.getUint32(at + 32, true),
  }),
  section: (view, at) => ({
    id: view.getUint16(at, true),
    recordSize: view.getUint16(at + 2, true),
    offset: view.getUint32(at + 4, true),
    count: view.getUint32(at + 8, true),
  }),
  value: (view, at) => ({
    fact: view.getUint16(at, true),
    reserved: view.getUint16(at + 2, true),
    data: view.getUint32(at + 4, true),
    length: view.getUint32(at + 8, true),
    termsFirst: view.getUint32(at + 12, true),
    termsCount: view.getUint32(at + 16, true),
  }),
  term: (view, at) => ({
    fact: view.getUint16(at, true),
    flags: view.getUint16(at + 2, true),
    selectorsFirst: view.getUint32(at + 4, true),
    selectorsCount: view.getUint32(at + 8, true),
  }),
  selector: (view, at) => ({
    identity: view.getUint32(at, true),
    termsFirst: view.getUint32(at + 4, true),
    termsCount: view.getUint32(at + 8, true),
    precondition: view.getUint32(at + 12, true),
  }),
  precondition: (view, at) => ({
    selector: view.getUint32(at, true),
    agentLoss: view.getUint32(at + 4, true),
    termsFirst: view.getUint32(at + 8, true),
    termsCount: view.getUint32(at + 12, true),
  }),
  identity: (view, at) => ({
    workloadIdOffset: view.getUint32(at, true),
    workloadIdLength: view.getUint32(at + 4, true),
    rulesFirst: view.getUint32(at + 8, true),
    rulesCount: view.getUint32(at + 12, true),
    inboundFirst: view.getUint32(at + 16, true),
    inboundCount: view.getUint32(at + 20, true),
    peers: view.getUint32(at + 24, true),
    mode: view.getUint16(at + 28, true),
    tls: view.getUint16(at + 30, true),
    flags: view.getUint16(at + 32, true),
    agentLoss: view.getUint16(at + 34, true),
  }),
  rule: (view, at) => ({
    identity: view.getUint32(at, true),
    set: view.getUint32(at + 4, true),
    kind: view.getUint16(at + 8, true),
    action: view.getUint16(at + 10, true),
    options: view.getUint32(at + 12, true),
  }),
  option: (view, at) => ({
    condition: view.getUint32(at, true),
    peers: view.getUint32(at + 4, true),
    identity: view.getUint32(at + 8, true),
    tls: view.getUint16(at + 12, true),
    flags: view.getUint16(at + 14, true),
  }),
  condition: (view, at) => ({
    instructionsFirst: view.getUint32(at, true),
    instructionsCount: view.getUint32(at + 4, true),
  }),
  instruction: (view, at) => ({
    field: view.getUint16(at, true),
    test: view.getUint16(at + 2, true),
    data: view.getUint32(at + 4, true),
    length: view.getUint32(at + 8, true),
    whenTrue: view.getUint16(at + 12, true),
    whenFalse: view.getUint16(at + 14, true),
  }),
  prefix: (view, at) => ({
    address: readBytes(view, at, 16),
    prefixLength: view.getUint32(at + 16, true),
  }),
  service: (view, at) => ({
    nameOffset: view.getUint32(at, true),
    nameLength: view.getUint32(at + 4, true),
    flags: view.getUint32(at + 8, true),
    setsFirst: view.getUint32(at + 12, true),
    setsCount: view.getUint32(at + 16, true),
  }),
  exact4: (view, at) => ({
    address: readBytes(view, at, 4),
    port: view.getUint16(at + 4, true),
    reserved: view.getUint16(at + 6, true),
    servicesFirst: view.getUint32(at + 8, true),
    servicesCount: view.getUint32(at + 12, true),
  }),
  exact6: (view, at) => ({
    address: readBytes(view, at, 16),
    port: view.getUint16(at + 16, true),
    reserved: view.getUint16(at + 18, true),
    servicesFirst: view.getUint32(at + 20, true),
    servicesCount: view.getUint32(at + 24, true),
  }),
  node4: (view, at) => ({
    address: readBytes(view, at, 4),
    prefixLength: view.getUint32(at + 4, true),
    left: view.getUint32(at + 8, true),
    right: view.getUint32(at + 12, true),
    portsFirst: view.getUint32(at + 16, true),
    portsCount: view.getUint32(at + 20, true),
  }),
  node6: (view, at) => ({
    address: readBytes(view, at, 16),
    prefixLength: view.getUint32(at + 16, true),
    left: view.getUint32(at + 20, true),
    right: view.getUint32(at + 24, true),
    portsFirst: view.getUint32(at + 28, true),
    portsCount: view.getUint32(at + 32, true),
  }),
  portRange: (view, at) => ({
    low: view.getUint16(at, true),
    high: view.getUint16(at + 2, true),
    servicesFirst: view.getUint32(at + 4, true),
    servicesCount: view.getUint32(at + 8, true),
  }),
  name: (view, at) => ({
    nameOffset: view.getUint32(at, true),
    nameLength: view.getUint32(at + 4, true),
    portsFirst: view.getUint32(at + 8, true),
    portsCount: view.getUint32(at + 12, true),
  }),
  svid: (view, at) => ({
    identity: view.getUint32(at, true),
    x509Ttl: view.getUint32(at + 4, true),
    jwtTtl: view.getUint32(at + 8, true),
    dnsNamesFirst: view.getUint32(at + 12, true),
    dnsNamesCount: view.getUint32(at + 16, true),
    audiencesFirst: view.getUint32(at + 20, true),
    audiencesCount: view.getUint32(at + 24, true),
  }),
  text: (view, at) => ({
    textOffset: view.getUint32(at, true),
    textLength: view.getUint32(at + 4, true),
  }),
  source: (view, at) => ({
    nameOffset: view.getUint32(at, true),
    nameLength: view.getUint32(at + 4, true),
    provider: view.getUint32(at + 8, true),
    digest: readBytes(view, at + 12, 32),
  }),
  binding: (view, at) => ({
    nameOffset: view.getUint32(at, true),
    nameLength: view.getUint32(at + 4, true),
    identity: view.getUint32(at + 8, true),
    source: view.getUint32(at + 12, true),
    set: view.getUint32(at + 16, true),
    condition: view.getUint32(at + 20, true),
    uses: view.getUint32(at + 24, true),
    flags: view.getUint32(at + 28, true),
  }),
};

function readBytes(view: DataView, at: number, length: number): Uint8Array {
  if (at + length > view.byteLength) throw new RangeError('a record ends after the bundle');
  return new Uint8Array(view.buffer, view.byteOffset + at, length).slice();
}

function writeBytes(view: DataView, at: number, bytes: Uint8Array, length: number): void {
  for (let i = 0; i < length; i++) view.setUint8(at + i, bytes[i] ?? 0);
}
