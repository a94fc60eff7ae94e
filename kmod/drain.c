// SPDX-License-Identifier: GPL-2.0-only
/*
 * Drain: how the module gets out of the way.
 *
 * Each governed socket has a reference to the module, and the module has one to itself, the
 * pin, for as long as one could come to be. A drain stops governing new sockets, gives
 * the kernel's own operations back to all sockets that it can find in a process's file
 * table, and brings the system calls home that sleep below ours. Connections live on, and a
 * blocked accept goes on waiting, outside of the module.
 *
 * Sockets under way in an SCM_RIGHTS message and fixed files of io_uring are in nobody's file
 * table. They are counted, stay governed, and keep the module loaded; another drain finds
 * them once they are received, and those that are closed go by themselves.
 */
#include <linux/delay.h>
#include <linux/fdtable.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/net.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <net/sock.h>

#include "calls.h"
#include "drain.h"
#include "gate.h"
#include "hook.h"
#include "netlink.h"
#include "reason.h"

enum {
	FILES_AT_ONCE = 1000,		/* looked at with a file table locked */
	DRAIN_MS = 5000,		/* a drain takes no longer, */
	PATIENCE_MS = 2500,		/* and lets sends that took some bytes end until then */
	IDLE_PASSES = 5,		/* without progress: what is left cannot be found */
	PAUSE_MS = 20,
};

/* Guards pinned, and the walk; taken before everything else. */
static DEFINE_MUTEX(drain_lock);
static bool pinned;

/* Takes the pin. The module must not be going. */
void rt_drain_pin(void)
{
	mutex_lock(&drain_lock);
	__module_get(THIS_MODULE);
	WRITE_ONCE(pinned, true);
	mutex_unlock(&drain_lock);
}

/**
 * rt_drain_sockets() - governed sockets that are open
 *
 * Each has one reference to the module. What is subtracted is what else has: the pin, and
 * dumps in progress; it is an estimate while any of these come and go, and too high while
 * something else has a reference, such as a program attached to the tracepoint.
 */
unsigned int rt_drain_sockets(void)
{
	int references = module_refcount(THIS_MODULE);

	references -= READ_ONCE(pinned) + rt_netlink_dumps();
	return max(references, 0);
}

struct walk {
	unsigned int looked_at;
	unsigned int given_back;
};

/*
 * The file is in a table that is locked, so the socket cannot be on its way out; with the
 * operations changes the owner of the reference.
 */
static int give_back(const void *data, struct file *file, unsigned int fd)
{
	struct walk *walk = (struct walk *)data;
	struct socket *sock = sock_from_file(file);
	const struct proto_ops *lower = sock ? rt_gate_lower(READ_ONCE(sock->ops)) : NULL;

	if (lower) {
		__module_get(lower->owner);
		WRITE_ONCE(sock->ops, lower);
		module_put(THIS_MODULE);
		walk->given_back++;
	}
	/* Not 0: stop here, and say where to go on. */
	return ++walk->looked_at % FILES_AT_ONCE ? 0 : fd + 1;
}

static void give_back_of(struct task_struct *task, struct walk *walk)
{
	unsigned int fd = 0;

	do {
		task_lock(task);
		fd = iterate_fd(task->files, fd, give_back, walk);
		task_unlock(task);
		cond_resched();
	} while (fd);
}

/* Every thread, as each may have a file table of its own. */
static unsigned int give_all_back(void)
{
	struct walk walk = {};
	struct task_struct *task;
	struct pid *pid;
	int number = 1;

	for (;;) {
		rcu_read_lock();
		pid = find_ge_pid(number, &init_pid_ns);
		if (!pid) {
			rcu_read_unlock();
			return walk.given_back;
		}
		number = pid_nr(pid) + 1;
		task = pid_task(pid, PIDTYPE_PID);
		if (task)
			get_task_struct(task);
		rcu_read_unlock();

		if (task) {
			give_back_of(task, &walk);
			put_task_struct(task);
		}
	}
}

/* Returns the number of calls that are inside. */
static unsigned int drain(void)
{
	unsigned long start = jiffies, end = start + msecs_to_jiffies(DRAIN_MS);
	unsigned long patience = start + msecs_to_jiffies(PATIENCE_MS);
	unsigned int calls, given_back, idle = 0;

	for (;;) {
		given_back = give_all_back();
		/*
		 * Who took operations of ours from a socket before, and an init function before
		 * it was disarmed, has told of the call by now, or is out.
		 */
		synchronize_rcu_tasks();
		calls = rt_calls_wake(time_after(jiffies, patience));

		if (!calls && !rt_drain_sockets())
			break;
		idle = given_back || calls ? 0 : idle + 1;
		if (idle == IDLE_PASSES || time_after(jiffies, end) || signal_pending(current))
			break;
		msleep(PAUSE_MS);
	}
	return calls;
}

/**
 * rt_drain() - stop governing, and give sockets back
 * @sockets: takes the number of sockets that could not be given back
 * @calls: takes the number of system calls that are still inside
 * @extack: takes the reason of a refusal
 *
 * May be asked again to go on. Return: 0 or -EBUSY.
 */
int rt_drain(unsigned int *sockets, unsigned int *calls, struct netlink_ext_ack *extack)
{
	int err = 0;

	mutex_lock(&drain_lock);
	/* Giving the last socket back must not be what lets the module go, with calls inside. */
	if (!pinned && !try_module_get(THIS_MODULE)) {
		err = rt_fail(extack, -EBUSY, "the module is being unloaded");
		goto out;
	}
	WRITE_ONCE(pinned, true);

	err = rt_hook_disarm();
	if (err) {
		rt_fail(extack, err, "another module hooks TCP above this one: unload it first");
		goto out;
	}

	*calls = drain();
	*sockets = rt_drain_sockets();
	if (!*calls) {
		WRITE_ONCE(pinned, false);
		module_put(THIS_MODULE);
	}
out:
	mutex_unlock(&drain_lock);
	return err;
}
