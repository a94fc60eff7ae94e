// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes accepts of threads that are called "linger" take their time where the kernel has looked at
 * the listener, and has not called its accept yet.
 */
#include <linux/delay.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/string.h>

enum { LINGER_MS = 1000 };

static int linger(struct kprobe *probe, struct pt_regs *regs)
{
	if (!strcmp(current->comm, "linger"))
		mdelay(LINGER_MS);
	return 0;
}

static struct kprobe probe = {
	.symbol_name = "security_socket_accept",
	.pre_handler = linger,
};

static int __init linger_init(void)
{
	return register_kprobe(&probe);
}

static void __exit linger_exit(void)
{
	unregister_kprobe(&probe);
}

module_init(linger_init);
module_exit(linger_exit);

MODULE_DESCRIPTION("Makes accepts take their time");
MODULE_LICENSE("GPL");
