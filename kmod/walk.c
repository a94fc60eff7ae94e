// SPDX-License-Identifier: GPL-2.0-only
/*
 * Walks over the sockets of the host, which the registry need not know.
 *
 * What is found under a lock is held by its file, and visited after the lock was released.
 */
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/hashtable.h>
#include <linux/net.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <net/inet_hashtables.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "compat.h"
#include "walk.h"

enum {
	FILES_AT_ONCE = 64,		/* held before they are visited */
	DESCRIPTORS_AT_ONCE = 1024,	/* looked at with a file table locked */
	SEEN_BITS = 8,
};

/* Files that were found and not yet visited. */
struct batch {
	rt_socket_visitor *visit;
	void *data;
	unsigned int looked_at;
	unsigned int count;
	struct file *files[FILES_AT_ONCE];
};

/*
 * The sock of a socket with a reference, or NULL. A file holds its socket, but a connection that is
 * refused is taken from the socket that it was accepted into, whose file others can find by then.
 */
static struct sock *get_sock(struct socket *sock)
{
	struct sock *sk;

	rcu_read_lock();
	sk = READ_ONCE(sock->sk);
	/* Its memory may be that of another sock by now, but it is that of one. */
	if (sk && !refcount_inc_not_zero(&sk->sk_refcnt))
		sk = NULL;
	rcu_read_unlock();
	if (sk && READ_ONCE(sock->sk) != sk) {
		sock_put(sk);
		sk = NULL;
	}
	return sk;
}

/**
 * rt_walk_visit() - visit the socket of a file
 * @file: of a socket; the caller has a reference
 * @visit: is not called for a socket without a sock
 * @data: is handed to it
 */
void rt_walk_visit(struct file *file, rt_socket_visitor *visit, void *data)
{
	struct socket *sock = sock_from_file(file);
	struct sock *sk = sock ? get_sock(sock) : NULL;

	if (!sk)
		return;
	visit(sock, sk, data);
	sock_put(sk);
}

static void visit_all(struct batch *batch)
{
	unsigned int i;

	for (i = 0; i < batch->count; i++) {
		rt_walk_visit(batch->files[i], batch->visit, batch->data);
		fput(batch->files[i]);
	}
	batch->count = 0;
	batch->looked_at = 0;
	cond_resched();
}

/* A file table that was walked: each is walked once, not once for each thread that shares it. */
struct seen {
	struct hlist_node node;
	const struct files_struct *files;	/* only to be compared */
};

struct walk {
	struct batch batch;
	DECLARE_HASHTABLE(seen, SEEN_BITS);
};

static int look_at(const void *data, struct file *file, unsigned int fd)
{
	struct batch *batch = (struct batch *)data;

	if (sock_from_file(file)) {
		get_file(file);
		batch->files[batch->count++] = file;
	}
	/* Not 0: stop here, and say where to go on. */
	return batch->count == FILES_AT_ONCE || ++batch->looked_at == DESCRIPTORS_AT_ONCE ?
	       fd + 1 : 0;
}

/* Returns the file table of a task, only to be compared; NULL when it has none. */
static const struct files_struct *files_of(struct task_struct *task)
{
	const struct files_struct *files;

	task_lock(task);
	files = task->files;
	task_unlock(task);
	return files;
}

/* Returns 1 when the table was not seen before, 0 when it was, or -ENOMEM. */
static int mark_seen(struct walk *walk, const struct files_struct *files)
{
	struct seen *seen;

	hash_for_each_possible(walk->seen, seen, node, (unsigned long)files) {
		if (seen->files == files)
			return 0;
	}
	seen = kmalloc(sizeof(*seen), GFP_KERNEL);
	if (!seen)
		return -ENOMEM;
	seen->files = files;
	hash_add(walk->seen, &seen->node, (unsigned long)files);
	return 1;
}

static int walk_task(struct walk *walk, struct task_struct *task)
{
	const struct files_struct *files = files_of(task);
	unsigned int fd = 0;
	int unseen;

	if (!files)
		return 0;
	unseen = mark_seen(walk, files);
	if (unseen <= 0)
		return unseen;
	do {
		task_lock(task);
		fd = iterate_fd(task->files, fd, look_at, &walk->batch);
		task_unlock(task);
		visit_all(&walk->batch);
	} while (fd);
	return 0;
}

/* Returns the task with the lowest number from *number on, with a reference, or NULL. */
static struct task_struct *next_task_from(int *number)
{
	struct task_struct *task = NULL;
	struct pid *pid;

	rcu_read_lock();
	while (!task && (pid = find_ge_pid(*number, &init_pid_ns))) {
		*number = pid_nr(pid) + 1;
		task = pid_task(pid, PIDTYPE_PID);
	}
	if (task)
		get_task_struct(task);
	rcu_read_unlock();
	return task;
}

/**
 * rt_walk_files() - visit the sockets in all file tables
 * @visit: is called for each socket
 * @data: is handed to it
 *
 * What is opened or handed on meanwhile may be missed. Return: 0 or -ENOMEM.
 */
int rt_walk_files(rt_socket_visitor *visit, void *data)
{
	struct walk *walk = kzalloc(sizeof(*walk), GFP_KERNEL);
	struct task_struct *task;
	struct hlist_node *next;
	struct seen *seen;
	int number = 1, bucket, err = 0;

	if (!walk)
		return -ENOMEM;
	walk->batch.visit = visit;
	walk->batch.data = data;
	hash_init(walk->seen);

	while (!err && (task = next_task_from(&number))) {
		err = walk_task(walk, task);
		put_task_struct(task);
		cond_resched();
	}

	hash_for_each_safe(walk->seen, bucket, next, seen, node)
		kfree(seen);
	kfree(walk);
	return err;
}

/**
 * rt_walk_get_file() - the file of a socket
 * @sk: may be on its way to be released
 *
 * Does not sleep. Return: the file with a reference, or NULL without one.
 */
struct file *rt_walk_get_file(struct sock *sk)
{
	struct file *file = NULL;

	read_lock_bh(&sk->sk_callback_lock);
	/* Until this is unset the socket is not released, so the file is there. */
	if (sk->sk_socket)
		file = rt_get_file(&sk->sk_socket->file);
	read_unlock_bh(&sk->sk_callback_lock);
	return file;
}

static void add_file_of(struct batch *batch, struct sock *sk)
{
	struct file *file;

	if (!sk_fullsock(sk) || batch->count == FILES_AT_ONCE)
		return;
	file = rt_walk_get_file(sk);
	if (file)
		batch->files[batch->count++] = file;
}

static void walk_listeners(struct batch *batch, struct inet_hashinfo *hashinfo)
{
	const struct hlist_nulls_node *node;
	unsigned int i;
	struct sock *sk;

	for (i = 0; i <= hashinfo->lhash2_mask; i++) {
		struct inet_listen_hashbucket *bucket = &hashinfo->lhash2[i];

		if (hlist_nulls_empty(&bucket->nulls_head))
			continue;
		spin_lock(&bucket->lock);
		sk_nulls_for_each(sk, node, &bucket->nulls_head)
			add_file_of(batch, sk);
		spin_unlock(&bucket->lock);
		visit_all(batch);
	}
}

static void walk_connections(struct batch *batch, struct inet_hashinfo *hashinfo)
{
	const struct hlist_nulls_node *node;
	unsigned int i;
	struct sock *sk;

	for (i = 0; i <= hashinfo->ehash_mask; i++) {
		spinlock_t *lock = inet_ehash_lockp(hashinfo, i);

		if (hlist_nulls_empty(&hashinfo->ehash[i].chain))
			continue;
		spin_lock_bh(lock);
		sk_nulls_for_each(sk, node, &hashinfo->ehash[i].chain)
			add_file_of(batch, sk);
		spin_unlock_bh(lock);
		visit_all(batch);
	}
}

static void walk_datagrams(struct batch *batch, struct udp_table *table)
{
	unsigned int i;
	struct sock *sk;

	for (i = 0; i <= table->mask; i++) {
		struct udp_hslot *slot = &table->hash[i];

		if (hlist_empty(&slot->head))
			continue;
		spin_lock_bh(&slot->lock);
		sk_for_each(sk, &slot->head)
			add_file_of(batch, sk);
		spin_unlock_bh(&slot->lock);
		visit_all(batch);
	}
}

static void walk_namespace(struct batch *batch, const struct net *net)
{
	if (net->ipv4.tcp_death_row.hashinfo != init_net.ipv4.tcp_death_row.hashinfo)
		walk_connections(batch, net->ipv4.tcp_death_row.hashinfo);
	if (rt_udp_table(net) != rt_udp_table(&init_net))
		walk_datagrams(batch, rt_udp_table(net));
}

/**
 * rt_walk_hashes() - visit TCP sockets that listen or are connected, and UDP sockets with a port
 * @visit: is called for each socket
 * @data: is handed to it
 *
 * Finds them wherever they are held. Of a chain of the hash that is longer than FILES_AT_ONCE, the
 * rest is missed. Return: 0 or -ENOMEM.
 */
int rt_walk_hashes(rt_socket_visitor *visit, void *data)
{
	struct inet_hashinfo *common = init_net.ipv4.tcp_death_row.hashinfo;
	struct batch *batch = kzalloc(sizeof(*batch), GFP_KERNEL);
	struct net *net;

	if (!batch)
		return -ENOMEM;
	batch->visit = visit;
	batch->data = data;

	walk_listeners(batch, common);
	walk_connections(batch, common);

	walk_datagrams(batch, rt_udp_table(&init_net));
	if (rt_udplite_table())
		walk_datagrams(batch, rt_udplite_table());

	/* A network namespace may have tables of its own. */
	down_read(&net_rwsem);
	for_each_net(net)
		walk_namespace(batch, net);
	up_read(&net_rwsem);
	kfree(batch);
	return 0;
}
