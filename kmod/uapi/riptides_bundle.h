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
#define RT_BUNDLE_VERSION	5

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
#define RT_MAX_FACTS	16	/* facts of a process, labels apart, that one evaluation is given */
#define RT_MAX_ADDRESS_LENGTH	32	/* bytes of an address as a value of a fact */
#define RT_MAX_LABELS	128	/* labels of a process that one evaluation is given */
#define RT_MAX_LABEL_LENGTH	1024	/* bytes of one label */
#define RT_MAX_ENV_NAMES	16	/* variables of the environment that a bundle names */
#define RT_MAX_ENV_NAME_LENGTH	128	/* bytes of the name of one */
#define RT_MAX_NAMED_GROUPS	32	/* supplementary groups that a bundle names */
/*
 * bytes of a host name (RFC 1035, 2.3.4, as text without the last dot)
 */
#define RT_MAX_HOST_NAME_LENGTH	253
#define RT_MAX_NAMES	16	/* names of a destination that one evaluation is given */
#define RT_MAX_SPIFFE_ID_LENGTH	2048	/* bytes of a SPIFFE ID (SPIFFE-ID, 2.3) */
#define RT_MAX_CONDITION_LENGTH	256	/* instructions of one condition */
#define RT_MAX_CONDITIONAL_RULES	128	/* egress rules with a condition in one identity */
/*
 * inbound rules of one identity, its inbound default included
 */
#define RT_MAX_INBOUND_RULES	257
/*
 * prefixes of one table that may hold of one value at once
 */
#define RT_MAX_PREFIX_HITS	16
#define RT_MAX_PREFIX_LENGTHS	256	/* different lengths of prefixes in one table */
#define RT_MAX_CANDIDATES	1024	/* selectors that one fact value can bring into question */
#define RT_MAX_VALUE_TERMS	1024	/* terms that one fact value can make true */
#define RT_MAX_SELECTOR_TERMS	16	/* terms of one selector */
#define RT_MAX_BUCKET	32	/* entries that share one hash bucket */
#define RT_MAX_SERVICE_SETS	4096	/* sets that one service is in */
/*
 * services at one address and port, and on one way through a trie
 */
#define RT_MAX_DESTINATION_SERVICES	256
#define RT_MAX_DESTINATION_SETS	32768	/* sets that these services are in, added up */
/*
 * bytes of all strings, each as often as a record refers to it
 */
#define RT_MAX_REFERENCED_BYTES	268435456

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
	/*
	 * name=value of a fact that has no number of its own; a process may have many
	 */
	RT_FACT_LABEL = 7,
	RT_FACT_DIRECTION = 8,	/* 0: the process connects; 1: it accepts */
	/*
	 * address that the process connects to: 32 hexadecimal digits in lower case, IPv4 in its
	 * mapped form
	 */
	RT_FACT_DESTINATION_IP = 9,
	/*
	 * address of the peer whose connection the process accepts, written likewise
	 */
	RT_FACT_SOURCE_IP = 10,
	RT_FACT_SOURCE_PORT = 11,	/* port of that peer */
};

/* match and limit of each fact, by number: F(number, match, limit of its bytes) */
#define RT_FACT_TABLE(F) \
	F(RT_FACT_PROCESS_NAME, RT_MATCH_STRING, RT_MAX_NAME_LENGTH) \
	F(RT_FACT_PROCESS_BINARY_PATH, RT_MATCH_STRING, RT_MAX_PATH_LENGTH) \
	F(RT_FACT_PROCESS_UID, RT_MATCH_NUMBER, 0) \
	F(RT_FACT_PROCESS_GID, RT_MATCH_NUMBER, 0) \
	F(RT_FACT_PROCESS_CMDLINE, RT_MATCH_PREFIX, RT_MAX_CMDLINE_LENGTH) \
	F(RT_FACT_DESTINATION_PORT, RT_MATCH_NUMBER, 0) \
	F(RT_FACT_LABEL, RT_MATCH_STRING, RT_MAX_LABEL_LENGTH) \
	F(RT_FACT_DIRECTION, RT_MATCH_NUMBER, 0) \
	F(RT_FACT_DESTINATION_IP, RT_MATCH_STRING, RT_MAX_ADDRESS_LENGTH) \
	F(RT_FACT_SOURCE_IP, RT_MATCH_STRING, RT_MAX_ADDRESS_LENGTH) \
	F(RT_FACT_SOURCE_PORT, RT_MATCH_NUMBER, 0)

/* labels that the kernel collects itself: bits of a mask */
enum rt_label {
	RT_LABEL_PROCESS_PID = 0,	/* number in the initial namespace */
	RT_LABEL_PROCESS_UID_REAL = 1,	/* real user id, in the initial user namespace */
	RT_LABEL_PROCESS_GID_REAL = 2,	/* real group id, likewise */
	/*
	 * a supplementary group, likewise; a process may have many
	 */
	RT_LABEL_PROCESS_GID_ADDITIONAL = 3,
	RT_LABEL_PROCESS_BINARY_HASH = 4,	/* SHA-256 of the executable */
	RT_LABEL_PROCESS_PARENT_BINARY_PATH = 5,	/* path of the executable of its parent */
	/*
	 * path of the executable of an ancestor; a process may have many
	 */
	RT_LABEL_PROCESS_ANCESTOR_BINARY_PATH = 6,
	RT_LABEL_PROCESS_CGROUP = 7,	/* path of its cgroup in the hierarchy of version 2 */
	RT_LABEL_PROCESS_ENV = 8,	/* a variable of its environment */
	RT_LABEL_PROCESS_NAMESPACE_CGROUP = 9,	/* inode number of its cgroup namespace */
	RT_LABEL_PROCESS_NAMESPACE_IPC = 10,	/* inode number of its ipc namespace */
	RT_LABEL_PROCESS_NAMESPACE_MNT = 11,	/* inode number of its mnt namespace */
	RT_LABEL_PROCESS_NAMESPACE_NET = 12,	/* inode number of its net namespace */
	RT_LABEL_PROCESS_NAMESPACE_PID = 13,	/* inode number of its pid namespace */
	RT_LABEL_PROCESS_NAMESPACE_TIME = 14,	/* inode number of its time namespace */
	RT_LABEL_PROCESS_NAMESPACE_USER = 15,	/* inode number of its user namespace */
	RT_LABEL_PROCESS_NAMESPACE_UTS = 16,	/* inode number of its uts namespace */
	/*
	 * whether its cgroup namespace is the one of process 1
	 */
	RT_LABEL_PROCESS_NAMESPACE_CGROUP_HOST = 17,
	/*
	 * whether its ipc namespace is the one of process 1
	 */
	RT_LABEL_PROCESS_NAMESPACE_IPC_HOST = 18,
	/*
	 * whether its mnt namespace is the one of process 1
	 */
	RT_LABEL_PROCESS_NAMESPACE_MNT_HOST = 19,
	/*
	 * whether its net namespace is the one of process 1
	 */
	RT_LABEL_PROCESS_NAMESPACE_NET_HOST = 20,
	/*
	 * whether its pid namespace is the one of process 1
	 */
	RT_LABEL_PROCESS_NAMESPACE_PID_HOST = 21,
	/*
	 * whether its time namespace is the one of process 1
	 */
	RT_LABEL_PROCESS_NAMESPACE_TIME_HOST = 22,
	/*
	 * whether its user namespace is the one of process 1
	 */
	RT_LABEL_PROCESS_NAMESPACE_USER_HOST = 23,
	/*
	 * whether its uts namespace is the one of process 1
	 */
	RT_LABEL_PROCESS_NAMESPACE_UTS_HOST = 24,
};

/* L(number, name, whether a colon and any name follow), by number */
#define RT_LABEL_TABLE(L) \
	L(RT_LABEL_PROCESS_PID, "process:pid", false) \
	L(RT_LABEL_PROCESS_UID_REAL, "process:uid:real", false) \
	L(RT_LABEL_PROCESS_GID_REAL, "process:gid:real", false) \
	L(RT_LABEL_PROCESS_GID_ADDITIONAL, "process:gid:additional", false) \
	L(RT_LABEL_PROCESS_BINARY_HASH, "process:binary:hash", false) \
	L(RT_LABEL_PROCESS_PARENT_BINARY_PATH, "process:parent:binary:path", false) \
	L(RT_LABEL_PROCESS_ANCESTOR_BINARY_PATH, "process:ancestor:binary:path", false) \
	L(RT_LABEL_PROCESS_CGROUP, "process:cgroup", false) \
	L(RT_LABEL_PROCESS_ENV, "process:env", true) \
	L(RT_LABEL_PROCESS_NAMESPACE_CGROUP, "process:namespace:cgroup", false) \
	L(RT_LABEL_PROCESS_NAMESPACE_IPC, "process:namespace:ipc", false) \
	L(RT_LABEL_PROCESS_NAMESPACE_MNT, "process:namespace:mnt", false) \
	L(RT_LABEL_PROCESS_NAMESPACE_NET, "process:namespace:net", false) \
	L(RT_LABEL_PROCESS_NAMESPACE_PID, "process:namespace:pid", false) \
	L(RT_LABEL_PROCESS_NAMESPACE_TIME, "process:namespace:time", false) \
	L(RT_LABEL_PROCESS_NAMESPACE_USER, "process:namespace:user", false) \
	L(RT_LABEL_PROCESS_NAMESPACE_UTS, "process:namespace:uts", false) \
	L(RT_LABEL_PROCESS_NAMESPACE_CGROUP_HOST, "process:namespace:cgroup:host", false) \
	L(RT_LABEL_PROCESS_NAMESPACE_IPC_HOST, "process:namespace:ipc:host", false) \
	L(RT_LABEL_PROCESS_NAMESPACE_MNT_HOST, "process:namespace:mnt:host", false) \
	L(RT_LABEL_PROCESS_NAMESPACE_NET_HOST, "process:namespace:net:host", false) \
	L(RT_LABEL_PROCESS_NAMESPACE_PID_HOST, "process:namespace:pid:host", false) \
	L(RT_LABEL_PROCESS_NAMESPACE_TIME_HOST, "process:namespace:time:host", false) \
	L(RT_LABEL_PROCESS_NAMESPACE_USER_HOST, "process:namespace:user:host", false) \
	L(RT_LABEL_PROCESS_NAMESPACE_UTS_HOST, "process:namespace:uts:host", false)

/* what is done with a connection */
enum rt_action {
	RT_ACTION_DENY = 0,	/* refuse it */
	RT_ACTION_ALLOW = 1,	/* let it go on */
	RT_ACTION_AUDIT = 2,	/* let it go on, and report it */
};

/* what carries a connection */
enum rt_protocol {
	RT_PROTOCOL_TCP = 0,	/* a TCP connection */
	RT_PROTOCOL_UDP = 1,	/* datagrams of UDP or UDP-Lite to one destination */
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
	/*
	 * an identity's default for connections that none of its inbound rules grants
	 */
	RT_RULE_KIND_INBOUND_DEFAULT = 4,
	RT_RULE_KIND_INBOUND = 5,	/* an inbound rule of an identity */
};

/* how far an identity's policy is enforced */
enum rt_mode {
	RT_MODE_ENFORCE = 0,	/* connections that nothing grants follow the posture */
	RT_MODE_AUDIT = 1,	/* connections that would be refused go on and are reported */
	RT_MODE_OFF = 2,	/* every connection goes on */
};

/*
 * what becomes of a connection that needs labels which the agent does not tell; the strictest
 * first
 */
enum rt_agent_loss {
	/*
	 * it is refused, also by labels that were told, once the agent is lost
	 */
	RT_AGENT_LOSS_DENY = 0,
	RT_AGENT_LOSS_KEEP = 1,	/* labels that were told count on; without any it is refused */
	RT_AGENT_LOSS_ALLOW = 2,	/* labels that were told count on; without any it goes on */
};

/* what protects a connection */
enum rt_tls_mode {
	RT_TLS_MODE_NONE = 0,	/* nothing is said */
	RT_TLS_MODE_MUTUAL = 1,	/* both sides show an X.509-SVID */
	RT_TLS_MODE_SIMPLE = 2,	/* the server alone shows a certificate */
	RT_TLS_MODE_PERMISSIVE = 3,	/* plain text is accepted besides */
};

/* whether a workload ID with placeholders can be filled in for a process */
enum rt_filling {
	RT_FILLING_DONE = 0,	/* it can, or has no placeholders */
	RT_FILLING_MISSING = 1,	/* the process has no such fact */
	RT_FILLING_SEVERAL = 2,	/* it has several */
	RT_FILLING_UNFIT = 3,	/* the result is no path of a SPIFFE ID */
	RT_FILLING_TOO_LONG = 4,	/* it has more bytes than a SPIFFE ID can have */
};

/* what an instruction of a condition looks at */
enum rt_field {
	RT_FIELD_PROCESS_NAME = 1,	/* text; empty when the process has none */
	RT_FIELD_PROCESS_BINARY_PATH = 2,	/* text, likewise */
	RT_FIELD_PROCESS_UID = 3,	/* number; 4294967295 when it is not known */
	RT_FIELD_PROCESS_GID = 4,	/* number, likewise */
	RT_FIELD_PROCESS_CMDLINE = 5,	/* text; no more than cmdline-length bytes */
	/*
	 * number: the port connected to; of an accepted connection the local one
	 */
	RT_FIELD_DESTINATION_PORT = 6,
	/*
	 * address connected to; of an accepted connection all zero
	 */
	RT_FIELD_DESTINATION_IP = 7,
	RT_FIELD_DESTINATION_NAME = 8,	/* text: the host name that is tried, or empty */
	RT_FIELD_SOURCE_IP = 9,	/* address of the peer that connected; else all zero */
	RT_FIELD_SOURCE_PORT = 10,	/* number: its port; else 0 */
	RT_FIELD_PEER_ID = 11,	/* text: the peer's SPIFFE ID, or empty while it is not known */
	RT_FIELD_PEER_DOMAIN = 12,	/* text: its trust domain, or empty */
	RT_FIELD_PEER_PATH = 13,	/* text: its path with the leading slash, or empty */
	RT_FIELD_TIME = 14,	/* number: seconds since 1970, UTC */
	RT_FIELD_DAY_MINUTE = 15,	/* number: minutes since midnight, UTC */
	RT_FIELD_WEEK_MINUTE = 16,	/* number: minutes since Monday 00:00, UTC */
};

/* how an instruction looks at its field */
enum rt_test {
	RT_TEST_RANGE = 0,	/* a number from data to length, both included */
	RT_TEST_EQUAL = 1,	/* a text that equals the string */
	RT_TEST_STARTS = 2,	/* a text that begins with the string */
	RT_TEST_ENDS = 3,	/* a text that ends with the string */
	RT_TEST_INSIDE = 4,	/* an address in the prefix that data numbers */
};

/* how a condition ends, instead of an instruction to go on with */
enum rt_end {
	RT_END_FAILS = 65534,	/* it does not hold */
	RT_END_HOLDS = 65535,	/* it holds */
};

/* where a credential comes from */
enum rt_provider {
	RT_PROVIDER_KUBERNETES = 1,	/* a Secret of Kubernetes */
	RT_PROVIDER_AWS = 2,	/* AWS STS */
	RT_PROVIDER_GCP = 3,	/* Google workload identity federation */
	RT_PROVIDER_AZURE = 4,	/* Microsoft Entra */
	RT_PROVIDER_OCI = 5,	/* Oracle cloud */
	RT_PROVIDER_VAULT = 6,	/* HashiCorp Vault or OpenBao */
	RT_PROVIDER_JWT = 7,	/* a JWT-SVID of the workload */
	RT_PROVIDER_OAUTH2 = 8,	/* an OAuth 2 grant */
	RT_PROVIDER_RFC7523 = 9,	/* the jwt-bearer grant */
	RT_PROVIDER_RFC8693 = 10,	/* a token exchange */
	RT_PROVIDER_GITHUBAPP = 11,	/* an installation token of a GitHub App */
	RT_PROVIDER_CONJUR = 12,	/* CyberArk Conjur */
};

/*
 * what carrying out a bundle needs beyond deciding connections that are opened; a host that lacks
 * one refuses the bundle
 */
#define RT_FEATURE_INBOUND	(1U << 0)	/* connections that are accepted can be refused */
#define RT_FEATURE_TLS	(1U << 1)	/* connections are encrypted, certificates are issued */
#define RT_FEATURE_PEERS	(1U << 2)	/* the peer's SPIFFE ID is checked */
#define RT_FEATURE_CREDENTIALS	(1U << 3)	/* credentials are injected or delivered */
#define RT_FEATURE_NAMES	(1U << 4)	/* the addresses of host names are known */
/*
 * labels that the kernel collects itself, see kernel-labels
 */
#define RT_FEATURE_LABELS	(1U << 5)
#define RT_FEATURE_TEMPLATES	(1U << 6)	/* workload IDs have placeholders */
#define RT_FEATURE_AGENT_LABELS	(1U << 7)	/* labels that the agent is asked for: all others */
#define RT_FEATURE_FLAGS \
	(RT_FEATURE_INBOUND | \
	 RT_FEATURE_TLS | \
	 RT_FEATURE_PEERS | \
	 RT_FEATURE_CREDENTIALS | \
	 RT_FEATURE_NAMES | \
	 RT_FEATURE_LABELS | \
	 RT_FEATURE_TEMPLATES | \
	 RT_FEATURE_AGENT_LABELS)

/* properties of the whole */
/*
 * connections of processes without an identity are kept when they are denied after they began
 */
#define RT_BUNDLE_KEEP	(1U << 0)
#define RT_BUNDLE_UDP	(1U << 1)	/* UDP is decided */
/*
 * sockets of transports that cannot be decided are refused to whom the egress default denies
 */
#define RT_BUNDLE_DENY_OTHERS	(1U << 2)
#define RT_BUNDLE_FLAGS \
	(RT_BUNDLE_KEEP | \
	 RT_BUNDLE_UDP | \
	 RT_BUNDLE_DENY_OTHERS)

/* properties of a service at a destination: in its number, above the bits that number it */
#define RT_LISTING_NOT_TCP	(1U << 29)	/* it is not there by TCP */
#define RT_LISTING_NOT_UDP	(1U << 30)	/* it is not there by UDP; never both */
#define RT_LISTING_FLAGS \
	(RT_LISTING_NOT_TCP | \
	 RT_LISTING_NOT_UDP)

/* properties of a term */
/*
 * one of its values is a label that the agent is asked for
 */
#define RT_TERM_AGENT	(1U << 0)
#define RT_TERM_FLAGS	(RT_TERM_AGENT)

/* properties of an identity */
#define RT_IDENTITY_TEMPLATE	(1U << 0)	/* its workload ID has placeholders: [fact] */
/*
 * its connections are kept when they are denied after they began
 */
#define RT_IDENTITY_KEEP	(1U << 1)
#define RT_IDENTITY_FLAGS \
	(RT_IDENTITY_TEMPLATE | \
	 RT_IDENTITY_KEEP)

/* properties of a rule with options */
/*
 * the application's own TLS is opened and closed again
 */
#define RT_OPTION_INTERCEPT	(1U << 0)
#define RT_OPTION_FLAGS	(RT_OPTION_INTERCEPT)

/* properties of a credential binding */
#define RT_BINDING_SYSFS	(1U << 0)	/* delivered as files, too */
#define RT_BINDING_FLAGS	(RT_BINDING_SYSFS)

/* properties of a service */
#define RT_SERVICE_EXTERNAL	(1U << 0)	/* outside the trust domain */
#define RT_SERVICE_TLS	(1U << 1)	/* the endpoint itself speaks TLS */
#define RT_SERVICE_FLAGS \
	(RT_SERVICE_EXTERNAL | \
	 RT_SERVICE_TLS)

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
	__le32 features;	/* flags feature: exactly those that the tables need */
	__le32 flags;	/* flags bundle */
};

#define RT_HEADER_SIZE	36

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
	__le16 fact;	/* a number of `facts` */
	__le16 flags;	/* flags term */
	/*
	 * ascending; a selector stands under one of its terms, its rarest
	 */
	__le32 selectors_first;
	__le32 selectors_count;
};

#define RT_TERM_SIZE	12

/* terms that must all be true; a lower number takes precedence */
struct rt_selector {
	__le32 identity;
	__le32 terms_first;	/* ascending, at least one */
	__le32 terms_count;
	__le32 precondition;	/* when it has labels of the agent among its terms, else none */
};

#define RT_SELECTOR_SIZE	16

/*
 * what selectors demand besides labels of the agent: where it does not hold, the agent need not be
 * asked
 */
struct rt_precondition {
	__le32 selector;	/* the first that has it */
	/*
	 * enum agent-loss: the strictest of the identities of its selectors
	 */
	__le32 agent_loss;
	__le32 terms_first;	/* ascending; may be empty */
	__le32 terms_count;
};

#define RT_PRECONDITION_SIZE	16

/* a WorkloadIdentity */
struct rt_identity {
	__le32 workload_id_offset;
	__le32 workload_id_length;
	/*
	 * the first is the identity's default, then its egress rules in the order written
	 */
	__le32 rules_first;
	__le32 rules_count;
	/*
	 * empty, or the inbound default and then the inbound rules in the order written; they
	 * follow `rules`
	 */
	__le32 inbound_first;
	__le32 inbound_count;
	__le32 peers;	/* the condition on peers of connections out, or none: any peer */
	__le16 mode;	/* enum mode */
	__le16 tls;	/* enum tls-mode */
	__le16 flags;	/* flags identity */
	__le16 agent_loss;	/* enum agent-loss */
};

#define RT_IDENTITY_SIZE	36

/* its index in the section is the rule id that verdicts carry */
struct rt_rule {
	__le32 identity;	/* none for the postures */
	__le32 set;	/* the services that an egress rule grants, else none */
	__le16 kind;	/* enum rule-kind */
	__le16 action;	/* enum action */
	__le32 options;	/* index into options, or none: a rule without conditions */
};

#define RT_RULE_SIZE	16

/* what few rules have */
struct rt_option {
	__le32 condition;	/* the condition under which the rule grants, or none */
	__le32 peers;	/* egress: the condition on the peer, or none: the identity's */
	/*
	 * egress: the identity that is shown to the peer, or none: its own
	 */
	__le32 identity;
	__le16 tls;	/* egress: enum tls-mode; none: the identity's */
	__le16 flags;	/* flags option */
};

#define RT_OPTION_SIZE	16

/* a program without loops: it begins with its first instruction */
struct rt_condition {
	__le32 instructions_first;	/* at least one */
	__le32 instructions_count;
};

#define RT_CONDITION_SIZE	8

/* a test of a field, and where to go on */
struct rt_instruction {
	__le16 field;	/* enum field */
	__le16 test;	/* enum test */
	__le32 data;	/* the lowest number; the offset of a string; the number of a prefix */
	__le32 length;	/* the highest number; the string's length; 0 for a prefix */
	/*
	 * the instruction of the condition to go on with when the test is true, or enum end
	 */
	__le16 when_true;
	__le16 when_false;	/* and when it is false */
};

#define RT_INSTRUCTION_SIZE	16

/* a prefix of addresses; IPv4 in its mapped form */
struct rt_prefix {
	__u8 address[16];	/* bits after the prefix are zero */
	__le32 prefix_length;
};

#define RT_PREFIX_SIZE	20

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

/* a host name */
struct rt_name {
	__le32 name_offset;	/* in lower case, without a dot at the end */
	__le32 name_length;
	__le32 ports_first;	/* ascending, disjoint; at least one */
	__le32 ports_count;
};

#define RT_NAME_SIZE	16

/* what the certificates and tokens of an identity are like, where it is said */
struct rt_svid {
	__le32 identity;
	__le32 x509_ttl;	/* seconds; 0: nothing is said */
	__le32 jwt_ttl;	/* seconds; 0: nothing is said */
	__le32 dns_names_first;
	__le32 dns_names_count;
	__le32 audiences_first;
	__le32 audiences_count;
};

#define RT_SVID_SIZE	28

/* a string in a list */
struct rt_text {
	__le32 text_offset;
	__le32 text_length;
};

#define RT_TEXT_SIZE	8

/* a CredentialSource */
struct rt_source {
	__le32 name_offset;
	__le32 name_length;
	__le32 provider;	/* enum provider */
	__u8 digest[32];	/* SHA-256 of all that it says */
};

#define RT_SOURCE_SIZE	44

/* a CredentialBinding */
struct rt_binding {
	__le32 name_offset;
	__le32 name_length;
	__le32 identity;
	__le32 source;
	__le32 set;	/* the services towards which it is injected, or none */
	__le32 condition;	/* when it may be used, or none */
	__le32 uses;	/* how often it may be used; 0: any number of times */
	__le32 flags;	/* flags binding */
};

#define RT_BINDING_SIZE	32

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
	/*
	 * lists of services with flags listing, ascending by service
	 */
	RT_SECTION_DESTINATION_SERVICES = 23,
	RT_SECTION_NAME_BUCKETS = 24,	/* bucket offsets of names */
	RT_SECTION_NAMES = 25,	/* hash table by name */
	RT_SECTION_OPTIONS = 26,	/* each has at least one rule */
	RT_SECTION_CONDITIONS = 27,	/* no two with the same instructions */
	RT_SECTION_INSTRUCTIONS = 28,	/* the programs of the conditions */
	RT_SECTION_PREFIXES = 29,	/* ascending */
	RT_SECTION_SVIDS = 30,	/* in ascending order of identity */
	RT_SECTION_TEXTS = 31,	/* lists of strings */
	RT_SECTION_SOURCES = 32,	/* in ascending order of name */
	RT_SECTION_BINDINGS = 33,	/* in ascending order of identity, then of name */
	RT_SECTION_PRECONDITIONS = 34,	/* in ascending order of selector */
	RT_SECTION_PRECONDITION_TERMS = 35,	/* lists of terms */
};

#define RT_SECTION_COUNT	35

/* S(number, bytes of one item), in the order of the file */
#define RT_SECTION_TABLE(S) \
	S(RT_SECTION_STRINGS, 1) \
	S(RT_SECTION_PREFIX_LENGTHS, 4) \
	S(RT_SECTION_VALUE_BUCKETS, 4) \
	S(RT_SECTION_VALUES, 20) \
	S(RT_SECTION_VALUE_TERMS, 4) \
	S(RT_SECTION_TERMS, 12) \
	S(RT_SECTION_POSTINGS, 4) \
	S(RT_SECTION_SELECTORS, 16) \
	S(RT_SECTION_SELECTOR_TERMS, 4) \
	S(RT_SECTION_IDENTITIES, 36) \
	S(RT_SECTION_RULES, 16) \
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
	S(RT_SECTION_DESTINATION_SERVICES, 4) \
	S(RT_SECTION_NAME_BUCKETS, 4) \
	S(RT_SECTION_NAMES, 16) \
	S(RT_SECTION_OPTIONS, 16) \
	S(RT_SECTION_CONDITIONS, 8) \
	S(RT_SECTION_INSTRUCTIONS, 16) \
	S(RT_SECTION_PREFIXES, 20) \
	S(RT_SECTION_SVIDS, 28) \
	S(RT_SECTION_TEXTS, 8) \
	S(RT_SECTION_SOURCES, 44) \
	S(RT_SECTION_BINDINGS, 32) \
	S(RT_SECTION_PRECONDITIONS, 16) \
	S(RT_SECTION_PRECONDITION_TERMS, 4)

#endif /* _UAPI_RIPTIDES_BUNDLE_H */
