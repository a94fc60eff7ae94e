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

/* Identities, rules, grants; values, terms, selectors. Strings must have been checked. */
int rt_check_who(struct rt_check *c);

/* Services, exact tables, tries. Strings must have been checked. */
int rt_check_where(struct rt_check *c);

#endif /* RT_CORE_VERIFY_H */
