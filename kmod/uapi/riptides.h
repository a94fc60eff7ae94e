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

	__RIPTIDES_A_CONNECTION_MAX,
	RIPTIDES_A_CONNECTION_MAX = (__RIPTIDES_A_CONNECTION_MAX - 1)
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

	__RIPTIDES_CMD_MAX,
	RIPTIDES_CMD_MAX = (__RIPTIDES_CMD_MAX - 1)
};

#endif /* _UAPI_RIPTIDES_H */
