// SPDX-License-Identifier: GPL-2.0-only
/*
 * The registry of governed sockets.
 *
 * A socket is in it from when its operations become the gate's until they are the kernel's again,
 * or it is closed. So the number of sockets is exact, and each can be found wherever it is held: in
 * a file table, in a message between two processes, by io_uring, by a memory mapping.
 *
 * An entry has a reference to the struct sock, not to the socket: whether the socket still exists
 * is told by sk_socket, under sk_callback_lock.
 */
#include <linux/atomic.h>
#include <linux/bpf-cgroup.h>
#include <linux/file.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/percpu.h>
#include <linux/percpu_counter.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <net/sock.h>
#include <net/tcp_states.h>

#include "compat.h"
#include "connections.h"
#include "registry.h"
#include "sockets.h"
#include "walk.h"

static struct {
	struct percpu_counter count;
	struct kmem_cache *cache;
	atomic64_t last_number;
} sockets;

/* The socket that was made last on each CPU: only to be compared and looked up. */
static DEFINE_PER_CPU(struct sock *, made_last);

/**
 * rt_socket_alloc() - an entry, to be added or freed
 *
 * May sleep. Return: NULL without memory.
 */
struct rt_socket *rt_socket_alloc(void)
{
	return kmem_cache_zalloc(sockets.cache, GFP_KERNEL);
}

/**
 * rt_socket_free() - free an entry that was not added
 * @socket: may be NULL
 */
void rt_socket_free(struct rt_socket *socket)
{
	if (!socket)
		return;
	kfree(socket->destinations);
	kmem_cache_free(sockets.cache, socket);
}

static void unlink(struct rt_socket *socket)
{
	hlist_del(&socket->node);
	percpu_counter_dec(&sockets.count);
}

/* The last reference may be ours, when the socket was never finished. */
static void release(struct rt_socket *socket)
{
	rt_connections_forget(&socket->connection);
	sock_put(socket->sk);
	rt_socket_free(socket);
}

/*
 * Whether the socket is gone without a call of the gate's release: it was never finished, see
 * rt_sockets_add(), or had other operations by then, see rt_sockets_give_back().
 */
static bool is_gone(const struct rt_socket *socket)
{
	return !READ_ONCE(socket->sk->sk_socket);
}

static void release_gone(struct rt_socket *socket)
{
	/* The kernel puts the owner of the operations that it finds, which are not the gate's. */
	if (socket->adopted)
		module_put(THIS_MODULE);
	release(socket);
}

static void remove_if_gone(struct sock *sk)
{
	struct rt_bucket *bucket = rt_bucket_of(sk);
	struct rt_socket *socket;

	spin_lock(&bucket->lock);
	socket = rt_bucket_find(bucket, sk);
	if (socket && is_gone(socket))
		unlink(socket);
	else
		socket = NULL;
	spin_unlock(&bucket->lock);
	if (socket)
		release_gone(socket);
}

static void fill(struct rt_socket *socket, struct sock *sk)
{
	sock_hold(sk);
	socket->sk = sk;
	socket->maker = task_tgid_nr(current);
}

/* Takes what is gone from a bucket, to be released. */
static void unlink_gone(struct rt_bucket *bucket, struct hlist_head *gone)
{
	struct rt_socket *socket;
	struct hlist_node *next;

	lockdep_assert_held(&bucket->lock);
	hlist_for_each_entry_safe(socket, next, &bucket->sockets, node) {
		if (is_gone(socket)) {
			unlink(socket);
			hlist_add_head(&socket->node, gone);
		}
	}
}

static void release_all_gone(struct hlist_head *gone)
{
	struct rt_socket *socket;
	struct hlist_node *next;

	hlist_for_each_entry_safe(socket, next, gone, node)
		release_gone(socket);
}

/* Returns false, and leaves the entry to be released, when there is one of the socket already. */
static bool link_new(struct rt_bucket *bucket, struct rt_socket *socket)
{
	struct rt_socket *there;

	lockdep_assert_held(&bucket->lock);
	there = rt_bucket_find(bucket, socket->sk);
	if (there) {
		rt_connections_hand_over(&socket->connection, &there->connection);
		return false;
	}
	/* So the numbers in a bucket descend. */
	socket->number = atomic64_inc_return(&sockets.last_number);
	hlist_add_head(&socket->node, &bucket->sockets);
	percpu_counter_inc(&sockets.count);
	return true;
}

/**
 * rt_sockets_add() - add a socket
 * @socket: the entry, which the registry takes over
 * @sk: the socket
 * @of_kernel: whether the kernel accepted it for itself
 *
 * While sockets are adopted, one can be found and be accepted at the same time: it is added once.
 *
 * A BPF program of a cgroup may refuse a socket after it was added. The kernel then destroys it
 * without a call of its operations. That is noticed at the next socket of the processor; or of the
 * bucket, where another was made before it was refused. So a program which tries again and again
 * cannot fill the registry.
 *
 * Return: false when the socket is in the registry already, or is gone; the entry is freed then.
 */
bool rt_sockets_add(struct rt_socket *socket, struct sock *sk, bool of_kernel)
{
	bool may_be_refused = cgroup_bpf_enabled(CGROUP_INET_SOCK_CREATE);
	struct rt_bucket *bucket = rt_bucket_of(sk);
	struct sock *last;
	HLIST_HEAD(gone);
	bool is_new;

	fill(socket, sk);
	socket->of_kernel = of_kernel;

	spin_lock(&bucket->lock);
	if (may_be_refused)
		unlink_gone(bucket, &gone);
	is_new = !is_gone(socket) && link_new(bucket, socket);
	spin_unlock(&bucket->lock);
	release_all_gone(&gone);
	if (!is_new) {
		release(socket);
		return false;
	}

	if (may_be_refused) {
		last = this_cpu_xchg(made_last, sk);
		if (last)
			remove_if_gone(last);
	}
	return true;
}

/**
 * rt_sockets_remove() - remove a socket
 * @sk: need not be in the registry
 */
void rt_sockets_remove(struct sock *sk)
{
	struct rt_bucket *bucket = rt_bucket_of(sk);
	struct rt_socket *socket;

	spin_lock(&bucket->lock);
	socket = rt_bucket_find(bucket, sk);
	if (socket)
		unlink(socket);
	spin_unlock(&bucket->lock);
	if (socket)
		release(socket);
}

/* Exchanges the operations of a socket, and with them the reference to their owner. */
static bool exchange_ops(struct socket *sock, const struct proto_ops *from,
			 const struct proto_ops *to)
{
	if (READ_ONCE(sock->ops) != from)
		return false;
	__module_get(to->owner);
	if (cmpxchg(&sock->ops, from, to) != from) {
		module_put(to->owner);
		return false;
	}
	module_put(from->owner);
	return true;
}

/**
 * rt_sockets_adopt() - give a socket that exists the gate's operations, and add it
 * @socket: an entry, which the registry takes over
 * @sock: the socket; its file is held, or nobody else has seen it
 * @sk: its sock, held
 * @kernels: the operations that it is to have now
 * @gates: those that it gets
 *
 * Return: false when it has other operations than @kernels, or @sk is not its sock any more; the
 * entry is freed then.
 */
bool rt_sockets_adopt(struct rt_socket *socket, struct socket *sock, struct sock *sk,
		      const struct proto_ops *kernels, const struct proto_ops *gates)
{
	struct rt_bucket *bucket = rt_bucket_of(sk);
	struct rt_socket *there;
	bool adopted;

	fill(socket, sk);
	spin_lock(&bucket->lock);
	there = rt_bucket_find(bucket, sk);
	if (there)
		rt_connections_hand_over(&socket->connection, &there->connection);
	adopted = !is_gone(socket) && exchange_ops(sock, kernels, gates);
	if (adopted) {
		if (!there)
			link_new(bucket, socket);
		else if (there->adopted)
			/* The operations that were replaced had a reference, too. */
			module_put(gates->owner);
		(there ?: socket)->adopted = true;
	}
	spin_unlock(&bucket->lock);
	if (!adopted || there)
		release(socket);
	return adopted;
}

/**
 * rt_sockets_give_back() - give a socket the kernel's operations back, and remove it
 * @sock: the socket; its file is held, or it is in one of our operations
 * @sk: its sock, held
 * @gates: the gate's operations for its family
 * @kernels: the kernel's
 *
 * A socket that waits for labels is left for now: nobody else would let it connect.
 *
 * A call of TCP_ULP or IPV6_ADDRFORM that began before a socket was adopted may replace its
 * operations afterwards, without a look at their owner. Such a socket is not governed any more, and
 * the reference that its operations had is put here.
 */
void rt_sockets_give_back(struct socket *sock, struct sock *sk, const struct proto_ops *gates,
			  const struct proto_ops *kernels)
{
	struct rt_bucket *bucket = rt_bucket_of(sk);
	struct rt_socket *socket;
	bool given_back;

	spin_lock(&bucket->lock);
	socket = rt_bucket_find(bucket, sk);
	if (socket && !rt_connections_abandon(&socket->connection, sk)) {
		spin_unlock(&bucket->lock);
		return;
	}
	given_back = exchange_ops(sock, gates, kernels);
	/* Of a copy of the gate's operations, see ulp.c, the kernel puts the owner. */
	if (!given_back && socket && socket->adopted &&
	    READ_ONCE(sock->ops)->owner != gates->owner) {
		module_put(gates->owner);
		given_back = true;
	}
	if (socket && given_back)
		unlink(socket);
	spin_unlock(&bucket->lock);
	if (socket && given_back)
		release(socket);
}

/**
 * rt_sockets_has() - whether a socket is in the registry
 * @sk: the socket
 */
bool rt_sockets_has(struct sock *sk)
{
	struct rt_bucket *bucket = rt_bucket_of(sk);
	bool has;

	spin_lock(&bucket->lock);
	has = rt_bucket_find(bucket, sk);
	spin_unlock(&bucket->lock);
	return has;
}

/**
 * rt_sockets_accepted_by_kernel() - whether the kernel accepted a socket for itself
 * @sk: need not be in the registry
 */
bool rt_sockets_accepted_by_kernel(struct sock *sk)
{
	struct rt_bucket *bucket = rt_bucket_of(sk);
	const struct rt_socket *socket;
	bool is;

	spin_lock(&bucket->lock);
	socket = rt_bucket_find(bucket, sk);
	is = socket && socket->of_kernel;
	spin_unlock(&bucket->lock);
	return is;
}

/*
 * Sockets in the registry. It is exact while none comes or goes; the counters of the processors are
 * not read at one time.
 */
unsigned int rt_sockets_count(void)
{
	return max_t(s64, percpu_counter_sum(&sockets.count), 0);
}

/*
 * Whether there is a socket in the registry. Unlike the count, it is not wrong for a socket that
 * stays, whatever others come and go meanwhile.
 */
bool rt_sockets_are_left(void)
{
	unsigned int i;

	for (i = 0; i < RT_BUCKETS; i++) {
		if (!hlist_empty(&rt_bucket(i)->sockets))
			return true;
	}
	return false;
}

/* Returns the number of files held; *left_out is set when there was no room for all. */
static unsigned int hold_files_of(struct rt_bucket *bucket, struct file **files, unsigned int room,
				  bool listeners, bool *left_out)
{
	struct rt_socket *socket;
	unsigned int held = 0;
	HLIST_HEAD(gone);

	spin_lock(&bucket->lock);
	unlink_gone(bucket, &gone);
	hlist_for_each_entry(socket, &bucket->sockets, node) {
		if (listeners && READ_ONCE(socket->sk->sk_state) != TCP_LISTEN)
			continue;
		if (held == room) {
			*left_out = true;
			break;
		}
		files[held] = rt_walk_get_file(socket->sk);
		held += !!files[held];
	}
	spin_unlock(&bucket->lock);
	release_all_gone(&gone);
	return held;
}

static unsigned int hold_files(unsigned int *bucket, struct file **files, unsigned int room,
			       bool listeners, bool *left_out)
{
	unsigned int held = 0;

	while (held <= room / 2) {
		held += hold_files_of(rt_bucket(*bucket), files + held, room - held,
				      listeners, left_out);
		*bucket = (*bucket + 1) % RT_BUCKETS;
		if (!*bucket)
			break;
	}
	return held;
}

/**
 * rt_sockets_hold_files() - the files of some sockets
 * @bucket: where to go on, 0 at first; is moved on, and is 0 again after the last
 * @files: takes the files, each with a reference
 * @room: for how many
 *
 * Sockets that come or go meanwhile may be left out, as may those of a bucket that has more than
 * half of @room: whoever wants all asks until there is none. Return: the number of files.
 */
unsigned int rt_sockets_hold_files(unsigned int *bucket, struct file **files, unsigned int room)
{
	bool left_out;

	return hold_files(bucket, files, room, false, &left_out);
}

/**
 * rt_sockets_hold_listeners() - the files of some sockets that listen
 * @bucket: as for rt_sockets_hold_files()
 * @files: takes the files, each with a reference
 * @room: for how many
 * @left_out: is set when a bucket had more than there was room for
 *
 * Return: the number of files.
 */
unsigned int rt_sockets_hold_listeners(unsigned int *bucket, struct file **files,
				       unsigned int room, bool *left_out)
{
	return hold_files(bucket, files, room, true, left_out);
}

/**
 * rt_sockets_makers() - who made the sockets that are in the registry
 * @pids: takes their thread groups, one for each socket
 * @room: for how many
 *
 * Return: the number of pids.
 */
unsigned int rt_sockets_makers(pid_t *pids, unsigned int room)
{
	const struct rt_socket *socket;
	unsigned int i, count = 0;

	for (i = 0; i < RT_BUCKETS && count < room; i++) {
		struct rt_bucket *bucket = rt_bucket(i);

		spin_lock(&bucket->lock);
		hlist_for_each_entry(socket, &bucket->sockets, node) {
			if (count < room)
				pids[count++] = socket->maker;
		}
		spin_unlock(&bucket->lock);
	}
	return count;
}

int __init rt_sockets_init(void)
{
	unsigned int i;
	int err;

	err = percpu_counter_init(&sockets.count, 0, GFP_KERNEL);
	if (err)
		return err;
	sockets.cache = kmem_cache_create("riptides_socket", sizeof(struct rt_socket), 0,
					   SLAB_ACCOUNT, NULL);
	if (!sockets.cache) {
		percpu_counter_destroy(&sockets.count);
		return -ENOMEM;
	}
	for (i = 0; i < RT_BUCKETS; i++)
		spin_lock_init(&rt_bucket(i)->lock);
	return 0;
}

/* No socket may be governed any more; what was never finished goes now. */
void rt_sockets_exit(void)
{
	struct file *none[1];
	unsigned int bucket = 0;

	do {
		WARN_ON(rt_sockets_hold_files(&bucket, none, 0));
	} while (bucket);
	kmem_cache_destroy(sockets.cache);
	percpu_counter_destroy(&sockets.count);
}
