/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The inside of the registry: for sockets.c, which has what is governed, and connections.c and
 * destinations.c, which have what became of it. All others use their functions.
 */
#ifndef _RT_REGISTRY_H
#define _RT_REGISTRY_H

#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "connections.h"
#include "destinations.h"

enum {
	RT_BUCKETS_BITS = 13,
	RT_BUCKETS = 1 << RT_BUCKETS_BITS,
};

/* A governed socket. */
struct rt_socket {
	struct hlist_node node;		/* guarded by the bucket's lock, like all below */
	struct sock *sk;		/* a reference */
	u64 number;			/* in the order in which they were added, from 1 */
	pid_t maker;			/* thread group that made or accepted it */
	bool of_kernel;			/* the kernel accepted it for itself */
	bool adopted;			/* got the gate's operations after it was made */
	struct rt_connection_record connection;	/* of TCP */
	struct rt_destinations *destinations;	/* of datagrams; NULL: none was remembered */
};

struct rt_bucket {
	spinlock_t lock;		/* guards the list; taken before sk_callback_lock */
	struct hlist_head sockets;
};

struct rt_bucket *rt_bucket_of(const struct sock *sk);
struct rt_bucket *rt_bucket(unsigned int number);
struct rt_socket *rt_bucket_find(const struct rt_bucket *bucket, const struct sock *sk);

#endif /* _RT_REGISTRY_H */
