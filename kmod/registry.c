// SPDX-License-Identifier: GPL-2.0-only
/*
 * The inside of the registry: entries in buckets, by their sock.
 */
#include <linux/hash.h>
#include <linux/list.h>
#include <linux/lockdep.h>

#include "registry.h"

static struct rt_bucket buckets[RT_BUCKETS];

/* The bucket that a socket belongs in. */
struct rt_bucket *rt_bucket_of(const struct sock *sk)
{
	return &buckets[hash_ptr(sk, RT_BUCKETS_BITS)];
}

struct rt_bucket *rt_bucket(unsigned int number)
{
	return &buckets[number];
}

/* The entry of a socket, or NULL. */
struct rt_socket *rt_bucket_find(const struct rt_bucket *bucket, const struct sock *sk)
{
	struct rt_socket *socket;

	lockdep_assert_held(&bucket->lock);
	hlist_for_each_entry(socket, &bucket->sockets, node) {
		if (socket->sk == sk)
			return socket;
	}
	return NULL;
}
