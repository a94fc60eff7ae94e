// SPDX-License-Identifier: GPL-2.0-only
/*
 * Drain: sockets get the kernel's operations back, and calls that sleep below ours return.
 *
 * Connections live on, and a blocked accept goes on waiting, outside of the module.
 */
#include <linux/file.h>
#include <linux/in.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/rcupdate.h>
#include <net/sock.h>
#include <net/tcp_states.h>

#include "accepts.h"
#include "calls.h"
#include "compat.h"
#include "drain.h"
#include "operations.h"
#include "requests.h"
#include "sockets.h"
#include "ulp.h"
#include "walk.h"

enum {
	FILES_AT_ONCE = 64,
	IDLE_PASSES = 10,		/* in which inherited operations are looked for */
};

static void give_back(struct socket *sock, struct sock *sk, void *data)
{
	rt_operations_give_back(sock, sk);
}

static void give_registered_back(void)
{
	struct file *files[FILES_AT_ONCE];
	unsigned int bucket = 0, count, i;

	do {
		count = rt_sockets_hold_files(&bucket, files, ARRAY_SIZE(files));
		for (i = 0; i < count; i++) {
			/* What socket(2) has not finished is found by the next pass. */
			rt_walk_visit(files[i], give_back, NULL);
			fput(files[i]);
		}
		cond_resched();
	} while (bucket);
}

static bool is_tcp_listener(const struct sock *sk)
{
	return (sk->sk_family == AF_INET || sk->sk_family == AF_INET6) &&
	       sk->sk_protocol == IPPROTO_TCP && READ_ONCE(sk->sk_state) == TCP_LISTEN;
}

static void give_inherited_back(struct socket *sock, struct sock *sk, void *data)
{
	struct rt_accepts *accepts = data;

	rt_operations_give_back(sock, sk);
	if (is_tcp_listener(sk))
		rt_accepts_hold(accepts, sk);
}

/*
 * Where an accept reads the operations of its listener twice, and the listener was given back in
 * between, the new socket has ours, and with them holds the module, but it is in no registry; and
 * the call sleeps in the kernel's accept, where it is not seen.
 */
static void find_inherited(void)
{
	struct rt_accepts accepts = {};

	rt_walk_files(give_inherited_back, &accepts);
	rt_walk_hashes(give_inherited_back, &accepts);
	rt_accepts_restart(&accepts);
}

/**
 * rt_drain_pass() - give back what can be given back now
 *
 * The module must be disarmed, and pinned. May sleep. Return: whether nothing is governed and
 * nobody is inside any more; otherwise another pass is needed.
 */
bool rt_drain_pass(void)
{
	/* Passes in a row that left nothing but what holds the module. One pass runs at a time. */
	static unsigned int idle;
	unsigned int calls;

	/* Sockets that wait are given back when that is over. */
	rt_requests_end_all();
	/* A socket in a BPF sockmap may have had them made from ours meanwhile. */
	rt_ulp_prepare();
	give_registered_back();
	/*
	 * Who took operations of ours from a socket before, and an init function before
	 * it was disarmed, has registered the call by now, or is out.
	 */
	synchronize_rcu_tasks();
	calls = rt_calls_wake();
	if (calls || rt_sockets_are_left()) {
		idle = 0;
		return false;
	}
	/* What holds it after some passes is no socket: who reads the tracepoint does, too. */
	if (rt_accept_reads_ops_once() || module_refcount(THIS_MODULE) == 1 ||
	    idle == IDLE_PASSES) {
		idle = 0;
		/* One that this pass gave back may have asked before; none has ours now. */
		return !rt_ulp_prepare();
	}
	idle++;
	find_inherited();
	return false;
}
