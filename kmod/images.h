/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_IMAGES_H
#define _RT_IMAGES_H

#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <linux/uidgid.h>

struct pid;
struct rt_owner;

/*
 * A program image: a process since its last exec. Constant once it is remembered, but for its
 * place in the lists and the mark that it was used.
 */
struct rt_image {
	struct hlist_node node;
	struct list_head queue;		/* of the owner's images */
	struct rt_owner *owner;
	struct rcu_head rcu;
	refcount_t users;		/* being remembered counts as one */
	bool used;			/* since the eviction last examined it */
	u64 number;			/* no two that are remembered have one; 0: is not */
	struct pid *pid;		/* of the thread group */
	u64 exec_id;			/* its leader's self_exec_id */
	char name[TASK_COMM_LEN];
	u16 path_length;		/* 0: has no path that can be trusted */
	u16 cmdline_length;
	u8 text[];			/* path, command line */
};

struct rt_image *rt_images_get(u64 *exec_id);
u64 rt_images_number(void);
void rt_images_remember(struct rt_image *image);
void rt_image_put(struct rt_image *image);

int rt_images_init(void);
void rt_images_exit(void);

#endif /* _RT_IMAGES_H */
