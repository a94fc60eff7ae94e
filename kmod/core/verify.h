/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the parts of the verifier share. Each check returns 0, or refuses: it fills in the fault
 * and returns RT_REFUSED_MALFORMED.
 */
#ifndef RT_CORE_VERIFY_H
#define RT_CORE_VERIFY_H

#include "tables.h"

/* A verification under way. */
struct rt_check {
	struct rt_bundle *b;
	struct rt_fault *fault;
	u32 needs;	/* RT_FEATURE_FLAGS of the tables that were checked */
	u32 referenced;	/* bytes of the strings that were referred to so far */
};

int rt_refuse(struct rt_check *c, u32 section, u32 index, const char *reason);

/* A reference to one whole string of no more than `limit` bytes. */
int rt_check_string(struct rt_check *c, u32 section, u32 index, __le32 offset, __le32 length,
		    u32 limit);

/*
 * Slices of `of` are to follow one another: this one starts at `*next`, which it moves to its end.
 * It is the slice of record `index` of `section`, and has from `least` to `most` items.
 */
struct rt_slice_check {
	u32 section;
	u32 index;
	u32 of;
	u32 least;
	u32 most;
};

int rt_check_slice(struct rt_check *c, const struct rt_slice_check *s, struct rt_slice slice,
		   u32 *next);

/* The slices end where the section ends. */
int rt_check_end(struct rt_check *c, u32 of, u32 next);

/* The items of a slice are strictly ascending numbers below `bound`. */
int rt_check_list(struct rt_check *c, u32 of, struct rt_slice slice, u32 bound);

/* The offsets of a hash table's buckets. */
int rt_check_buckets(struct rt_check *c, u32 buckets, u32 entries);

/* What a condition may look at depends on where it stands. Fields as bits: */
#define RT_FIELD_BIT(field) (1U << (field))

enum rt_fields {
	RT_FIELDS_OF_PEER = RT_FIELD_BIT(RT_FIELD_PEER_ID) | RT_FIELD_BIT(RT_FIELD_PEER_DOMAIN) |
			    RT_FIELD_BIT(RT_FIELD_PEER_PATH),
	RT_FIELDS_OF_TIME = RT_FIELD_BIT(RT_FIELD_TIME) | RT_FIELD_BIT(RT_FIELD_DAY_MINUTE) |
			    RT_FIELD_BIT(RT_FIELD_WEEK_MINUTE),
	RT_FIELDS_OF_PROCESS = RT_FIELD_BIT(RT_FIELD_PROCESS_NAME) |
			       RT_FIELD_BIT(RT_FIELD_PROCESS_BINARY_PATH) |
			       RT_FIELD_BIT(RT_FIELD_PROCESS_UID) |
			       RT_FIELD_BIT(RT_FIELD_PROCESS_GID) |
			       RT_FIELD_BIT(RT_FIELD_PROCESS_CMDLINE),
	RT_FIELDS_OF_EGRESS = RT_FIELDS_OF_PROCESS | RT_FIELDS_OF_TIME |
			      RT_FIELD_BIT(RT_FIELD_DESTINATION_PORT) |
			      RT_FIELD_BIT(RT_FIELD_DESTINATION_IP) |
			      RT_FIELD_BIT(RT_FIELD_DESTINATION_NAME),
	RT_FIELDS_OF_INBOUND = RT_FIELDS_OF_PROCESS | RT_FIELDS_OF_TIME | RT_FIELDS_OF_PEER |
			       RT_FIELD_BIT(RT_FIELD_DESTINATION_PORT) |
			       RT_FIELD_BIT(RT_FIELD_SOURCE_IP) |
			       RT_FIELD_BIT(RT_FIELD_SOURCE_PORT),
};

/*
 * A reference to a condition, or RT_NONE, of record `index` of `section`: it looks at no fields
 * but those of `may`. Conditions must have been checked.
 */
int rt_check_use(struct rt_check *c, u32 section, u32 index, __le32 condition, enum rt_fields may);

/* The fields that a condition looks at. */
u32 rt_fields_of(const struct rt_bundle *b, u32 condition);

/* The fields that a condition looks at are none but those of `may`. */
int rt_check_fields(struct rt_check *c, u32 section, u32 index, u32 fields, enum rt_fields may);

/* Whether the bits of an address after a prefix are zero, and the prefix fits into it. */
bool rt_is_clean_prefix(const u8 *address, u32 size, u32 prefix_length);

/* The nodes of a trie, apart from what their ports lead to. */
int rt_check_nodes(struct rt_check *c, const struct rt_ip_layout *family);

/* No text has too many values of a prefix fact as its beginnings. Values must have been checked. */
int rt_check_prefixes(struct rt_check *c, u32 fact);

/*
 * Notes what the host has to collect for a label, or for a label of this name. It is the value
 * `index`, or stands in record `index` of `section`.
 */
int rt_check_label(struct rt_check *c, u32 index, const u8 *text, u32 length);
int rt_check_label_name(struct rt_check *c, u32 section, u32 index, const u8 *name, u32 length);

/* The placeholders of an identity whose workload ID is a template. */
int rt_check_template(struct rt_check *c, u32 index);

/* Strings. */
int rt_check_strings(struct rt_check *c);

/* Prefixes, instructions, conditions. Strings must have been checked. */
int rt_check_conditions(struct rt_check *c);

/* Options. Conditions must have been checked. */
int rt_check_options(struct rt_check *c);

/* Identities, rules, grants. Strings and options must have been checked. */
int rt_check_rules(struct rt_check *c);

/* Values, terms, selectors. Strings must have been checked. */
int rt_check_who(struct rt_check *c);

/* Services, exact tables, tries, names. Strings must have been checked. */
int rt_check_where(struct rt_check *c);

/* SVIDs, credential sources and bindings. Strings and conditions must have been checked. */
int rt_check_credentials(struct rt_check *c);

#endif /* RT_CORE_VERIFY_H */
