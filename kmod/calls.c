// SPDX-License-Identifier: GPL-2.0-only
/*
 * System calls that are inside the module.
 *
 * A call that sleeps in the kernel's own operation, below one of ours, has a return address
 * into the module on its stack. Before the module can go, each such call must have come
 * back; so each registers here, and rt_calls_wake() asks those that sleep to return
 * to user space and start again, outside of the module.
 */
#include <linux/cpumask.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/smp.h>
#include <linux/spinlock.h>

#include "calls.h"

struct call_list {
	spinlock_t lock;		/* guards calls; nothing is taken under it */
	struct list_head calls;
};

static DEFINE_PER_CPU(struct call_list, call_lists);

/**
 * rt_call_enter() - register a call before it can sleep
 * @call: on the caller's stack, until rt_call_leave()
 */
void rt_call_enter(struct rt_call *call)
{
	struct call_list *list;

	call->task = current;
	call->cpu = raw_smp_processor_id();
	call->woken = false;

	list = per_cpu_ptr(&call_lists, call->cpu);
	spin_lock(&list->lock);
	list_add(&call->node, &list->calls);
	spin_unlock(&list->lock);
}

/**
 * rt_call_leave() - unregister a call, as the last thing before the return
 * @call: as given to rt_call_enter()
 * @result: what the call returns
 *
 * A call with a timeout (SO_RCVTIMEO, SO_SNDTIMEO) does not start again after a signal but
 * fails with EINTR. Nobody sent a signal to one that was woken, so it has to start again;
 * should a real signal have come as well, the kernel still lets its handler decide.
 *
 * Return: @result, or -ERESTARTSYS.
 */
int rt_call_leave(struct rt_call *call, int result)
{
	struct call_list *list = per_cpu_ptr(&call_lists, call->cpu);

	spin_lock(&list->lock);
	list_del(&call->node);
	spin_unlock(&list->lock);

	return call->woken && result == -EINTR ? -ERESTARTSYS : result;
}

/**
 * rt_calls_restart() - make a task whose system call sleeps return from it and start it again
 * @task: the task, which must not exit meanwhile
 *
 * It is made to look for signals, as by live patching. There is none, so the kernel runs no handler
 * and starts the system call again. A kernel thread would not: nothing takes the flag from it.
 *
 * Return: false when it does not sleep, or is a kernel thread.
 */
bool rt_calls_restart(struct task_struct *task)
{
	if (task->flags & PF_KTHREAD || !(READ_ONCE(task->__state) & TASK_INTERRUPTIBLE))
		return false;
	set_tsk_thread_flag(task, TIF_SIGPENDING);
	wake_up_process(task);
	return true;
}

/**
 * rt_calls_wake() - ask calls that sleep to return and start again
 *
 * Return: the number of calls that are inside.
 */
unsigned int rt_calls_wake(void)
{
	unsigned int inside = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		struct call_list *list = per_cpu_ptr(&call_lists, cpu);
		struct rt_call *call;

		spin_lock(&list->lock);
		list_for_each_entry(call, &list->calls, node) {
			inside++;
			/* It has not left: rt_call_leave() takes this lock. */
			if (rt_calls_restart(call->task))
				call->woken = true;
		}
		spin_unlock(&list->lock);
	}
	return inside;
}

/**
 * rt_calls_visit() - visit the tasks that are in a call
 * @visit: is called for each call, with a lock held
 * @data: is handed to it
 */
void rt_calls_visit(void (*visit)(const struct task_struct *task, void *data), void *data)
{
	const struct rt_call *call;
	int cpu;

	for_each_possible_cpu(cpu) {
		struct call_list *list = per_cpu_ptr(&call_lists, cpu);

		spin_lock(&list->lock);
		list_for_each_entry(call, &list->calls, node)
			visit(call->task, data);
		spin_unlock(&list->lock);
	}
}

/**
 * rt_calls_tasks() - whose calls are inside
 * @pids: takes their thread groups, one for each call; may be NULL when @room is 0
 * @room: for how many
 *
 * Return: the number of calls, which may be more than there is room for.
 */
unsigned int rt_calls_tasks(pid_t *pids, unsigned int room)
{
	unsigned int count = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		struct call_list *list = per_cpu_ptr(&call_lists, cpu);
		struct rt_call *call;

		spin_lock(&list->lock);
		list_for_each_entry(call, &list->calls, node) {
			if (count < room)
				pids[count] = task_tgid_nr(call->task);
			count++;
		}
		spin_unlock(&list->lock);
	}
	return count;
}

void rt_calls_init(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct call_list *list = per_cpu_ptr(&call_lists, cpu);

		spin_lock_init(&list->lock);
		INIT_LIST_HEAD(&list->calls);
	}
}
