/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Generated from spec/bundle.yaml by `npm run generate`. Do not edit. */
#ifndef _UAPI_RIPTIDES_BUNDLE_H
#define _UAPI_RIPTIDES_BUNDLE_H

#ifdef RT_FREESTANDING
#include "types.h"
#else
#include <linux/types.h>
#endif

#define RT_BUNDLE_MAGIC	"RTB1"
#define RT_BUNDLE_VERSION	1

/* No identity, rule, service, set or child has this number. */
#define RT_NONE	0xffffffffU

/* Limits. */
#define RT_MAX_BUNDLE_SIZE	67108864	/* bytes of a bundle (64 MiB) */
#define RT_MAX_STRING_LENGTH	4095	/* bytes of one interned string */
/*
 * bytes of a process name: the kernel's TASK_COMM_LEN less its NUL
 */
#define RT_MAX_NAME_LENGTH	15
#define RT_MAX_PATH_LENGTH	4095	/* bytes of a path: the kernel's PATH_MAX less its NUL */
#define RT_MAX_CMDLINE_LENGTH	1024	/* bytes of a command line that are looked at */
#define RT_MAX_FACTS	16	/* facts that one evaluation is given */
/*
 * prefixes of one table that may hold of one value at once
 */
#define RT_MAX_PREFIX_HITS	16
#define RT_MAX_PREFIX_LENGTHS	256	/* different lengths of prefixes in one table */
#define RT_MAX_CANDIDATES	1024	/* selectors that one fact value can bring into question */
#define RT_MAX_VALUE_TERMS	1024	/* terms that one fact value can make true */
#define RT_MAX_SELECTOR_TERMS	8	/* terms of one selector */
#define RT_MAX_BUCKET	32	/* entries that share one hash bucket */
#define RT_MAX_SERVICE_SETS	4096	/* sets that one service is in */
/*
 * services at one address and port, and on one way through a trie
 */
#define RT_MAX_DESTINATION_SERVICES	256

/* how the values of a fact are compared */
enum rt_match {
	RT_MATCH_NUMBER = 0,	/* an unsigned 32-bit number, equal */
	RT_MATCH_STRING = 1,	/* bytes, equal */
	RT_MATCH_PREFIX = 2,	/* bytes that the fact's value starts with */
};

/* what a selector may ask of a process or connection */
enum rt_fact {
	/*
	 * name of the process (comm of its first thread); the process can change it
	 */
	RT_FACT_PROCESS_NAME = 1,
	/*
	 * absolute path of the executable, as the host's root sees it
	 */
	RT_FACT_PROCESS_BINARY_PATH = 2,
	RT_FACT_PROCESS_UID = 3,	/* effective user id, in the initial user namespace */
	RT_FACT_PROCESS_GID = 4,	/* effective group id, in the initial user namespace */
	/*
	 * command line, arguments joined by one space; the process can change it
	 */
	RT_FACT_PROCESS_CMDLINE = 5,
	RT_FACT_DESTINATION_PORT = 6,	/* port that the process connects to */
};

/* match and limit of each fact, by number: F(number, match, limit of its bytes) */
#define RT_FACT_TABLE(F) \
	F(RT_FACT_PROCESS_NAME, RT_MATCH_STRING, RT_MAX_NAME_LENGTH) \
	F(RT_FACT_PROCESS_BINARY_PATH, RT_MATCH_STRING, RT_MAX_PATH_LENGTH) \
	F(RT_FACT_PROCESS_UID, RT_MATCH_NUMBER, 0) \
	F(RT_FACT_PROCESS_GID, RT_MATCH_NUMBER, 0) \
	F(RT_FACT_PROCESS_CMDLINE, RT_MATCH_PREFIX, RT_MAX_CMDLINE_LENGTH) \
	F(RT_FACT_DESTINATION_PORT, RT_MATCH_NUMBER, 0)

/* what is done with a connection */
enum rt_action {
	RT_ACTION_DENY = 0,	/* refuse it */
	RT_ACTION_ALLOW = 1,	/* let it go on */
	RT_ACTION_AUDIT = 2,	/* let it go on, and report it */
};

/* where a rule comes from */
enum rt_rule_kind {
	/*
	 * the project's default for connections out of processes without an identity
	 */
	RT_RULE_KIND_EGRESS_POSTURE = 0,
	/*
	 * the project's default for connections that are accepted
	 */
	RT_RULE_KIND_INGRESS_POSTURE = 1,
	/*
	 * an identity's default for connections that none of its egress rules grants
	 */
	RT_RULE_KIND_IDENTITY_DEFAULT = 2,
	RT_RULE_KIND_EGRESS = 3,	/* an egress rule of an identity */
};

/* how far an identity's policy is enforced */
enum rt_mode {
	RT_MODE_ENFORCE = 0,	/* connections that nothing grants follow the posture */
	RT_MODE_AUDIT = 1,	/* connections that would be refused go on and are reported */
	RT_MODE_OFF = 2,	/* every connection goes on */
};

/* properties of a service */
#define RT_SERVICE_EXTERNAL	(1U << 0)	/* outside the trust domain */
#define RT_SERVICE_TLS	(1U << 1)	/* the endpoint itself speaks TLS */
#define RT_SERVICE_FLAGS	(RT_SERVICE_EXTERNAL | RT_SERVICE_TLS)

/* the first bytes of the file */
struct rt_header {
	__u8 magic[4];
	__le16 version;	/* format version */
	__le16 header_size;	/* bytes of this record */
	__le32 size;	/* bytes of the whole file */
	__le32 section_count;
	__le32 trust_domain_offset;	/* SPIFFE trust domain, without the scheme */
	__le32 trust_domain_length;
	__le32 set_count;	/* sets of services are numbered 0 to this less 1 */
	__le32 reserved;	/* zero */
};

#define RT_HEADER_SIZE	32

/* one entry of the section table */
struct rt_section {
	__le16 id;	/* number of the section */
	__le16 record_size;	/* bytes of one of its records */
	__le32 offset;	/* from the start of the file */
	__le32 count;	/* records */
};

#define RT_SECTION_SIZE	12

/* one value of one fact, and the terms that it makes true */
struct rt_value {
	__le16 fact;	/* a number of `facts` */
	__le16 reserved;	/* zero */
	__le32 data;	/* the number, or the offset of the bytes in strings */
	__le32 length;	/* 0 for a number, else the bytes' length */
	__le32 terms_first;
	__le32 terms_count;
};

#define RT_VALUE_SIZE	20

/* a fact with the values accepted for it; knows the selectors that are looked up through it */
struct rt_term {
	/*
	 * ascending; a selector stands under one of its terms, its rarest
	 */
	__le32 selectors_first;
	__le32 selectors_count;
};

#define RT_TERM_SIZE	8

/* terms that must all be true; a lower number takes precedence */
struct rt_selector {
	__le32 identity;
	__le32 terms_first;	/* ascending, at least one */
	__le32 terms_count;
};

#define RT_SELECTOR_SIZE	12

/* a WorkloadIdentity */
struct rt_identity {
	__le32 workload_id_offset;
	__le32 workload_id_length;
	/*
	 * the first is the identity's default, then its egress rules in the order written
	 */
	__le32 rules_first;
	__le32 rules_count;
	__le32 mode;	/* enum mode */
};

#define RT_IDENTITY_SIZE	20

/* its index in the section is the rule id that verdicts carry */
struct rt_rule {
	__le32 identity;	/* none for the postures */
	__le32 set;	/* the services that an egress rule grants, else none */
	__le16 kind;	/* enum rule-kind */
	__le16 action;	/* enum action */
};

#define RT_RULE_SIZE	12

/* a Service */
struct rt_service {
	__le32 name_offset;
	__le32 name_length;
	__le32 flags;	/* flags service */
	__le32 sets_first;	/* ascending */
	__le32 sets_count;
};

#define RT_SERVICE_SIZE	20

/* services at one IPv4 address and port */
struct rt_exact4 {
	__u8 address[4];
	__le16 port;	/* 0: any port */
	__le16 reserved;	/* zero */
	__le32 services_first;
	__le32 services_count;
};

#define RT_EXACT4_SIZE	16

/* services at one IPv6 address and port */
struct rt_exact6 {
	__u8 address[16];
	__le16 port;	/* 0: any port */
	__le16 reserved;	/* zero */
	__le32 services_first;
	__le32 services_count;
};

#define RT_EXACT6_SIZE	28

/* a node of the path-compressed trie of IPv4 prefixes */
struct rt_node4 {
	__u8 address[4];	/* bits after the prefix are zero */
	__le32 prefix_length;
	/*
	 * the child whose next bit is 0, or none; greater than the node's own index
	 */
	__le32 left;
	/*
	 * the child whose next bit is 1, or none; greater than the node's own index
	 */
	__le32 right;
	__le32 ports_first;	/* ascending, disjoint; may be empty */
	__le32 ports_count;
};

#define RT_NODE4_SIZE	24

/* a node of the path-compressed trie of IPv6 prefixes */
struct rt_node6 {
	__u8 address[16];	/* bits after the prefix are zero */
	__le32 prefix_length;
	/*
	 * the child whose next bit is 0, or none; greater than the node's own index
	 */
	__le32 left;
	/*
	 * the child whose next bit is 1, or none; greater than the node's own index
	 */
	__le32 right;
	__le32 ports_first;	/* ascending, disjoint; may be empty */
	__le32 ports_count;
};

#define RT_NODE6_SIZE	36

/* services at the ports low to high, both included */
struct rt_port_range {
	__le16 low;
	__le16 high;
	__le32 services_first;
	__le32 services_count;
};

#define RT_PORT_RANGE_SIZE	12

/* sections, in the order of the file */
enum rt_section_number {
	/*
	 * interned UTF-8 strings, each once and followed by a zero byte, in ascending order of
	 * bytes
	 */
	RT_SECTION_STRINGS = 1,
	/*
	 * the different lengths of the values of prefix facts, ascending
	 */
	RT_SECTION_PREFIX_LENGTHS = 2,
	RT_SECTION_VALUE_BUCKETS = 3,	/* bucket offsets of values */
	RT_SECTION_VALUES = 4,	/* hash table by fact and value */
	RT_SECTION_VALUE_TERMS = 5,	/* lists of terms */
	RT_SECTION_TERMS = 6,	/* what selectors are made of */
	RT_SECTION_POSTINGS = 7,	/* lists of selectors */
	RT_SECTION_SELECTORS = 8,	/* in order of precedence */
	RT_SECTION_SELECTOR_TERMS = 9,	/* lists of terms */
	RT_SECTION_IDENTITIES = 10,	/* in ascending order of workloadID */
	RT_SECTION_RULES = 11,	/* the two postures, then those of each identity */
	RT_SECTION_GRANT_BUCKETS = 12,	/* bucket offsets of grants */
	RT_SECTION_GRANTS = 13,	/* hash table by identity and set: numbers of egress rules */
	RT_SECTION_SERVICES = 14,	/* in ascending order of name */
	RT_SECTION_SERVICE_SETS = 15,	/* lists of sets */
	RT_SECTION_EXACT4_BUCKETS = 16,	/* bucket offsets of exact4 */
	RT_SECTION_EXACT4 = 17,	/* hash table by address and port */
	RT_SECTION_EXACT6_BUCKETS = 18,	/* bucket offsets of exact6 */
	RT_SECTION_EXACT6 = 19,	/* hash table by address and port */
	/*
	 * in ascending order of address, then prefix length; node 0 is the root 0.0.0.0/0; empty
	 * when there is no IPv4 prefix
	 */
	RT_SECTION_TRIE4 = 20,
	/*
	 * in ascending order of address, then prefix length; node 0 is the root ::/0; empty when
	 * there is no IPv6 prefix
	 */
	RT_SECTION_TRIE6 = 21,
	RT_SECTION_PORT_RANGES = 22,	/* lists of port ranges */
	RT_SECTION_DESTINATION_SERVICES = 23,	/* lists of services, ascending */
};

#define RT_SECTION_COUNT	23

/* S(number, bytes of one item), in the order of the file */
#define RT_SECTION_TABLE(S) \
	S(RT_SECTION_STRINGS, 1) \
	S(RT_SECTION_PREFIX_LENGTHS, 4) \
	S(RT_SECTION_VALUE_BUCKETS, 4) \
	S(RT_SECTION_VALUES, 20) \
	S(RT_SECTION_VALUE_TERMS, 4) \
	S(RT_SECTION_TERMS, 8) \
	S(RT_SECTION_POSTINGS, 4) \
	S(RT_SECTION_SELECTORS, 12) \
	S(RT_SECTION_SELECTOR_TERMS, 4) \
	S(RT_SECTION_IDENTITIES, 20) \
	S(RT_SECTION_RULES, 12) \
	S(RT_SECTION_GRANT_BUCKETS, 4) \
	S(RT_SECTION_GRANTS, 4) \
	S(RT_SECTION_SERVICES, 20) \
	S(RT_SECTION_SERVICE_SETS, 4) \
	S(RT_SECTION_EXACT4_BUCKETS, 4) \
	S(RT_SECTION_EXACT4, 16) \
	S(RT_SECTION_EXACT6_BUCKETS, 4) \
	S(RT_SECTION_EXACT6, 28) \
	S(RT_SECTION_TRIE4, 24) \
	S(RT_SECTION_TRIE6, 36) \
	S(RT_SECTION_PORT_RANGES, 12) \
	S(RT_SECTION_DESTINATION_SERVICES, 4)

#endif /* _UAPI_RIPTIDES_BUNDLE_H */
