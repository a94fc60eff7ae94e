/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What a bundle says of a connection.
 *
 * This is the only implementation of that question. It runs in the kernel module, in
 * WebAssembly for the command line, and natively under sanitizers for tests. It takes
 * bytes and returns values: it allocates nothing, keeps nothing, and calls nothing but
 * rt_relax(), in the verifier.
 *
 * Use: rt_bundle_open() checks the bytes once; the rt_decide functions then read them in
 * place, concurrently if need be, for as long as the bytes stay where and as they are.
 * docs/bundle-format.md says what the bytes mean.
 */
#ifndef RT_CORE_H
#define RT_CORE_H

#include "types.h"
#include "../uapi/riptides_bundle.h"

/* Rules that are always there; those of the identities follow. */
enum rt_posture {
	RT_RULE_EGRESS_POSTURE = 0,
	RT_RULE_INGRESS_POSTURE = 1,
	RT_POSTURES = 2,
};

/* The items of one section. */
struct rt_view {
	const void *items;
	u32 count;
};

/* Bytes with a length; not ended by a NUL. */
struct rt_bytes {
	const u8 *bytes;
	u32 length;
};

/* A supplementary group that a bundle names, and the label that says that a process has it. */
struct rt_group {
	u32 id;
	struct rt_bytes label;
};

/*
 * A bundle that was verified. Its fields are the core's own, but for what of a process it asks of
 * the host that collects labels.
 */
struct rt_bundle {
	u32 size;			/* bytes of the file; 0: refused, denies everything */
	u32 set_count;
	u32 facts;			/* those that have values: one bit each */
	u32 name_tests_first;		/* no instruction tests a host name before this one, */
	u32 name_tests_end;		/* nor from this one on */
	u32 labels;			/* for the host: enum rt_label, one bit each */
	u32 env_count;			/* for the host: variables that are named */
	u32 group_count;		/* for the host: supplementary groups that are named */
	struct rt_bytes env[RT_MAX_ENV_NAMES];
	struct rt_group groups[RT_MAX_NAMED_GROUPS];
	const struct rt_header *header;
	struct rt_view section[RT_SECTION_COUNT + 1];	/* by number; 0 is not used */
};

/* Why bytes are not a bundle. */
struct rt_fault {
	u32 section; /* enum rt_section_number, or 0: the header */
	u32 index; /* the record; in strings the byte; RT_NONE: the section as a whole */
	const char *reason; /* a constant: what is wrong with it */
};

/* What rt_bundle_open() returns other than 0. */
enum rt_refusal {
	RT_REFUSED_MALFORMED = -1,	/* the bytes break a rule of the format */
	RT_REFUSED_VERSION = -2,	/* a bundle of another format version */
};

/* A fact of a process: `number`, or `length` bytes, by the fact's match. */
struct rt_fact_value {
	u16 fact;		/* enum rt_fact */
	u16 length;
	u32 number;
	const u8 *bytes;
};

/*
 * Facts of a process in any order, each at most once. A fact that is not there has no value.
 * What is true of the connection (destination, source, direction) is added here, and labels
 * stand apart: name=value each, also in any order.
 */
struct rt_facts {
	u32 count;
	u32 label_count;
	struct rt_fact_value fact[RT_MAX_FACTS];
	const struct rt_bytes *labels;
	u32 agent_label_count;
	const struct rt_bytes *agent_labels;	/* those that the agent has told */
};

/* The other end of a connection: an IPv4 address is written ::ffff:a.b.c.d. */
struct rt_remote {
	_Alignas(4) u8 address[16];	/* can be read as a struct in6_addr */
	u16 port;
};

/*
 * A connection. Of what is not known, the text is empty and the number 0. A destination can have
 * several names, in any order, no more than RT_MAX_NAMES; it is decided as if each were the only
 * one, and the lowest rule that grants it by any of them counts.
 */
struct rt_connection {
	struct rt_remote remote;	/* whom it goes to; or, when accepted, comes from */
	u16 local_port;			/* when accepted: the port that it came in at */
	u16 protocol;			/* enum rt_protocol; what is accepted is TCP */
	u32 time;			/* seconds since 1970, UTC */
	u32 name_count;
	const struct rt_bytes *names;	/* that the destination has, in lower case */
	struct rt_bytes peer;		/* the SPIFFE ID that the peer has proven */
};

/* Numbers are indices into the bundle's sections, or RT_NONE. */
struct rt_verdict {
	u32 action;		/* enum rt_action */
	u32 rule;		/* the rule that decided; RT_NONE: the question made no sense */
	u32 identity;		/* whom the facts describe */
	u32 service;		/* the service through which the rule was found */
	u32 presents;		/* the identity that the peer is shown */
	u32 peers;		/* the condition on the peer, see rt_peer_allowed() */
	u16 tls;		/* enum rt_tls_mode */
	u16 flags;		/* RT_OPTION_FLAGS of the rule */
	u32 keeps;		/* whether a denial leaves a connection that has begun alone */
	u32 filling;		/* enum rt_filling; unless it is done, that decided, not the rule */
	u16 asks;		/* whether other labels of the agent could change who it is */
	u16 agent_loss;		/* if so: what becomes of it without them */
};

/**
 * rt_bundle_open() - verify a bundle
 * @b: is filled in
 * @data: the file, aligned to 4 bytes; must stay as long as @b is used
 * @size: bytes of @data
 * @fault: is filled in when the bundle is refused
 *
 * May sleep in the kernel. Takes time linear in @size and checks all that
 * docs/bundle-format.md demands, so that the evaluator's work on an accepted bundle is bounded
 * and stays within its bytes.
 *
 * Return: 0, or a value of enum rt_refusal; @b then denies everything.
 */
int rt_bundle_open(struct rt_bundle *b, const void *data, size_t size, struct rt_fault *fault);

/*
 * What a verdict depends on besides the bundle, the facts and the rest of the connection: with
 * another time, or another remote end, it can be another one only if the bit is set.
 */
enum rt_dependence {
	RT_DEPENDS_ON_TIME = 1,
	RT_DEPENDS_ON_REMOTE = 2,
};

/**
 * rt_decide_connect() - decide a connection that a process opens
 * @b: the bundle
 * @facts: of the process
 * @connection: where to, and when
 * @verdict: is filled in; denies when anything is odd
 *
 * Return: what the verdict depends on, of enum rt_dependence.
 */
u32 rt_decide_connect(const struct rt_bundle *b, const struct rt_facts *facts,
		      const struct rt_connection *connection, struct rt_verdict *verdict);

/**
 * rt_decide_accept() - decide a connection that a process accepts
 * @b: the bundle
 * @facts: of the process
 * @connection: where from, by whom, and when
 * @verdict: is filled in; denies when anything is odd
 *
 * Return: what the verdict depends on, of enum rt_dependence.
 */
u32 rt_decide_accept(const struct rt_bundle *b, const struct rt_facts *facts,
		     const struct rt_connection *connection, struct rt_verdict *verdict);

/**
 * rt_decide_other() - decide a socket of a transport whose destinations cannot be decided
 * @b: the bundle
 * @facts: of the process
 * @time: seconds since 1970, UTC
 * @verdict: is filled in: that of a connection to nowhere, which no rule grants; denies when
 *	anything is odd
 *
 * Whether such sockets are refused at all is for rt_refuses_others() to say.
 */
void rt_decide_other(const struct rt_bundle *b, const struct rt_facts *facts, u32 time,
		     struct rt_verdict *verdict);

/**
 * rt_peer_allowed() - whether a connection that was opened may have this peer
 * @b: the bundle
 * @verdict: of rt_decide_connect()
 * @peer: the SPIFFE ID that the peer has proven; empty: none
 */
bool rt_peer_allowed(const struct rt_bundle *b, const struct rt_verdict *verdict,
		     const struct rt_bytes *peer);

/**
 * rt_condition_holds() - run one condition
 * @b: the bundle
 * @condition: its number
 * @facts: of the process
 * @connection: in question
 * @accepts: whether the process accepts it
 *
 * For showing why a rule did not grant. Of a destination with several names it holds when it does
 * for one of them.
 */
bool rt_condition_holds(const struct rt_bundle *b, u32 condition, const struct rt_facts *facts,
			const struct rt_connection *connection, bool accepts);

/**
 * rt_name_matters() - whether a verdict of the bundle can depend on a host name
 * @b: the bundle
 * @name: in lower case, without a dot at the end
 *
 * It does when a service has the name, or when a condition tests for it or for its beginning or
 * end. Takes time linear in the conditions.
 */
bool rt_name_matters(const struct rt_bundle *b, const struct rt_bytes *name);

/**
 * rt_fill_workload_id() - the workload ID of an identity with placeholders, for a process
 * @b: the bundle
 * @identity: its number
 * @facts: of the process
 * @connection: in question
 * @accepts: whether the process accepts it
 * @buffer: takes the workload ID, without a NUL
 *
 * Return: its length; 0 when it cannot be filled in, as a verdict says, or has no placeholders.
 */
u32 rt_fill_workload_id(const struct rt_bundle *b, u32 identity, const struct rt_facts *facts,
			const struct rt_connection *connection, bool accepts,
			u8 buffer[RT_MAX_SPIFFE_ID_LENGTH]);

/* The number of a label of the kernel's by its name, enum rt_label; RT_NONE: it is the agent's. */
u32 rt_label_kind(const u8 *name, u32 length);

/* What carrying out an open bundle needs of the host: RT_FEATURE_FLAGS. */
u32 rt_features(const struct rt_bundle *b);

/* Whether an open bundle decides a protocol, of enum rt_protocol. */
bool rt_governs(const struct rt_bundle *b, u16 protocol);

/* Whether sockets of other transports are refused where rt_decide_other() denies them. */
bool rt_refuses_others(const struct rt_bundle *b);

/* Names of an open bundle, each with a NUL at its end; the numbers must be those of a verdict. */
const char *rt_trust_domain(const struct rt_bundle *b);
const char *rt_workload_id(const struct rt_bundle *b, u32 identity);
const char *rt_service_name(const struct rt_bundle *b, u32 service);

#endif /* RT_CORE_H */
