/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Generated from spec/riptides.yaml by `npm run generate`. Do not edit. */
#ifndef _UAPI_RIPTIDES_H
#define _UAPI_RIPTIDES_H

/*
 * Commits policy bundles to the kernel and tells what is in force. Every
 * command needs CAP_NET_ADMIN in the initial user namespace, and the family is
 * visible in the initial network namespace only. A commit is a transaction of
 * one socket: begin, chunk..., commit. It is gone when the socket closes.
 */

#define RIPTIDES_FAMILY_NAME	"riptides"
#define RIPTIDES_FAMILY_VERSION	1

#define RIPTIDES_MCGRP_STATE	"state"	/* changes of the generation in force */

#define RIPTIDES_DIGEST_SIZE	32	/* bytes of a SHA-256 */
#define RIPTIDES_CHUNK_SIZE	16384	/* bytes of data in one chunk, at most */
#define RIPTIDES_BUNDLE_HISTORY	4	/* earlier bundles that the kernel keeps for rollback */
/*
 * milliseconds: the longest time to confirm a commit (a day)
 */
#define RIPTIDES_CONFIRM_WITHIN_MAX	86400000
#define RIPTIDES_VERSION_LENGTH	63	/* bytes of the module's version text */
#define RIPTIDES_HOLDERS_MAX	16	/* holders that are named at once */
#define RIPTIDES_ADDRESS_SIZE	16	/* bytes of an address */
#define RIPTIDES_LABELS_MAX	64	/* labels of a process that the agent tells, at most */
#define RIPTIDES_LABEL_LENGTH	1024	/* bytes of one label, at most */
#define RIPTIDES_LABELS_SIZE	16384	/* bytes of all labels of a process, at most */
/*
 * milliseconds in which the agent has to answer a request
 */
#define RIPTIDES_ANSWER_WITHIN	2000
/*
 * milliseconds without an agent after which nothing waits for one any more
 */
#define RIPTIDES_AGENT_GRACE	5000
#define RIPTIDES_HOST_NAME_SIZE	253	/* bytes of a host name, at most */
/*
 * addresses of names that the kernel holds, of all names together
 */
#define RIPTIDES_NAMES_MAX	65536
#define RIPTIDES_NAME_ADDRESSES_MAX	256	/* addresses of one name that the kernel holds */
/*
 * bytes of an address with its time to live: address-size, and a u32 in the byte order of the host
 */
#define RIPTIDES_NAME_ADDRESS_SIZE	20
/*
 * bytes of the addresses in one message: name-addresses-max of name-address-size
 */
#define RIPTIDES_NAMES_SET_SIZE	5120
/*
 * seconds: the longest time to live that is kept to (a week)
 */
#define RIPTIDES_NAME_TTL_MAX	604800
/*
 * seconds: the longest grace for addresses that were learnt (a day)
 */
#define RIPTIDES_NAMES_GRACE_MAX	86400
#define RIPTIDES_NAMES_GRACE	300	/* seconds: the grace unless another one was set */
#define RIPTIDES_RESOLVERS_MAX	8	/* resolvers whose answers are believed, at most */
/*
 * bytes of their addresses: resolvers-max of address-size
 */
#define RIPTIDES_RESOLVERS_SIZE	128

/* which end of a connection a process has */
enum riptides_direction {
	RIPTIDES_DIRECTION_CONNECT,	/* it began the connection */
	RIPTIDES_DIRECTION_ACCEPT,	/* it accepted the connection */

	__RIPTIDES_DIRECTION_MAX,
};

/* what the module does with TCP sockets */
enum riptides_state {
	RIPTIDES_STATE_ARMED,	/* governs new ones, and those that existed */
	RIPTIDES_STATE_DRAINED,	/* governs none: it can be unloaded */
	RIPTIDES_STATE_ARMING,	/* governs new ones, and is adopting those that existed */
	/*
	 * leaves new ones alone, and is giving the governed ones back
	 */
	RIPTIDES_STATE_DRAINING,
	/*
	 * governs those it has, but another module took its hook away: arm again
	 */
	RIPTIDES_STATE_BYPASSED,

	__RIPTIDES_STATE_MAX,
};

/* what keeps a drain from its end */
enum riptides_holder {
	RIPTIDES_HOLDER_CALL,	/* a system call that sleeps inside the module */
	RIPTIDES_HOLDER_SOCKET,	/* a governed socket that could not be given back */

	__RIPTIDES_HOLDER_MAX,
};

/* index into the counters of a node; each counts verdicts since the module was loaded */
enum riptides_counter {
	RIPTIDES_COUNTER_CONNECT_ALLOWED,	/* connections out that went on */
	RIPTIDES_COUNTER_CONNECT_AUDITED,	/* connections out that went on and were reported */
	RIPTIDES_COUNTER_CONNECT_DENIED,	/* connections out that were refused */
	RIPTIDES_COUNTER_ACCEPT_ALLOWED,	/* connections in that were accepted */
	RIPTIDES_COUNTER_ACCEPT_AUDITED,	/* connections in that were accepted and reported */
	RIPTIDES_COUNTER_ACCEPT_DENIED,	/* connections in that were refused */
	/*
	 * established connections that were closed because a later generation denies them
	 */
	RIPTIDES_COUNTER_REVOKED,
	RIPTIDES_COUNTER_WAITED,	/* connections that waited for labels of the agent */
	/*
	 * connections that went on though the agent did not tell labels
	 */
	RIPTIDES_COUNTER_UNANSWERED_ALLOWED,
	/*
	 * connections that were refused because the agent did not tell labels
	 */
	RIPTIDES_COUNTER_UNANSWERED_DENIED,
	/*
	 * of all that were decided: those whose workload ID has placeholders that could not be
	 * filled in
	 */
	RIPTIDES_COUNTER_UNFILLED,
	/*
	 * destinations of datagrams that a socket was allowed
	 */
	RIPTIDES_COUNTER_DATAGRAM_ALLOWED,
	/*
	 * destinations of datagrams that went on and were reported
	 */
	RIPTIDES_COUNTER_DATAGRAM_AUDITED,
	RIPTIDES_COUNTER_DATAGRAM_DENIED,	/* datagrams and UDP connects that were refused */
	/*
	 * sockets of other transports that were made and reported
	 */
	RIPTIDES_COUNTER_OTHER_AUDITED,
	RIPTIDES_COUNTER_OTHER_DENIED,	/* sockets of other transports that were refused */

	__RIPTIDES_COUNTER_MAX,
};

/* info: what the module is and what is in force */
enum {
	RIPTIDES_A_INFO_UNSPEC,
	RIPTIDES_A_INFO_MODULE_VERSION,	/* string */
	RIPTIDES_A_INFO_BUNDLE_VERSION,	/* u32: bundle format that this module reads */
	RIPTIDES_A_INFO_STATE,	/* u32 */
	/*
	 * u64: commits since the module was loaded, rollbacks included; 0: nothing was committed
	 */
	RIPTIDES_A_INFO_GENERATION,
	RIPTIDES_A_INFO_DIGEST,	/* binary: SHA-256 of the bundle in force; absent while none is */
	RIPTIDES_A_INFO_SIZE,	/* u32: bytes of the bundle in force; absent while none is */
	/*
	 * u64: seconds since 1970 when the bundle came into force; absent while none is
	 */
	RIPTIDES_A_INFO_COMMITTED_AT,
	/*
	 * u32: milliseconds until the commit in force is undone unless confirmed; absent when
	 * nothing waits
	 */
	RIPTIDES_A_INFO_CONFIRM_REMAINING,
	RIPTIDES_A_INFO_SOCKETS,	/* u32: governed sockets that are open now */
	/*
	 * u32: netlink port of the open transaction; absent when there is none
	 */
	RIPTIDES_A_INFO_TRANSACTION,
	RIPTIDES_A_INFO_COUNTERS,	/* nest */
	/*
	 * nest: earlier bundles that rollback can restore, the latest first
	 */
	RIPTIDES_A_INFO_HISTORY,
	RIPTIDES_A_INFO_PAD,	/* pad */
	/*
	 * u32: flags feature of spec/bundle.yaml: what a bundle may need of this module
	 */
	RIPTIDES_A_INFO_FEATURES,
	RIPTIDES_A_INFO_CALLS,	/* u32: system calls that are inside the module now */
	/*
	 * nest: some of what keeps a drain from its end; empty in other states
	 */
	RIPTIDES_A_INFO_HOLDERS,
	/*
	 * u32: process of the agent that is attached; absent while none is
	 */
	RIPTIDES_A_INFO_AGENT,
	RIPTIDES_A_INFO_REQUESTS,	/* u32: requests to the agent that are open */

	__RIPTIDES_A_INFO_MAX,
	RIPTIDES_A_INFO_MAX = (__RIPTIDES_A_INFO_MAX - 1)
};

enum {
	RIPTIDES_A_HOLDERS_UNSPEC,
	RIPTIDES_A_HOLDERS_ENTRY,	/* nest */

	__RIPTIDES_A_HOLDERS_MAX,
	RIPTIDES_A_HOLDERS_MAX = (__RIPTIDES_A_HOLDERS_MAX - 1)
};

enum {
	RIPTIDES_A_HOLDER_UNSPEC,
	RIPTIDES_A_HOLDER_WHAT,	/* u32 */
	RIPTIDES_A_HOLDER_PID,	/* u32: process that is in the call, or made the socket */
	RIPTIDES_A_HOLDER_COMM,	/* string: name of its main thread; empty when it is gone */

	__RIPTIDES_A_HOLDER_MAX,
	RIPTIDES_A_HOLDER_MAX = (__RIPTIDES_A_HOLDER_MAX - 1)
};

enum {
	RIPTIDES_A_COUNTERS_UNSPEC,
	RIPTIDES_A_COUNTERS_VALUE,	/* u64: in the order of the enum counter */
	RIPTIDES_A_COUNTERS_PAD,	/* pad */

	__RIPTIDES_A_COUNTERS_MAX,
	RIPTIDES_A_COUNTERS_MAX = (__RIPTIDES_A_COUNTERS_MAX - 1)
};

enum {
	RIPTIDES_A_HISTORY_UNSPEC,
	RIPTIDES_A_HISTORY_ENTRY,	/* nest */

	__RIPTIDES_A_HISTORY_MAX,
	RIPTIDES_A_HISTORY_MAX = (__RIPTIDES_A_HISTORY_MAX - 1)
};

enum {
	RIPTIDES_A_HISTORY_ENTRY_UNSPEC,
	/*
	 * u64: generation at which the bundle was last in force
	 */
	RIPTIDES_A_HISTORY_ENTRY_GENERATION,
	RIPTIDES_A_HISTORY_ENTRY_DIGEST,	/* binary */
	RIPTIDES_A_HISTORY_ENTRY_PAD,	/* pad */

	__RIPTIDES_A_HISTORY_ENTRY_MAX,
	RIPTIDES_A_HISTORY_ENTRY_MAX = (__RIPTIDES_A_HISTORY_ENTRY_MAX - 1)
};

/* begin: opens a transaction */
enum {
	RIPTIDES_A_BEGIN_UNSPEC,
	/*
	 * u64: refused with ESTALE unless this is the generation in force
	 */
	RIPTIDES_A_BEGIN_EXPECTED_GENERATION,
	RIPTIDES_A_BEGIN_SIZE,	/* u32: bytes of the bundle */
	RIPTIDES_A_BEGIN_DIGEST,	/* binary: SHA-256 of the bundle */
	RIPTIDES_A_BEGIN_PAD,	/* pad */

	__RIPTIDES_A_BEGIN_MAX,
	RIPTIDES_A_BEGIN_MAX = (__RIPTIDES_A_BEGIN_MAX - 1)
};

/*
 * chunk: writes bytes of the bundle of the open transaction; chunks follow one another without a
 * gap
 */
enum {
	RIPTIDES_A_CHUNK_UNSPEC,
	RIPTIDES_A_CHUNK_OFFSET,	/* u32: must be the number of bytes written so far */
	RIPTIDES_A_CHUNK_DATA,	/* binary */
	RIPTIDES_A_CHUNK_COPY_FROM,	/* u32: instead of data: offset in the bundle in force */
	RIPTIDES_A_CHUNK_COPY_LENGTH,	/* u32: with copy-from: bytes to take from there */

	__RIPTIDES_A_CHUNK_MAX,
	RIPTIDES_A_CHUNK_MAX = (__RIPTIDES_A_CHUNK_MAX - 1)
};

/* commit: verifies the bundle of the open transaction and puts it in force */
enum {
	RIPTIDES_A_COMMIT_UNSPEC,
	/*
	 * flag: verify, end the transaction, and leave everything as it was
	 */
	RIPTIDES_A_COMMIT_CHECK_ONLY,
	/*
	 * u32: milliseconds after which the commit is undone unless confirmed
	 */
	RIPTIDES_A_COMMIT_CONFIRM_WITHIN,
	RIPTIDES_A_COMMIT_GENERATION,	/* u64: reply: the generation in force now */
	RIPTIDES_A_COMMIT_PAD,	/* pad */

	__RIPTIDES_A_COMMIT_MAX,
	RIPTIDES_A_COMMIT_MAX = (__RIPTIDES_A_COMMIT_MAX - 1)
};

enum {
	RIPTIDES_A_CONFIRM_UNSPEC,
	/*
	 * u64: the generation to keep: refused with ESTALE unless it is the one in force
	 */
	RIPTIDES_A_CONFIRM_GENERATION,
	RIPTIDES_A_CONFIRM_PAD,	/* pad */

	__RIPTIDES_A_CONFIRM_MAX,
	RIPTIDES_A_CONFIRM_MAX = (__RIPTIDES_A_CONFIRM_MAX - 1)
};

enum {
	RIPTIDES_A_ROLLBACK_UNSPEC,
	/*
	 * u64: refused with ESTALE unless this is the generation in force
	 */
	RIPTIDES_A_ROLLBACK_EXPECTED_GENERATION,
	/*
	 * binary: the earlier bundle to restore; when absent, what was in force before the commit
	 * that waits, also no bundle, or the latest one
	 */
	RIPTIDES_A_ROLLBACK_DIGEST,
	RIPTIDES_A_ROLLBACK_GENERATION,	/* u64: reply: the generation in force now */
	RIPTIDES_A_ROLLBACK_PAD,	/* pad */

	__RIPTIDES_A_ROLLBACK_MAX,
	RIPTIDES_A_ROLLBACK_MAX = (__RIPTIDES_A_ROLLBACK_MAX - 1)
};

enum {
	RIPTIDES_A_DUMP_UNSPEC,
	/*
	 * u64: of the bundle that is dumped; the same in every message of one dump
	 */
	RIPTIDES_A_DUMP_GENERATION,
	RIPTIDES_A_DUMP_SIZE,	/* u32: bytes of the whole bundle */
	RIPTIDES_A_DUMP_OFFSET,	/* u32 */
	RIPTIDES_A_DUMP_DATA,	/* binary */
	RIPTIDES_A_DUMP_PAD,	/* pad */

	__RIPTIDES_A_DUMP_MAX,
	RIPTIDES_A_DUMP_MAX = (__RIPTIDES_A_DUMP_MAX - 1)
};

/*
 * connection: a connection of a governed socket that was allowed under a bundle. Rule, identity
 * and service are numbers of the bundle whose generation is given, 4294967295 for none; addresses
 * have 16 bytes, IPv4 in its mapped form
 */
enum {
	RIPTIDES_A_CONNECTION_UNSPEC,
	RIPTIDES_A_CONNECTION_DIRECTION,	/* u32 */
	RIPTIDES_A_CONNECTION_STATE,	/* u32: of TCP, as in tcp_states.h */
	RIPTIDES_A_CONNECTION_LOCAL_ADDRESS,	/* binary */
	RIPTIDES_A_CONNECTION_LOCAL_PORT,	/* u32 */
	RIPTIDES_A_CONNECTION_REMOTE_ADDRESS,	/* binary */
	RIPTIDES_A_CONNECTION_REMOTE_PORT,	/* u32 */
	RIPTIDES_A_CONNECTION_SINCE,	/* u64: seconds since 1970 when it was begun or accepted */
	RIPTIDES_A_CONNECTION_GENERATION,	/* u64: by which it was last decided */
	RIPTIDES_A_CONNECTION_ACTION,	/* u32: enum action of spec/bundle.yaml */
	RIPTIDES_A_CONNECTION_RULE,	/* u32 */
	RIPTIDES_A_CONNECTION_IDENTITY,	/* u32 */
	RIPTIDES_A_CONNECTION_SERVICE,	/* u32 */
	RIPTIDES_A_CONNECTION_BYTES_SENT,	/* u64: without retransmissions */
	RIPTIDES_A_CONNECTION_BYTES_RECEIVED,	/* u64 */
	/*
	 * u32: process that began or accepted it; 0: the kernel, or unknown
	 */
	RIPTIDES_A_CONNECTION_PID,
	RIPTIDES_A_CONNECTION_COMM,	/* string: name of its main thread when it was first seen */
	RIPTIDES_A_CONNECTION_UID,	/* u32: its effective user at that call */
	RIPTIDES_A_CONNECTION_GID,	/* u32 */
	/*
	 * binary: path of its executable; absent when it has none that can be trusted
	 */
	RIPTIDES_A_CONNECTION_PATH,
	RIPTIDES_A_CONNECTION_CMDLINE,	/* binary: its arguments; absent when they are not known */
	RIPTIDES_A_CONNECTION_PAD,	/* pad */
	/*
	 * binary: a label of the process, name=value, of those that the bundle in force asks the
	 * kernel for
	 */
	RIPTIDES_A_CONNECTION_LABEL,
	/*
	 * binary: its workload ID, where that of the identity has placeholders and they can be
	 * filled in
	 */
	RIPTIDES_A_CONNECTION_WORKLOAD_ID,

	__RIPTIDES_A_CONNECTION_MAX,
	RIPTIDES_A_CONNECTION_MAX = (__RIPTIDES_A_CONNECTION_MAX - 1)
};

/* agent: what the kernel and the agent tell one another */
enum {
	RIPTIDES_A_AGENT_UNSPEC,
	RIPTIDES_A_AGENT_REQUEST,	/* u64: number of a request; none is used twice */
	RIPTIDES_A_AGENT_IMAGE,	/* u64: number of a program image: a process since its last exec */
	RIPTIDES_A_AGENT_PID,	/* u32: its process */
	RIPTIDES_A_AGENT_COMM,	/* string: name of its main thread when it was first seen */
	RIPTIDES_A_AGENT_WITHIN,	/* u32: milliseconds that are left for the answer */
	/*
	 * u64: of the bundle whose label names were looked for, when not all labels are told
	 */
	RIPTIDES_A_AGENT_GENERATION,
	RIPTIDES_A_AGENT_LABEL,	/* binary: name=value */
	RIPTIDES_A_AGENT_TOLD,	/* flag: labels of the image have been told */
	RIPTIDES_A_AGENT_PAD,	/* pad */

	__RIPTIDES_A_AGENT_MAX,
	RIPTIDES_A_AGENT_MAX = (__RIPTIDES_A_AGENT_MAX - 1)
};

/* state: what all listeners are told */
enum {
	RIPTIDES_A_STATE_UNSPEC,
	RIPTIDES_A_STATE_GENERATION,	/* u64: in force now */
	RIPTIDES_A_STATE_PAD,	/* pad */

	__RIPTIDES_A_STATE_MAX,
	RIPTIDES_A_STATE_MAX = (__RIPTIDES_A_STATE_MAX - 1)
};

/* names-set: what the agent says of a name that the bundle in force looks at */
enum {
	RIPTIDES_A_NAMES_SET_UNSPEC,
	RIPTIDES_A_NAMES_SET_NAME,	/* binary: in lower case, without a dot at the end */
	/*
	 * binary: all that it has: of each the address, IPv4 in its mapped form, and a u32, the
	 * seconds from 1 to name-ttl-max that it is held; absent for none
	 */
	RIPTIDES_A_NAMES_SET_ADDRESSES,

	__RIPTIDES_A_NAMES_SET_MAX,
	RIPTIDES_A_NAMES_SET_MAX = (__RIPTIDES_A_NAMES_SET_MAX - 1)
};

/* name: an address of a name that the kernel holds */
enum {
	RIPTIDES_A_NAME_UNSPEC,
	RIPTIDES_A_NAME_NAME,	/* binary: the host name */
	RIPTIDES_A_NAME_ADDRESS,	/* binary */
	/*
	 * u32: milliseconds that it is held because the agent said so; absent when it is not
	 */
	RIPTIDES_A_NAME_AGENT_LEFT,
	/*
	 * u32: milliseconds that it is held because an answer of DNS said so, the grace included;
	 * absent when it is not
	 */
	RIPTIDES_A_NAME_DNS_LEFT,

	__RIPTIDES_A_NAME_MAX,
	RIPTIDES_A_NAME_MAX = (__RIPTIDES_A_NAME_MAX - 1)
};

/* resolvers: whose answers of DNS are believed */
enum {
	RIPTIDES_A_RESOLVERS_UNSPEC,
	/*
	 * binary: address-size bytes each; absent for none: nothing is learnt then
	 */
	RIPTIDES_A_RESOLVERS_ADDRESSES,
	/*
	 * u32: seconds that an address is held after its time to live; names-grace when absent
	 */
	RIPTIDES_A_RESOLVERS_GRACE,

	__RIPTIDES_A_RESOLVERS_MAX,
	RIPTIDES_A_RESOLVERS_MAX = (__RIPTIDES_A_RESOLVERS_MAX - 1)
};

enum {
	/*
	 * what the module is and what is in force
	 */
	RIPTIDES_CMD_GET_INFO = 1,
	/*
	 * opens a transaction; EBUSY while another socket has one,
	 * EINPROGRESS while this one has
	 */
	RIPTIDES_CMD_BEGIN = 2,
	/*
	 * adds bytes to the transaction
	 */
	RIPTIDES_CMD_CHUNK = 3,
	/*
	 * ends the transaction: EBADMSG when the digest differs, EINVAL when
	 * the bundle is not well formed, EPROTONOSUPPORT for another format
	 * version, EOPNOTSUPP when the bundle needs a feature that this
	 * module lacks, ESTALE when the generation moved since begin; in
	 * every case the earlier bundle stays in force
	 */
	RIPTIDES_CMD_COMMIT = 4,
	/*
	 * keeps the commit that waits for it; ENOENT when none does
	 */
	RIPTIDES_CMD_CONFIRM = 5,
	/*
	 * puts an earlier bundle back in force, as a new generation; ENOENT
	 * when the kernel does not hold it
	 */
	RIPTIDES_CMD_ROLLBACK = 6,
	/*
	 * the bundle in force, in order; nothing while none is
	 */
	RIPTIDES_CMD_DUMP = 7,
	/*
	 * stops governing, and gives governed sockets back to the kernel so
	 * that the module can be unloaded; answers at once and goes on until
	 * the state is drained; EBUSY while another module hooks sockets
	 * above this one
	 */
	RIPTIDES_CMD_DRAIN = 8,
	/*
	 * governs new sockets, and adopts those that exist; answers at once
	 * and goes on until the state is armed; ends a drain that is going
	 * on; EBUSY while the kernel offers another way to connect
	 */
	RIPTIDES_CMD_ARM = 9,
	/*
	 * the connections that governed sockets have; those that come or go
	 * meanwhile may be missing
	 */
	RIPTIDES_CMD_CONNECTIONS = 10,
	/*
	 * makes this socket that of the agent, until it closes; EBUSY while
	 * another is. The kernel then sends requests to it
	 */
	RIPTIDES_CMD_ATTACH = 11,
	/*
	 * sent to the agent, which is to answer with the labels of the
	 * process
	 */
	RIPTIDES_CMD_REQUEST = 12,
	/*
	 * answers a request; EPERM from anybody but the agent, ENOENT when
	 * the request is not open, ESRCH when the process is gone, E2BIG for
	 * more labels than there is room for. What is refused changes
	 * nothing
	 */
	RIPTIDES_CMD_ANSWER = 13,
	/*
	 * replaces the labels of an image, without being asked; EPERM from
	 * anybody but the agent, ESRCH when the process is gone or has
	 * executed another program, E2BIG as for an answer
	 */
	RIPTIDES_CMD_TELL = 14,
	/*
	 * the program images that are remembered; those that come or go
	 * meanwhile may be missing
	 */
	RIPTIDES_CMD_IMAGES = 15,
	/*
	 * sent to the group state when another generation is in force
	 */
	RIPTIDES_CMD_STATE = 16,
	/*
	 * says which addresses a name has, in place of what was said of it
	 * before; ENOENT when the bundle in force does not look at the name,
	 * and EAGAIN when another one comes into force meanwhile
	 */
	RIPTIDES_CMD_NAMES_SET = 20,
	/*
	 * the addresses of names that the kernel holds; those that come or
	 * go meanwhile may be missing
	 */
	RIPTIDES_CMD_NAMES = 21,
	/*
	 * says whose answers of DNS are believed, in place of those before
	 */
	RIPTIDES_CMD_RESOLVERS_SET = 22,

	__RIPTIDES_CMD_MAX,
	RIPTIDES_CMD_MAX = (__RIPTIDES_CMD_MAX - 1)
};

#endif /* _UAPI_RIPTIDES_H */
