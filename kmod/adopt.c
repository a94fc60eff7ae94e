// SPDX-License-Identifier: GPL-2.0-only
/*
 * Adoption: sockets that exist when the module is armed are governed from then on.
 *
 * A connection that was begun before is left to live. But a listener yields sockets, and a socket
 * can be disconnected and connected elsewhere, so all are taken over, wherever they are held.
 *
 * Not found are sockets that are in no file table, neither listen nor are connected, and so are in
 * no hash table either: a new socket under way between two processes, or fixed in an io_uring.
 */
#include <linux/file.h>
#include <linux/net.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/wait.h>
#include <net/sock.h>

#include "adopt.h"
#include "calls.h"
#include "gate.h"
#include "sockets.h"
#include "walk.h"

enum {
	FILES_AT_ONCE = 32,		/* held at the same time */
	ACCEPTS_AT_ONCE = 4096,		/* of one listener; more are restarted in the next pass */
};

struct adoption {
	unsigned int adopted;
	int err;
};

static void adopt(struct socket *sock, void *data)
{
	struct adoption *adoption = data;
	int adopted = rt_gate_adopt(sock);

	if (adopted < 0)
		adoption->err = adopted;
	else
		adoption->adopted += adopted;
}

/* What DEFINE_WAIT() makes; those who poll have functions of their own. */
static bool is_sleeper(const struct wait_queue_entry *wait)
{
	return wait->func == autoremove_wake_function;
}

/* The tasks that sleep in an accept of a listener, each with a reference. Returns their number. */
static unsigned int hold_accepting(wait_queue_head_t *queue, struct task_struct **tasks,
				   unsigned int room)
{
	struct wait_queue_entry *wait;
	unsigned int count = 0;
	unsigned long flags;

	spin_lock_irqsave(&queue->lock, flags);
	list_for_each_entry(wait, &queue->head, entry) {
		if (is_sleeper(wait) && count < room)
			tasks[count++] = get_task_struct(wait->private);
	}
	spin_unlock_irqrestore(&queue->lock, flags);
	return count;
}

static void restart(struct task_struct *task)
{
	/* Those in our accept are where they should be; kernel threads do not start again. */
	if (!rt_calls_has(task) && !(task->flags & PF_KTHREAD) &&
	    READ_ONCE(task->__state) & TASK_INTERRUPTIBLE) {
		set_tsk_thread_flag(task, TIF_SIGPENDING);
		wake_up_process(task);
	}
	put_task_struct(task);
}

/*
 * Makes threads that sleep in the kernel's own accept return and start again, now through the gate:
 * the socket that they would return has the kernel's operations. As in calls.c there is no signal,
 * so no handler runs. An accept with a timeout does not start again, but fails with EINTR.
 */
static int restart_accepts(struct sock *sk)
{
	wait_queue_head_t *queue = sk_sleep(sk);
	struct task_struct **tasks;
	unsigned int count, i;

	/* Whoever comes later took the gate's operations, or is restarted by the next pass. */
	if (!waitqueue_active(queue))
		return 0;
	tasks = kvmalloc_array(ACCEPTS_AT_ONCE, sizeof(*tasks), GFP_KERNEL);
	if (!tasks)
		return -ENOMEM;
	count = hold_accepting(queue, tasks, ACCEPTS_AT_ONCE);
	for (i = 0; i < count; i++)
		restart(tasks[i]);
	kvfree(tasks);
	return 0;
}

static int restart_all_accepts(void)
{
	struct file *files[FILES_AT_ONCE];
	unsigned int bucket = 0, count, i;
	int err = 0;

	do {
		count = rt_sockets_hold_files(&bucket, files, ARRAY_SIZE(files));
		for (i = 0; i < count; i++) {
			struct socket *sock = sock_from_file(files[i]);

			/* NULL: socket(2) has not finished the file. */
			if (sock && READ_ONCE(sock->sk->sk_state) == TCP_LISTEN)
				err = restart_accepts(sock->sk) ?: err;
			fput(files[i]);
		}
		cond_resched();
	} while (bucket);
	return err;
}

/**
 * rt_adopt_pass() - adopt the sockets that exist
 *
 * May sleep, long. A socket that is handed on or accepted meanwhile may be missed, so another pass
 * is needed until one finds nothing. Return: the number of sockets that were adopted, or -ENOMEM.
 */
int rt_adopt_pass(void)
{
	struct adoption adoption = {};
	int err;

	err = rt_walk_files(adopt, &adoption);
	rt_walk_hashes(adopt, &adoption);
	/* Who took the kernel's operations from a listener before sleeps by now, or is out. */
	synchronize_rcu_tasks();
	return restart_all_accepts() ?: err ?: adoption.err ?: adoption.adopted;
}
