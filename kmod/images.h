/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_IMAGES_H
#define _RT_IMAGES_H

#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <linux/uidgid.h>

#include "core/core.h"

struct pid;
struct rt_labels;
struct rt_owner;
struct rt_request;

/* Labels that the agent has told; constant. */
struct rt_agent_labels {
	struct rcu_head rcu;
	u64 generation;			/* whose label names they are complete for; 0: any */
	u32 count;
	u32 size;			/* bytes of the texts */
	struct rt_bytes label[];	/* their texts follow */
};

/*
 * A program image: a process since its last exec. Constant once it is remembered, but for its
 * place in the lists and the mark that it was used.
 */
struct rt_image {
	struct hlist_node node;
	struct list_head queue;		/* of the owner's images */
	struct rt_owner *owner;
	kuid_t user;			/* whose it is */
	struct rcu_head rcu;
	refcount_t users;		/* being remembered counts as one */
	bool used;			/* since the eviction last examined it */
	bool is_replaced;		/* by one of the same program image, with more labels */
	u64 number;			/* no two that are remembered have one; 0: is not */
	u64 version;			/* of what is known of it; likewise, changes with it */
	struct rt_agent_labels __rcu *agent_labels;	/* NULL: were not told */
	struct rt_request *request;	/* that is open; guarded by requests.c */
	unsigned long ask_again;	/* in jiffies: after one that was not answered; or 0 */
	struct pid *pid;		/* of the thread group */
	u64 exec_id;			/* its leader's self_exec_id */
	struct rt_labels *labels;	/* NULL: none were asked for */
	char name[TASK_COMM_LEN];
	u16 path_length;		/* 0: has no path that can be trusted */
	u16 cmdline_length;
	u8 text[];			/* path, command line */
};

/* Where a list of images goes on; zero at first. */
struct rt_image_place {
	unsigned int bucket;
	u64 before;			/* the number of the image shown last in it, or 0 */
};

struct rt_image *rt_images_get(u64 *exec_id);
u64 rt_images_version(void);
void rt_images_remember(struct rt_image *image);
void rt_image_put(struct rt_image *image);
struct rt_image *rt_images_find(pid_t pid, u64 number);
struct rt_image *rt_image_latest(struct rt_image *image);
bool rt_image_is_running(const struct rt_image *image);
bool rt_image_tell(struct rt_image *image, struct rt_agent_labels *labels);
void rt_image_renew(struct rt_image *image);
bool rt_images_visit(struct rt_image_place *place,
		     bool (*visit)(const struct rt_image *image, void *data), void *data);
kuid_t rt_owner_of_current(void);

int rt_images_init(void);
void rt_images_exit(void);

#endif /* _RT_IMAGES_H */
