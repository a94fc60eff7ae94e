// SPDX-License-Identifier: GPL-2.0-only
/*
 * The destinations that a socket may send datagrams to, as far as they were decided.
 *
 * A program sends many datagrams to few destinations. So a socket remembers the last ones that its
 * sender was allowed, and none of them needs a decision while the sender and the generation stay
 * the same. What is denied is not remembered: each send counts.
 */
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <net/sock.h>

#include "destinations.h"
#include "registry.h"

static bool is_same_sender(const struct rt_sender *a, const struct rt_sender *b)
{
	return a->generation == b->generation && a->image == b->image &&
	       uid_eq(a->uid, b->uid) && gid_eq(a->gid, b->gid);
}

static bool has(const struct rt_destinations *destinations, const struct rt_sender *sender,
		const struct rt_remote *remote)
{
	unsigned int i;

	if (!is_same_sender(&destinations->sender, sender))
		return false;
	for (i = 0; i < destinations->count; i++) {
		const struct rt_remote *known = &destinations->remote[i];

		if (known->port == remote->port &&
		    !memcmp(known->address, remote->address, sizeof(known->address)))
			return true;
	}
	return false;
}

/**
 * rt_destinations_have() - whether a sender was allowed a destination
 * @sk: the socket
 * @sender: who sends
 * @remote: where to
 *
 * Does not sleep. Return: false also when it is not remembered.
 */
bool rt_destinations_have(struct sock *sk, const struct rt_sender *sender,
			  const struct rt_remote *remote)
{
	struct rt_bucket *bucket = rt_bucket_of(sk);
	const struct rt_socket *socket;
	bool found;

	spin_lock(&bucket->lock);
	socket = rt_bucket_find(bucket, sk);
	found = socket && socket->destinations && has(socket->destinations, sender, remote);
	spin_unlock(&bucket->lock);
	return found;
}

static void add(struct rt_destinations *destinations, const struct rt_sender *sender,
		const struct rt_remote *remote)
{
	if (!is_same_sender(&destinations->sender, sender)) {
		destinations->sender = *sender;
		destinations->count = 0;
		destinations->next = 0;
	}
	/* Another thread may have been as fast. */
	if (has(destinations, sender, remote))
		return;
	destinations->remote[destinations->next] = *remote;
	destinations->next = (destinations->next + 1) % RT_DESTINATIONS;
	destinations->count = min_t(unsigned int, destinations->count + 1, RT_DESTINATIONS);
}

/**
 * rt_destinations_remember() - remember that a sender was allowed a destination
 * @sk: the socket
 * @sender: who sends
 * @remote: where to
 *
 * May sleep. Without memory for it, each datagram is decided.
 */
void rt_destinations_remember(struct sock *sk, const struct rt_sender *sender,
			      const struct rt_remote *remote)
{
	struct rt_bucket *bucket = rt_bucket_of(sk);
	struct rt_destinations *fresh = NULL;
	struct rt_socket *socket;
	bool is_missing;

	spin_lock(&bucket->lock);
	socket = rt_bucket_find(bucket, sk);
	is_missing = socket && !socket->destinations;
	spin_unlock(&bucket->lock);
	if (is_missing)
		fresh = kzalloc(sizeof(*fresh), GFP_KERNEL_ACCOUNT);

	spin_lock(&bucket->lock);
	socket = rt_bucket_find(bucket, sk);
	if (socket && !socket->destinations)
		swap(socket->destinations, fresh);
	if (socket && socket->destinations)
		add(socket->destinations, sender, remote);
	spin_unlock(&bucket->lock);
	kfree(fresh);
}
