/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_NAMES_H
#define _RT_NAMES_H

#include <linux/types.h>

#include "core/core.h"
#include "uapi/riptides.h"

struct rt_named;

/* Who says that a name has an address. */
enum rt_name_source {
	RT_NAME_SOURCE_AGENT,
	RT_NAME_SOURCE_DNS,
	RT_NAME_SOURCES,
};

/* An address of a name, and how long it is held. */
struct rt_name_address {
	u8 address[16];			/* IPv4 in its mapped form */
	u32 seconds;			/* up to RIPTIDES_NAME_TTL_MAX + RIPTIDES_NAMES_GRACE_MAX */
};

/* What rt_names_visit() shows. */
struct rt_name_entry {
	struct rt_bytes name;
	const u8 *address;
	u32 left[RT_NAME_SOURCES];	/* milliseconds; 0: not held because of it */
};

/* Where a list of names goes on; zero at first. */
struct rt_name_place {
	unsigned int bucket;
	unsigned int slot;		/* of the address shown last */
	u64 before;			/* its number, or 0 */
};

/* Returns whether to go on. */
typedef bool rt_name_visitor(const struct rt_name_entry *entry, void *data);

const struct rt_named *rt_names_find(const u8 *address);
u64 rt_names_stamp(const struct rt_named *named);
bool rt_names_is_steady(const struct rt_named *named);
u32 rt_names_list(const struct rt_named *named, struct rt_bytes names[RT_MAX_NAMES]);

int rt_names_add(const struct rt_bytes *text, u64 generation,
		 const struct rt_name_address *addresses, unsigned int count);
int rt_names_replace(const struct rt_bytes *text, u64 generation,
		     const struct rt_name_address *addresses, unsigned int count);
bool rt_names_matter(const struct rt_bytes *text, u64 *generation);
bool rt_names_can_have(const u8 *address);
void rt_names_prune(void);

bool rt_names_visit(struct rt_name_place *place, rt_name_visitor *visit, void *data);

void rt_names_init(void (*moved)(void));
void rt_names_exit(void);

#endif /* _RT_NAMES_H */
