/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_CALLS_H
#define _RT_CALLS_H

#include <linux/list.h>
#include <linux/types.h>

struct task_struct;

/* A system call that is inside the module; lives on its own stack. */
struct rt_call {
	struct list_head node;		/* guarded by the lock of @cpu's list */
	struct task_struct *task;
	int cpu;			/* whose list it is on: where it began */
	bool woken;			/* rt_calls_wake() told it to come back */
};

void rt_call_enter(struct rt_call *call);
int rt_call_leave(struct rt_call *call, int result);
bool rt_calls_restart(struct task_struct *task);
unsigned int rt_calls_wake(void);
void rt_calls_visit(void (*visit)(const struct task_struct *task, void *data), void *data);
unsigned int rt_calls_tasks(pid_t *pids, unsigned int room);
void rt_calls_init(void);

#endif /* _RT_CALLS_H */
