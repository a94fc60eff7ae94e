// SPDX-License-Identifier: GPL-2.0-only
/*
 * A module that does on request what no module should, so that the rig can
 * be seen to notice. It never loads: after misbehaving it fails with
 * -ECANCELED, and may be asked again.
 */
#include <linux/bug.h>
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

static char *what = "";
module_param(what, charp, 0);
MODULE_PARM_DESC(what, "warning, oops, deadlock, sleep, use-after-free or leak");

static DEFINE_MUTEX(first);
static DEFINE_MUTEX(second);

/* The two orders never meet at run time; only the lock checker can object. */
static void take_locks_in_both_orders(void)
{
	mutex_lock(&first);
	mutex_lock(&second);
	mutex_unlock(&second);
	mutex_unlock(&first);

	mutex_lock(&second);
	mutex_lock(&first);
	mutex_unlock(&first);
	mutex_unlock(&second);
}

static void sleep_with_spinlock(void)
{
	static DEFINE_SPINLOCK(lock);

	spin_lock(&lock);
	might_sleep();
	spin_unlock(&lock);
}

static void use_after_free(void)
{
	char *memory = kmalloc(100, GFP_KERNEL);

	if (!memory)
		return;
	kfree(memory);
	OPTIMIZER_HIDE_VAR(memory);
	pr_info("misbehave: read %d\n", READ_ONCE(memory[50]));
}

static void leak(void)
{
	int i;

	/* Several: a stale copy of one address may look like a reference. */
	for (i = 0; i < 16; i++) {
		char *memory = kmalloc(300, GFP_KERNEL);

		OPTIMIZER_HIDE_VAR(memory);
	}
}

static void write_to_nowhere(void)
{
	int *nowhere = (int *)8;

	OPTIMIZER_HIDE_VAR(nowhere);
	WRITE_ONCE(*nowhere, 0);
}

static int __init misbehave_init(void)
{
	if (!strcmp(what, "warning"))
		WARN(1, "misbehave: as asked\n");
	else if (!strcmp(what, "oops"))
		write_to_nowhere();
	else if (!strcmp(what, "deadlock"))
		take_locks_in_both_orders();
	else if (!strcmp(what, "sleep"))
		sleep_with_spinlock();
	else if (!strcmp(what, "use-after-free"))
		use_after_free();
	else if (!strcmp(what, "leak"))
		leak();
	else
		return -EINVAL;
	return -ECANCELED;
}
module_init(misbehave_init);

MODULE_DESCRIPTION("Does what no module should, to test the test rig");
MODULE_LICENSE("GPL");
