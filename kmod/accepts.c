// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads that sleep in the kernel's own accept, outside of the module.
 *
 * The socket that such a call returns has the operations that the listener had when the call began.
 * To have it get those of now, the call is made to return and start again. An accept with a timeout
 * does not start again, but fails with EINTR.
 */
#include <linux/bsearch.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/sort.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <net/sock.h>

#include "accepts.h"
#include "calls.h"

enum { ROOM_AT_FIRST = 64 };

struct rt_sleeper {
	struct task_struct *task;	/* a reference */
	bool in_gate;			/* in our accept, so where it should be */
};

/* What DEFINE_WAIT() makes; those who poll have functions of their own. */
static bool is_sleeper(const struct wait_queue_entry *wait)
{
	return wait->func == autoremove_wake_function;
}

/* Holds the sleepers of a queue if there is room. Returns 0, or how many there are if not. */
static unsigned int hold_all(struct rt_accepts *accepts, wait_queue_head_t *queue)
{
	struct wait_queue_entry *wait;
	unsigned int there = 0;
	unsigned long flags;

	spin_lock_irqsave(&queue->lock, flags);
	list_for_each_entry(wait, &queue->head, entry)
		there += is_sleeper(wait);
	if (there <= accepts->room - accepts->count) {
		list_for_each_entry(wait, &queue->head, entry) {
			if (is_sleeper(wait))
				accepts->sleepers[accepts->count++] = (struct rt_sleeper) {
					.task = get_task_struct(wait->private),
				};
		}
		there = 0;
	}
	spin_unlock_irqrestore(&queue->lock, flags);
	return there;
}

static bool make_room(struct rt_accepts *accepts, unsigned int more)
{
	unsigned int room = max(accepts->count + more, ROOM_AT_FIRST) * 2;
	struct rt_sleeper *sleepers = kvmalloc_array(room, sizeof(*sleepers), GFP_KERNEL);

	if (!sleepers)
		return false;
	if (accepts->count)
		memcpy(sleepers, accepts->sleepers, array_size(accepts->count, sizeof(*sleepers)));
	kvfree(accepts->sleepers);
	accepts->sleepers = sleepers;
	accepts->room = room;
	return true;
}

/**
 * rt_accepts_hold() - add the threads that sleep in an accept of a listener
 * @accepts: takes them, each with a reference, until rt_accepts_restart()
 * @sk: the listener, which is held
 *
 * Those that wait for the lock of the listener do not sleep in its accept yet, or not any more.
 */
void rt_accepts_hold(struct rt_accepts *accepts, struct sock *sk)
{
	unsigned int more;

	/* Without a barrier: whoever begins to wait now took the operations of now. */
	if (waitqueue_active(&sk->sk_lock.wq))
		accepts->left_out = true;
	/* As above. */
	if (!waitqueue_active(sk_sleep(sk)))
		return;
	while ((more = hold_all(accepts, sk_sleep(sk)))) {
		if (!make_room(accepts, more)) {
			accepts->left_out = true;
			return;
		}
	}
}

static int compare(const void *a, const void *b)
{
	const struct rt_sleeper *left = a, *right = b;

	return left->task < right->task ? -1 : left->task > right->task;
}

static void mark(const struct task_struct *task, void *data)
{
	const struct rt_sleeper key = { .task = (struct task_struct *)task };
	struct rt_accepts *accepts = data;
	struct rt_sleeper *sleeper;

	sleeper = bsearch(&key, accepts->sleepers, accepts->count, sizeof(key), compare);
	if (sleeper)
		sleeper->in_gate = true;
}

/* Returns whether the task may return a socket as the listener was before. */
static bool restart(const struct rt_sleeper *sleeper)
{
	struct task_struct *task = sleeper->task;

	/* Kernel threads do not start again. */
	if (sleeper->in_gate || task->flags & PF_KTHREAD)
		return false;
	rt_calls_restart(task);
	return true;
}

/**
 * rt_accepts_restart() - make calls of the kernel's own accept return and start again
 * @accepts: what rt_accepts_hold() took; given back
 *
 * May sleep. Return: the number of threads that had to.
 */
unsigned int rt_accepts_restart(struct rt_accepts *accepts)
{
	unsigned int restarted = 0, i;

	if (accepts->count) {
		sort(accepts->sleepers, accepts->count, sizeof(*accepts->sleepers), compare, NULL);
		rt_calls_visit(mark, accepts);
	}
	for (i = 0; i < accepts->count; i++) {
		restarted += restart(&accepts->sleepers[i]);
		put_task_struct(accepts->sleepers[i].task);
		cond_resched();
	}
	kvfree(accepts->sleepers);
	return restarted;
}
