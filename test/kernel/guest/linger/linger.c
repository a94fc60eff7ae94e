// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holds accepts of threads that are called "linger" where the kernel has looked at the listener,
 * and has not called its accept yet, until the parameter "go" is set.
 *
 * They stand there as one does whose processor was taken away: they run now and then, but never
 * sleep, as nothing sleeps at that point.
 */
#include <linux/kprobes.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/string.h>

/* Should nobody set "go". */
enum { AT_MOST_S = 60 };

static bool go;
module_param(go, bool, 0600);
MODULE_PARM_DESC(go, "let them go on");

static bool held;
module_param(held, bool, 0400);
MODULE_PARM_DESC(held, "whether one was held");

/* Takes the place of security_socket_accept(). */
static int linger(struct socket *listener, struct socket *accepted)
{
	ktime_t end = ktime_add_ms(ktime_get(), AT_MOST_S * MSEC_PER_SEC);

	WRITE_ONCE(held, true);
	while (!READ_ONCE(go) && ktime_before(ktime_get(), end))
		cond_resched();
	return 0;
}

/* No thread can wait in here: preemption is off. So it is led to the function above. */
static int divert(struct kprobe *probe, struct pt_regs *regs)
{
	if (strcmp(current->comm, "linger"))
		return 0;
	instruction_pointer_set(regs, (unsigned long)linger);
	return 1;
}

/* That there is one tells the kernel that the probe may lead elsewhere. */
static void after(struct kprobe *probe, struct pt_regs *regs, unsigned long flags)
{
}

static struct kprobe probe = {
	.symbol_name = "security_socket_accept",
	.pre_handler = divert,
	.post_handler = after,
};

static int __init linger_init(void)
{
	return register_kprobe(&probe);
}

static void __exit linger_exit(void)
{
	unregister_kprobe(&probe);
	/* A thread that is held does not sleep before it has left the function above. */
	synchronize_rcu_tasks();
}

module_init(linger_init);
module_exit(linger_exit);

MODULE_DESCRIPTION("Holds accepts before they begin");
MODULE_LICENSE("GPL");
