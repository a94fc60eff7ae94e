/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_CACHE_H
#define _RT_CACHE_H

#include <linux/types.h>

struct rt_verdict;

/* All that a verdict follows from, but for the time. Without padding: it is compared as bytes. */
struct rt_cache_key {
	u64 generation;
	u64 image;			/* not 0 */
	u64 names;			/* the stamp of those that the address has */
	u32 uid;
	u32 gid;
	u32 real_uid;			/* 0 unless the bundle asks for it, and so */
	u32 real_gid;
	u32 groups;			/* bits of those that the bundle names */
	u16 direction;			/* enum riptides_direction */
	u16 protocol;			/* enum rt_protocol */
	u32 reserved;			/* 0 */
	u32 port;			/* that is connected to, or accepted at */
	u8 address[16];			/* that is connected to; zero of what is accepted */
};

bool rt_cache_find(const struct rt_cache_key *key, struct rt_verdict *verdict);
void rt_cache_store(const struct rt_cache_key *key, const struct rt_verdict *verdict);

int rt_cache_init(void);
void rt_cache_exit(void);

#endif /* _RT_CACHE_H */
