// SPDX-License-Identifier: Apache-2.0
// Generated from spec/riptides.yaml by `npm run generate`. Do not edit.

export const FAMILY = { name: 'riptides', version: 1 } as const;

/** Multicast groups. */
export const GROUPS = ['state'] as const;
export type GroupName = (typeof GROUPS)[number];

/** bytes of a SHA-256 */
export const DIGEST_SIZE = 32;

/** bytes of data in one chunk, at most */
export const CHUNK_SIZE = 16384;

/** earlier bundles that the kernel keeps for rollback */
export const BUNDLE_HISTORY = 4;

/** milliseconds: the longest time to confirm a commit (a day) */
export const CONFIRM_WITHIN_MAX = 86400000;

/** bytes of the module's version text */
export const VERSION_LENGTH = 63;

/** holders that are named at once */
export const HOLDERS_MAX = 16;

/** bytes of an address */
export const ADDRESS_SIZE = 16;

/** labels of a process that the agent tells, at most */
export const LABELS_MAX = 64;

/** bytes of one label, at most */
export const LABEL_LENGTH = 1024;

/** bytes of all labels of a process, at most */
export const LABELS_SIZE = 16384;

/** milliseconds in which the agent has to answer a request */
export const ANSWER_WITHIN = 2000;

/** milliseconds without an agent after which nothing waits for one any more */
export const AGENT_GRACE = 5000;

/** bytes of a host name, at most */
export const HOST_NAME_SIZE = 253;

/** addresses of names that the kernel holds, of all names together */
export const NAMES_MAX = 65536;

/** addresses of one name that the kernel holds */
export const NAME_ADDRESSES_MAX = 256;

/** bytes of an address with its time to live: address-size, and a u32 in the byte order of the host */
export const NAME_ADDRESS_SIZE = 20;

/** bytes of the addresses in one message: name-addresses-max of name-address-size */
export const NAMES_SET_SIZE = 5120;

/** seconds: the longest time to live that is kept to (a week) */
export const NAME_TTL_MAX = 604800;

/** seconds: the longest grace for addresses that were learnt (a day) */
export const NAMES_GRACE_MAX = 86400;

/** seconds: the grace unless another one was set */
export const NAMES_GRACE = 300;

/** resolvers whose answers are believed, at most */
export const RESOLVERS_MAX = 8;

/** bytes of their addresses: resolvers-max of address-size */
export const RESOLVERS_SIZE = 128;

/** which end of a connection a process has */
export const DIRECTION = ['connect', 'accept'] as const;

/** what the module does with TCP sockets */
export const STATE = ['armed', 'drained', 'arming', 'draining', 'bypassed'] as const;

/** what keeps a drain from its end */
export const HOLDER = ['call', 'socket'] as const;

/** index into the counters of a node; each counts verdicts since the module was loaded */
export const COUNTER = ['connect-allowed', 'connect-audited', 'connect-denied', 'accept-allowed', 'accept-audited', 'accept-denied', 'revoked', 'waited', 'unanswered-allowed', 'unanswered-denied', 'unfilled', 'datagram-allowed', 'datagram-audited', 'datagram-denied', 'other-audited', 'other-denied'] as const;

export interface AttributeLayout {
  readonly number: number;
  readonly type: 'u32' | 'u64' | 'string' | 'binary' | 'flag' | 'nest' | 'pad';
  readonly nested?: string;
  readonly multi?: true;
  /** Bytes, for strings and binaries. */
  readonly length?: { readonly min?: number; readonly max?: number };
}

/** Attribute sets: the codec encodes and decodes by these tables. */
export const ATTRIBUTES = {
  info: {
    moduleVersion: { number: 1, type: 'string', length: { max: 63 } },
    /** bundle format that this module reads */
    bundleVersion: { number: 2, type: 'u32' },
    state: { number: 3, type: 'u32' },
    /** commits since the module was loaded, rollbacks included; 0: nothing was committed */
    generation: { number: 4, type: 'u64' },
    /** SHA-256 of the bundle in force; absent while none is */
    digest: { number: 5, type: 'binary', length: { min: 32, max: 32 } },
    /** bytes of the bundle in force; absent while none is */
    size: { number: 6, type: 'u32' },
    /** seconds since 1970 when the bundle came into force; absent while none is */
    committedAt: { number: 7, type: 'u64' },
    /** milliseconds until the commit in force is undone unless confirmed; absent when nothing waits */
    confirmRemaining: { number: 8, type: 'u32' },
    /** governed sockets that are open now */
    sockets: { number: 9, type: 'u32' },
    /** netlink port of the open transaction; absent when there is none */
    transaction: { number: 10, type: 'u32' },
    counters: { number: 11, type: 'nest', nested: 'counters' },
    /** earlier bundles that rollback can restore, the latest first */
    history: { number: 12, type: 'nest', nested: 'history' },
    pad: { number: 13, type: 'pad' },
    /** flags feature of spec/bundle.yaml: what a bundle may need of this module */
    features: { number: 14, type: 'u32' },
    /** system calls that are inside the module now */
    calls: { number: 15, type: 'u32' },
    /** some of what keeps a drain from its end; empty in other states */
    holders: { number: 16, type: 'nest', nested: 'holders' },
    /** process of the agent that is attached; absent while none is */
    agent: { number: 17, type: 'u32' },
    /** requests to the agent that are open */
    requests: { number: 18, type: 'u32' },
  },
  holders: {
    entry: { number: 1, type: 'nest', nested: 'holder', multi: true },
  },
  holder: {
    what: { number: 1, type: 'u32' },
    /** process that is in the call, or made the socket */
    pid: { number: 2, type: 'u32' },
    /** name of its main thread; empty when it is gone */
    comm: { number: 3, type: 'string' },
  },
  counters: {
    /** in the order of the enum counter */
    value: { number: 1, type: 'u64', multi: true },
    pad: { number: 2, type: 'pad' },
  },
  history: {
    entry: { number: 1, type: 'nest', nested: 'historyEntry', multi: true },
  },
  historyEntry: {
    /** generation at which the bundle was last in force */
    generation: { number: 1, type: 'u64' },
    digest: { number: 2, type: 'binary', length: { min: 32, max: 32 } },
    pad: { number: 3, type: 'pad' },
  },
  begin: {
    /** refused with ESTALE unless this is the generation in force */
    expectedGeneration: { number: 1, type: 'u64' },
    /** bytes of the bundle */
    size: { number: 2, type: 'u32' },
    /** SHA-256 of the bundle */
    digest: { number: 3, type: 'binary', length: { min: 32, max: 32 } },
    pad: { number: 4, type: 'pad' },
  },
  chunk: {
    /** must be the number of bytes written so far */
    offset: { number: 1, type: 'u32' },
    data: { number: 2, type: 'binary', length: { min: 1, max: 16384 } },
    /** instead of data: offset in the bundle in force */
    copyFrom: { number: 3, type: 'u32' },
    /** with copy-from: bytes to take from there */
    copyLength: { number: 4, type: 'u32' },
  },
  commit: {
    /** verify, end the transaction, and leave everything as it was */
    checkOnly: { number: 1, type: 'flag' },
    /** milliseconds after which the commit is undone unless confirmed */
    confirmWithin: { number: 2, type: 'u32' },
    /** reply: the generation in force now */
    generation: { number: 3, type: 'u64' },
    pad: { number: 4, type: 'pad' },
  },
  confirm: {
    /** the generation to keep: refused with ESTALE unless it is the one in force */
    generation: { number: 1, type: 'u64' },
    pad: { number: 2, type: 'pad' },
  },
  rollback: {
    /** refused with ESTALE unless this is the generation in force */
    expectedGeneration: { number: 1, type: 'u64' },
    /** the earlier bundle to restore; when absent, what was in force before the commit that waits, also no bundle, or the latest one */
    digest: { number: 2, type: 'binary', length: { min: 32, max: 32 } },
    /** reply: the generation in force now */
    generation: { number: 3, type: 'u64' },
    pad: { number: 4, type: 'pad' },
  },
  dump: {
    /** of the bundle that is dumped; the same in every message of one dump */
    generation: { number: 1, type: 'u64' },
    /** bytes of the whole bundle */
    size: { number: 2, type: 'u32' },
    offset: { number: 3, type: 'u32' },
    data: { number: 4, type: 'binary' },
    pad: { number: 5, type: 'pad' },
  },
  connection: {
    direction: { number: 1, type: 'u32' },
    /** of TCP, as in tcp_states.h */
    state: { number: 2, type: 'u32' },
    localAddress: { number: 3, type: 'binary', length: { min: 16, max: 16 } },
    localPort: { number: 4, type: 'u32' },
    remoteAddress: { number: 5, type: 'binary', length: { min: 16, max: 16 } },
    remotePort: { number: 6, type: 'u32' },
    /** seconds since 1970 when it was begun or accepted */
    since: { number: 7, type: 'u64' },
    /** by which it was last decided */
    generation: { number: 8, type: 'u64' },
    /** enum action of spec/bundle.yaml */
    action: { number: 9, type: 'u32' },
    rule: { number: 10, type: 'u32' },
    identity: { number: 11, type: 'u32' },
    service: { number: 12, type: 'u32' },
    /** without retransmissions */
    bytesSent: { number: 13, type: 'u64' },
    bytesReceived: { number: 14, type: 'u64' },
    /** process that began or accepted it; 0: the kernel, or unknown */
    pid: { number: 15, type: 'u32' },
    /** name of its main thread when it was first seen */
    comm: { number: 16, type: 'string' },
    /** its effective user at that call */
    uid: { number: 17, type: 'u32' },
    gid: { number: 18, type: 'u32' },
    /** path of its executable; absent when it has none that can be trusted */
    path: { number: 19, type: 'binary' },
    /** its arguments; absent when they are not known */
    cmdline: { number: 20, type: 'binary' },
    pad: { number: 21, type: 'pad' },
    /** a label of the process, name=value, of those that the bundle in force asks the kernel for */
    label: { number: 22, type: 'binary', multi: true },
    /** its workload ID, where that of the identity has placeholders and they can be filled in */
    workloadId: { number: 23, type: 'binary' },
  },
  agent: {
    /** number of a request; none is used twice */
    request: { number: 1, type: 'u64' },
    /** number of a program image: a process since its last exec */
    image: { number: 2, type: 'u64' },
    /** its process */
    pid: { number: 3, type: 'u32' },
    /** name of its main thread when it was first seen */
    comm: { number: 4, type: 'string' },
    /** milliseconds that are left for the answer */
    within: { number: 5, type: 'u32' },
    /** of the bundle whose label names were looked for, when not all labels are told */
    generation: { number: 6, type: 'u64' },
    /** name=value */
    label: { number: 7, type: 'binary', multi: true, length: { min: 1, max: 1024 } },
    /** labels of the image have been told */
    told: { number: 8, type: 'flag' },
    pad: { number: 9, type: 'pad' },
  },
  state: {
    /** in force now */
    generation: { number: 1, type: 'u64' },
    pad: { number: 2, type: 'pad' },
  },
  namesSet: {
    /** in lower case, without a dot at the end */
    name: { number: 1, type: 'binary', length: { min: 1, max: 253 } },
    /** all that it has: of each the address, IPv4 in its mapped form, and a u32, the seconds from 1 to name-ttl-max that it is held; absent for none */
    addresses: { number: 2, type: 'binary', length: { min: 20, max: 5120 } },
  },
  name: {
    /** the host name */
    name: { number: 1, type: 'binary' },
    address: { number: 2, type: 'binary', length: { min: 16, max: 16 } },
    /** milliseconds that it is held because the agent said so; absent when it is not */
    agentLeft: { number: 3, type: 'u32' },
    /** milliseconds that it is held because an answer of DNS said so, the grace included; absent when it is not */
    dnsLeft: { number: 4, type: 'u32' },
  },
  resolvers: {
    /** address-size bytes each; absent for none: nothing is learnt then */
    addresses: { number: 1, type: 'binary', length: { min: 16, max: 128 } },
    /** seconds that an address is held after its time to live; names-grace when absent */
    grace: { number: 2, type: 'u32' },
  },
} as const satisfies Record<string, Record<string, AttributeLayout>>;
export type AttributeSet = keyof typeof ATTRIBUTES;

export const COMMANDS = {
  /** what the module is and what is in force */
  getInfo: { number: 1, attributes: 'info', dump: false },
  /** opens a transaction; EBUSY while another socket has one, EINPROGRESS while this one has */
  begin: { number: 2, attributes: 'begin', dump: false },
  /** adds bytes to the transaction */
  chunk: { number: 3, attributes: 'chunk', dump: false },
  /** ends the transaction: EBADMSG when the digest differs, EINVAL when the bundle is not well formed, EPROTONOSUPPORT for another format version, EOPNOTSUPP when the bundle needs a feature that this module lacks, ESTALE when the generation moved since begin; in every case the earlier bundle stays in force */
  commit: { number: 4, attributes: 'commit', dump: false },
  /** keeps the commit that waits for it; ENOENT when none does */
  confirm: { number: 5, attributes: 'confirm', dump: false },
  /** puts an earlier bundle back in force, as a new generation; ENOENT when the kernel does not hold it */
  rollback: { number: 6, attributes: 'rollback', dump: false },
  /** the bundle in force, in order; nothing while none is */
  dump: { number: 7, attributes: 'dump', dump: true },
  /** stops governing, and gives governed sockets back to the kernel so that the module can be unloaded; answers at once and goes on until the state is drained; EBUSY while another module hooks sockets above this one */
  drain: { number: 8, attributes: 'info', dump: false },
  /** governs new sockets, and adopts those that exist; answers at once and goes on until the state is armed; ends a drain that is going on; EBUSY while the kernel offers another way to connect */
  arm: { number: 9, attributes: 'info', dump: false },
  /** the connections that governed sockets have; those that come or go meanwhile may be missing */
  connections: { number: 10, attributes: 'connection', dump: true },
  /** makes this socket that of the agent, until it closes; EBUSY while another is. The kernel then sends requests to it */
  attach: { number: 11, attributes: 'agent', dump: false },
  /** sent to the agent, which is to answer with the labels of the process */
  request: { number: 12, attributes: 'agent', dump: false },
  /** answers a request; EPERM from anybody but the agent, ENOENT when the request is not open, ESRCH when the process is gone, E2BIG for more labels than there is room for. What is refused changes nothing */
  answer: { number: 13, attributes: 'agent', dump: false },
  /** replaces the labels of an image, without being asked; EPERM from anybody but the agent, ESRCH when the process is gone or has executed another program, E2BIG as for an answer */
  tell: { number: 14, attributes: 'agent', dump: false },
  /** the program images that are remembered; those that come or go meanwhile may be missing */
  images: { number: 15, attributes: 'agent', dump: true },
  /** sent to the group state when another generation is in force */
  state: { number: 16, attributes: 'state', dump: false },
  /** says which addresses a name has, in place of what was said of it before; ENOENT when the bundle in force does not look at the name, and EAGAIN when another one comes into force meanwhile */
  namesSet: { number: 20, attributes: 'namesSet', dump: false },
  /** the addresses of names that the kernel holds; those that come or go meanwhile may be missing */
  names: { number: 21, attributes: 'name', dump: true },
  /** says whose answers of DNS are believed, in place of those before */
  resolversSet: { number: 22, attributes: 'resolvers', dump: false },
} as const satisfies Record<string, { number: number; attributes: AttributeSet; dump: boolean }>;
export type CommandName = keyof typeof COMMANDS;
