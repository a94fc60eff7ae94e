/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * How the tables of a bundle are read. The verifier calls these only for indices that it has
 * checked; after it, all indices in the tables are good, and the evaluator follows them freely.
 */
#ifndef RT_CORE_TABLES_H
#define RT_CORE_TABLES_H

#include "core.h"
#include "hash.h"

/* Consecutive items of a section. */
struct rt_slice {
	u32 first;
	u32 count;
};

/* How the values of a fact are compared, and how long they may be. */
struct rt_fact_kind {
	u16 match;		/* enum rt_match */
	u16 limit;		/* bytes; 0 for numbers */
	bool known;
};

/* Facts have numbers below this. */
#define RT_FACT_NUMBERS 32

extern const struct rt_fact_kind rt_fact_kinds[RT_FACT_NUMBERS];

/* What differs between the address families. */
struct rt_ip_layout {
	u32 exact;
	u32 exact_buckets;
	u32 trie;
	u32 size;		/* bytes of an address */
};

extern const struct rt_ip_layout rt_ipv4;
extern const struct rt_ip_layout rt_ipv6;

/* An entry of exact4 or exact6. */
struct rt_exact {
	const u8 *address;
	u32 port;
	u32 reserved;
	struct rt_slice services;
};

/* A node of trie4 or trie6. */
struct rt_node {
	const u8 *address;
	u32 prefix_length;
	u32 left;
	u32 right;
	struct rt_slice ports;
};

static inline u32 rt_count(const struct rt_bundle *b, u32 section)
{
	return b->section[section].count;
}

/* An item of a section of u32. */
static inline u32 rt_item(const struct rt_bundle *b, u32 section, u32 index)
{
	return le32_to_cpu(((const __le32 *)b->section[section].items)[index]);
}

/* A service in destination-services, without what is said of it there. */
static inline u32 rt_listed_service(u32 item)
{
	return item & ~(u32)RT_LISTING_FLAGS;
}

/* The flag of a service in destination-services that is not there by a protocol. */
static inline u32 rt_listing_without(u16 protocol)
{
	return protocol == RT_PROTOCOL_UDP ? RT_LISTING_NOT_UDP : RT_LISTING_NOT_TCP;
}

static inline const u8 *rt_strings(const struct rt_bundle *b)
{
	return b->section[RT_SECTION_STRINGS].items;
}

/* A record of a section, by the record's name. */
#define RECORD(name, section_number) \
static inline const struct rt_##name *rt_##name(const struct rt_bundle *b, u32 index) \
{ \
	return (const struct rt_##name *)b->section[section_number].items + index; \
}

RECORD(value, RT_SECTION_VALUES)
RECORD(term, RT_SECTION_TERMS)
RECORD(selector, RT_SECTION_SELECTORS)
RECORD(precondition, RT_SECTION_PRECONDITIONS)
RECORD(identity, RT_SECTION_IDENTITIES)
RECORD(rule, RT_SECTION_RULES)
RECORD(service, RT_SECTION_SERVICES)
RECORD(port_range, RT_SECTION_PORT_RANGES)
RECORD(name, RT_SECTION_NAMES)
RECORD(option, RT_SECTION_OPTIONS)
RECORD(condition, RT_SECTION_CONDITIONS)
RECORD(instruction, RT_SECTION_INSTRUCTIONS)
RECORD(prefix, RT_SECTION_PREFIXES)
RECORD(svid, RT_SECTION_SVIDS)
RECORD(text, RT_SECTION_TEXTS)
RECORD(source, RT_SECTION_SOURCES)
RECORD(binding, RT_SECTION_BINDINGS)

#undef RECORD

static inline struct rt_slice rt_slice(__le32 first, __le32 count)
{
	return (struct rt_slice){ le32_to_cpu(first), le32_to_cpu(count) };
}

static inline struct rt_exact rt_exact(const struct rt_bundle *b, const struct rt_ip_layout *family,
				       u32 index)
{
	const void *items = b->section[family->exact].items;

	if (family->size == 4) {
		const struct rt_exact4 *e = (const struct rt_exact4 *)items + index;

		return (struct rt_exact){ e->address, le16_to_cpu(e->port),
					  le16_to_cpu(e->reserved),
					  rt_slice(e->services_first, e->services_count) };
	} else {
		const struct rt_exact6 *e = (const struct rt_exact6 *)items + index;

		return (struct rt_exact){ e->address, le16_to_cpu(e->port),
					  le16_to_cpu(e->reserved),
					  rt_slice(e->services_first, e->services_count) };
	}
}

static inline struct rt_node rt_node(const struct rt_bundle *b, const struct rt_ip_layout *family,
				     u32 index)
{
	const void *items = b->section[family->trie].items;

	if (family->size == 4) {
		const struct rt_node4 *n = (const struct rt_node4 *)items + index;

		return (struct rt_node){ n->address, le32_to_cpu(n->prefix_length),
					 le32_to_cpu(n->left), le32_to_cpu(n->right),
					 rt_slice(n->ports_first, n->ports_count) };
	} else {
		const struct rt_node6 *n = (const struct rt_node6 *)items + index;

		return (struct rt_node){ n->address, le32_to_cpu(n->prefix_length),
					 le32_to_cpu(n->left), le32_to_cpu(n->right),
					 rt_slice(n->ports_first, n->ports_count) };
	}
}

/* Whether only the agent can tell whether a term holds. */
static inline bool rt_is_of_agent(const struct rt_term *term)
{
	return le16_to_cpu(term->flags) & RT_TERM_AGENT;
}

/* The entries of a hash table that a hash can stand for. */
static inline struct rt_slice rt_bucket(const struct rt_bundle *b, u32 buckets, u32 hash)
{
	u32 mask = rt_count(b, buckets) - 2;	/* n + 1 offsets; n is a power of two, or 0 */
	u32 first;

	if (rt_count(b, buckets) < 2)
		return (struct rt_slice){ 0, 0 };
	first = rt_item(b, buckets, hash & mask);
	return (struct rt_slice){ first, rt_item(b, buckets, (hash & mask) + 1) - first };
}

static inline u32 rt_grant_hash(u32 identity, u32 set)
{
	return rt_hash_finish(rt_hash_u32(rt_hash_u32(RT_HASH_START, identity), set));
}

static inline u32 rt_exact_hash(const u8 *address, u32 size, u32 port)
{
	return rt_hash_finish(rt_hash_u16(rt_hash_bytes(RT_HASH_START, address, size), port));
}

static inline u32 rt_name_hash(const u8 *name, u32 length)
{
	return rt_hash_finish(rt_hash_bytes(RT_HASH_START, name, length));
}

/* The condition under which a rule grants, or RT_NONE. */
static inline u32 rt_rule_condition(const struct rt_bundle *b, const struct rt_rule *rule)
{
	u32 options = le32_to_cpu(rule->options);

	return options == RT_NONE ? RT_NONE : le32_to_cpu(rt_option(b, options)->condition);
}

/* Whether an ascending list of numbers holds one. */
static inline bool rt_list_has(const struct rt_bundle *b, u32 section, struct rt_slice list,
			       u32 number)
{
	while (list.count > 0) {
		u32 half = list.count / 2;
		u32 item = rt_item(b, section, list.first + half);

		if (item == number)
			return true;
		if (item < number) {
			list.first += half + 1;
			list.count -= half + 1;
		} else {
			list.count = half;
		}
	}
	return false;
}

static inline bool rt_same_bytes(const u8 *x, const u8 *y, u32 length)
{
	u32 i;

	for (i = 0; i < length; i++)
		if (x[i] != y[i])
			return false;
	return true;
}

/* Bit of an address, counted from the most significant of the first byte. */
static inline u32 rt_bit(const u8 *address, u32 bit)
{
	return (address[bit / 8] >> (7 - bit % 8)) & 1;
}

/* Whether two addresses agree in their first bits. */
static inline bool rt_same_bits(const u8 *x, const u8 *y, u32 bits)
{
	u32 rest = bits % 8;

	if (!rt_same_bytes(x, y, bits / 8))
		return false;
	return rest == 0 || (x[bits / 8] ^ y[bits / 8]) >> (8 - rest) == 0;
}

#endif /* RT_CORE_TABLES_H */
