// SPDX-License-Identifier: GPL-2.0-only
/*
 * Control: whether the module governs, and the way from one to the other.
 *
 * Each governed socket has a reference to the module, and the module has one to itself, the
 * pin, for as long as a socket may become governed or a call be inside. To arm and to drain takes
 * time, so a command starts it, and a work item goes on, in passes, until it is done or the other
 * is asked for.
 */
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "adopt.h"
#include "calls.h"
#include "control.h"
#include "drain.h"
#include "hook.h"
#include "reason.h"
#include "sockets.h"
#include "work.h"

enum {
	PAUSE_MS = 20,			/* between two passes */
	LONG_PAUSE_MS = 500,		/* between two passes of a drain that something holds up */
	QUICK_PASSES = 50,		/* before pauses are long */
	ADOPT_PASSES = 10,		/* at most: what is adopted then is good enough */
};

static void go_on(struct work_struct *work);

static struct {
	struct mutex lock;		/* guards the rest; taken before everything else */
	enum riptides_state state;
	bool pinned;
	unsigned int passes;		/* since the state was entered */
	struct delayed_work work;
} control = {
	.lock = __MUTEX_INITIALIZER(control.lock),
	.state = RIPTIDES_STATE_DRAINED,
	.work = __DELAYED_WORK_INITIALIZER(control.work, go_on, 0),
};

static void enter(enum riptides_state state)
{
	lockdep_assert_held(&control.lock);
	WRITE_ONCE(control.state, state);
	control.passes = 0;
}

/* Returns the pause in milliseconds until the next pass, or -1 when there is none. */
static int after_pass(enum riptides_state state, bool done)
{
	int pause = -1;

	mutex_lock(&control.lock);
	control.passes++;
	if (control.state != state) {
		/* The other was asked for meanwhile. */
		pause = 0;
	} else if (!done) {
		pause = control.passes < QUICK_PASSES ? PAUSE_MS : LONG_PAUSE_MS;
	} else if (state == RIPTIDES_STATE_ARMING) {
		enter(RIPTIDES_STATE_ARMED);
	} else {
		enter(RIPTIDES_STATE_DRAINED);
		control.pinned = false;
		module_put(THIS_MODULE);
	}
	mutex_unlock(&control.lock);
	return pause;
}

static bool adopt_pass(unsigned int passes)
{
	bool is_last = passes + 1 >= ADOPT_PASSES;
	int found = rt_adopt_pass();

	if (found < 0 && is_last)
		pr_warn("not all sockets that exist could be adopted: error %d\n", found);
	else if (found && is_last)
		pr_warn("sockets may have been missed while they came and went: arm again\n");
	return !found || is_last;
}

static void go_on(struct work_struct *work)
{
	enum riptides_state state;
	unsigned int passes;
	int pause;

	mutex_lock(&control.lock);
	state = control.state;
	passes = control.passes;
	mutex_unlock(&control.lock);

	if (state == RIPTIDES_STATE_ARMING)
		pause = after_pass(state, adopt_pass(passes));
	else if (state == RIPTIDES_STATE_DRAINING)
		pause = after_pass(state, rt_drain_pass());
	else
		return;
	if (pause >= 0)
		queue_delayed_work(rt_workqueue, &control.work, msecs_to_jiffies(pause));
}

static void start(enum riptides_state state)
{
	enter(state);
	mod_delayed_work(rt_workqueue, &control.work, 0);
}

static int arm(struct netlink_ext_ack *extack)
{
	int err;

	lockdep_assert_held(&control.lock);
	if (!control.pinned && !try_module_get(THIS_MODULE))
		return rt_fail(extack, -EBUSY, "the module is being unloaded");
	err = rt_hook_arm(extack);
	if (err) {
		if (!control.pinned)
			module_put(THIS_MODULE);
		return err;
	}
	control.pinned = true;
	if (control.state != RIPTIDES_STATE_ARMING)
		start(RIPTIDES_STATE_ARMING);
	return 0;
}

/**
 * rt_control_arm() - govern new sockets, and adopt those that exist
 * @extack: takes the reason of a refusal
 *
 * Adoption goes on after the return, see rt_control_info(). May be asked at any time, also during a
 * drain, which then ends. Return: 0 or -EBUSY.
 */
int rt_control_arm(struct netlink_ext_ack *extack)
{
	int err;

	mutex_lock(&control.lock);
	err = arm(extack);
	mutex_unlock(&control.lock);
	return err;
}

static int drain(struct netlink_ext_ack *extack)
{
	int err;

	lockdep_assert_held(&control.lock);
	if (control.state == RIPTIDES_STATE_DRAINED || control.state == RIPTIDES_STATE_DRAINING)
		return 0;
	err = rt_hook_disarm(extack);
	if (!err)
		start(RIPTIDES_STATE_DRAINING);
	return err;
}

/**
 * rt_control_drain() - stop governing new sockets, and give back those that exist
 * @extack: takes the reason of a refusal
 *
 * That goes on after the return, see rt_control_info(). Return: 0 or -EBUSY.
 */
int rt_control_drain(struct netlink_ext_ack *extack)
{
	int err;

	mutex_lock(&control.lock);
	err = drain(extack);
	mutex_unlock(&control.lock);
	return err;
}

static void add_holders(struct rt_control_info *info, enum riptides_holder what,
			const pid_t *pids, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		struct rt_holder *holder = &info->holders[info->holder_count++];
		struct task_struct *task;

		*holder = (struct rt_holder) { .what = what, .pid = pids[i] };
		rcu_read_lock();
		task = pid_task(find_pid_ns(pids[i], &init_pid_ns), PIDTYPE_TGID);
		if (task)
			get_task_comm(holder->comm, task);
		rcu_read_unlock();
	}
}

/**
 * rt_control_info() - what the module does, and who keeps it from draining
 * @info: is filled in
 */
void rt_control_info(struct rt_control_info *info)
{
	pid_t pids[RIPTIDES_HOLDERS_MAX];
	unsigned int count;

	memset(info, 0, sizeof(*info));
	mutex_lock(&control.lock);
	info->state = control.state;
	mutex_unlock(&control.lock);

	if (info->state == RIPTIDES_STATE_DRAINING) {
		info->calls = rt_calls_tasks(pids, ARRAY_SIZE(pids));
		count = min_t(unsigned int, info->calls, ARRAY_SIZE(pids));
		add_holders(info, RIPTIDES_HOLDER_CALL, pids, count);
		count = rt_sockets_makers(pids, ARRAY_SIZE(pids) - count);
		add_holders(info, RIPTIDES_HOLDER_SOCKET, pids, count);
	} else {
		info->calls = rt_calls_tasks(NULL, 0);
		if (info->state != RIPTIDES_STATE_DRAINED && !rt_hook_is_in_place())
			info->state = RIPTIDES_STATE_BYPASSED;
	}
	info->sockets = rt_sockets_count();
}

/* The last step of init: once a socket may be governed, there is no way back. */
int __init rt_control_init(void)
{
	int err;

	mutex_lock(&control.lock);
	err = arm(NULL);
	mutex_unlock(&control.lock);
	/* So that whoever loaded the module finds it armed. */
	while (!err && READ_ONCE(control.state) == RIPTIDES_STATE_ARMING)
		flush_delayed_work(&control.work);
	return err;
}

/* The module must be drained, and no command come. */
void rt_control_exit(void)
{
	cancel_delayed_work_sync(&control.work);
}
