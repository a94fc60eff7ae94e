// SPDX-License-Identifier: GPL-2.0-only
/*
 * Drain: sockets get the kernel's operations back, and calls that sleep below ours return.
 *
 * Connections live on, and a blocked accept goes on waiting, outside of the module.
 */
#include <linux/file.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/rcupdate.h>

#include "calls.h"
#include "compat.h"
#include "drain.h"
#include "gate.h"
#include "sockets.h"
#include "ulp.h"
#include "walk.h"

enum { FILES_AT_ONCE = 64 };

static void give_registered_back(void)
{
	struct file *files[FILES_AT_ONCE];
	unsigned int bucket = 0, count, i;

	do {
		count = rt_sockets_hold_files(&bucket, files, ARRAY_SIZE(files));
		for (i = 0; i < count; i++) {
			struct socket *sock = sock_from_file(files[i]);

			/* NULL: socket(2) has not finished the file; the next pass finds it. */
			if (sock)
				rt_gate_give_back(sock);
			fput(files[i]);
		}
		cond_resched();
	} while (bucket);
}

static void give_back(struct socket *sock, void *data)
{
	if (sock->sk)
		rt_gate_give_back(sock);
}

/**
 * rt_drain_pass() - give back what can be given back now
 *
 * The module must be disarmed, and pinned. May sleep. Return: whether nothing is governed and
 * nobody is inside any more; otherwise another pass is needed.
 */
bool rt_drain_pass(void)
{
	unsigned int calls;

	/* A socket in a BPF sockmap may have had them made from ours meanwhile. */
	rt_ulp_prepare();
	give_registered_back();
	/*
	 * Who took operations of ours from a socket before, and an init function before
	 * it was disarmed, has registered the call by now, or is out.
	 */
	synchronize_rcu_tasks();
	calls = rt_calls_wake();
	if (calls || rt_sockets_count())
		return false;
	/*
	 * Where a listener was given back in between the two times, the new socket has our
	 * operations, but is not registered.
	 */
	if (!rt_accept_reads_ops_once() && module_refcount(THIS_MODULE) > 1)
		rt_walk_files(give_back, NULL);
	return true;
}
