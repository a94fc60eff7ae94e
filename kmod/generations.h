/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_GENERATIONS_H
#define _RT_GENERATIONS_H

#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/time64.h>
#include <linux/types.h>

#include "core/core.h"
#include "uapi/riptides.h"

struct netlink_ext_ack;

/* A bundle and its bytes. Once it is verified it is constant, and shared by all who hold it. */
struct rt_held_bundle {
	refcount_t users;
	struct rt_bundle opened;	/* set when it is verified */
	u8 digest[RIPTIDES_DIGEST_SIZE];
	u32 size;
	u8 *bytes;
};

/* What is in force between two commits. Constant, but for the undoing of its commit. */
struct rt_generation {
	struct rcu_head rcu;
	u64 number;
	time64_t committed_at;
	struct rt_held_bundle *bundle;	/* NULL: no bundle is in force, nothing is decided */
};

/* An earlier bundle, and the generation at which it was last in force. */
struct rt_past {
	u64 generation;
	struct rt_held_bundle *bundle;
};

struct rt_generation_info {
	u64 generation;
	u64 committed_at;
	bool in_force;			/* a bundle is: digest, size and committed_at tell of it */
	u8 digest[RIPTIDES_DIGEST_SIZE];
	u32 size;
	u32 confirm_remaining;		/* milliseconds; 0: nothing waits */
	unsigned int past_count;	/* entries of past, the latest first */
	struct {
		u64 generation;
		u8 digest[RIPTIDES_DIGEST_SIZE];
	} past[RIPTIDES_BUNDLE_HISTORY];
};

const struct rt_generation *rt_generation_in_force(void);
u32 rt_generation_labels(void);

struct rt_held_bundle *rt_generation_get_bundle(u64 *generation);
void rt_held_bundle_put(struct rt_held_bundle *bundle);

int rt_generation_check(u64 expected, struct netlink_ext_ack *extack);
int rt_generation_replace(struct rt_held_bundle *bundle, u64 expected, u32 confirm_within,
			  u64 *generation, struct netlink_ext_ack *extack);
int rt_generation_confirm(u64 generation, struct netlink_ext_ack *extack);
int rt_generation_rollback(u64 expected, const u8 *digest, u64 *generation,
			   struct netlink_ext_ack *extack);
void rt_generation_info(struct rt_generation_info *info);

int rt_generation_init(void (*moved)(void));
void rt_generation_stop(void);
void rt_generation_exit(void);

#endif /* _RT_GENERATIONS_H */
