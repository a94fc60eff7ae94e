// SPDX-License-Identifier: GPL-2.0-only
/*
 * The gate: the operations of the sockets that the module governs.
 *
 * They differ from the kernel's own only where a connection begins, and where a program
 * could go round that: connect and accept, which are decided and attributed; MSG_FASTOPEN, which
 * connects within a send; and the options of options.c.
 *
 * Each operation that may sleep tells of itself (calls.c), so that a drain can bring it home.
 */
#include <linux/module.h>
#include <linux/net.h>
#include <linux/sched/signal.h>
#include <linux/wait.h>
#include <net/inet_common.h>
#include <net/inet_sock.h>
#include <net/sock.h>

#include "address.h"
#include "calls.h"
#include "compat.h"
#include "decision.h"
#include "gate.h"
#include "options.h"
#include "process.h"

static const struct proto_ops *lower_ops[RT_FAMILIES] __ro_after_init;
static struct proto_ops gate_ops[RT_FAMILIES] __ro_after_init;

static const struct proto_ops *lower(const struct socket *sock)
{
	return lower_ops[rt_family(sock->sk)];
}

/*
 * Waits for the lock of a socket, which its program can hold for as long as it likes: by a
 * setsockopt whose value lies in a file that it serves itself. The kernel's lock_sock() would
 * sleep through a drain and a kill.
 */
static int lock_sock_interruptible(struct sock *sk)
{
	DEFINE_WAIT(wait);

	might_sleep();
	spin_lock_bh(&sk->sk_lock.slock);
	while (sk->sk_lock.owned) {
		/* Not exclusive: who gives up must not have taken another one's wake-up. */
		prepare_to_wait(&sk->sk_lock.wq, &wait, TASK_INTERRUPTIBLE);
		spin_unlock_bh(&sk->sk_lock.slock);
		if (signal_pending(current)) {
			finish_wait(&sk->sk_lock.wq, &wait);
			return -ERESTARTSYS;
		}
		schedule();
		spin_lock_bh(&sk->sk_lock.slock);
	}
	finish_wait(&sk->sk_lock.wq, &wait);
	sk->sk_lock.owned = 1;
	spin_unlock_bh(&sk->sk_lock.slock);
	mutex_acquire(&sk->sk_lock.dep_map, 0, 0, _RET_IP_);
	return 0;
}

/* What connect_locked() returns when the subject is needed, which cannot be had under the lock. */
enum { NEEDS_SUBJECT = 1 };

/*
 * The lock is held from the look at the socket's state to the first packet, so that what is
 * decided and recorded is what happens, by the generation in force.
 */
static int connect_locked(struct socket *sock, struct sockaddr_unsized *to, int length, int flags,
			  const struct rt_subject *subject)
{
	struct rt_destination destination;
	struct rt_decision decision;
	union rt_address address;
	int resolved;

	sock_owned_by_me(sock->sk);

	/* Only then does the kernel begin a connection. */
	if (sock->state != SS_UNCONNECTED || sock->sk->sk_state != TCP_CLOSE)
		goto connect;
	resolved = rt_address_resolve(sock->sk, to, length, &address, &destination);
	if (!resolved || !rt_decision_needed())
		goto connect;
	if (!subject)
		return NEEDS_SUBJECT;

	if (rt_address_is_source_routed(sock->sk))
		rt_decision_refuse(&decision);
	else
		rt_decision_connect(subject, &destination, &decision);
	rt_decision_record(RT_DIRECTION_CONNECT, &decision, &destination);
	if (rt_decision_denies(&decision))
		return -EACCES;
	to = &address.any;
	length = resolved;
connect:
	return __inet_stream_connect(sock, to, length, flags, 0);
}

static int lock_and_connect(struct socket *sock, struct sockaddr_unsized *to, int length, int flags,
			    const struct rt_subject *subject)
{
	int err = lock_sock_interruptible(sock->sk);

	if (err)
		return err;
	err = connect_locked(sock, to, length, flags, subject);
	release_sock(sock->sk);
	return err;
}

static int decide_and_connect(struct socket *sock, struct sockaddr_unsized *to, int length,
			      int flags)
{
	struct rt_subject subject = {};
	int err;

	err = lock_and_connect(sock, to, length, flags, NULL);
	if (err != NEEDS_SUBJECT)
		return err;

	err = rt_subject_get(&subject);
	if (!err)
		err = lock_and_connect(sock, to, length, flags, &subject);
	rt_subject_put(&subject);
	return err;
}

static int gate_connect(struct socket *sock, struct sockaddr_unsized *to, int length, int flags)
{
	struct rt_call call;

	rt_call_enter(&call, NULL);
	return rt_call_leave(&call, decide_and_connect(sock, to, length, flags));
}

static void attribute(const struct sock *sk)
{
	struct rt_subject subject;
	struct rt_decision decision;
	struct rt_destination peer;

	if (!rt_decision_needed())
		return;
	rt_address_of_peer(sk, &peer);
	/* Without memory for its facts the process is nobody; the connection is there already. */
	rt_subject_get(&subject);
	rt_decision_accept(&subject, &peer, inet_sk(sk)->inet_num, &decision);
	rt_decision_record(RT_DIRECTION_ACCEPT, &decision, &peer);
	rt_subject_put(&subject);
}

static int accept_and_attribute(struct socket *sock, struct socket *newsock,
				struct proto_accept_arg *arg)
{
	struct rt_call call;
	int err;

	rt_call_enter(&call, NULL);
	err = rt_accept(lower(sock), sock, newsock, arg);
	if (!err)
		attribute(newsock->sk);
	return rt_call_leave(&call, err);
}

RT_ACCEPT_OP(gate_accept, accept_and_attribute)

static int gate_sendmsg(struct socket *sock, struct msghdr *message, size_t length)
{
	struct rt_call call;

	if (unlikely(message->msg_flags & MSG_FASTOPEN))
		return -EOPNOTSUPP;

	rt_call_enter(&call, message);
	return rt_call_leave(&call, lower(sock)->sendmsg(sock, message, length));
}

static int gate_setsockopt(struct socket *sock, int level, int option, sockptr_t value,
			   unsigned int length)
{
	int err = rt_options_check_set(level, option, length);
	struct rt_call call;

	if (err)
		return err;

	rt_call_enter(&call, NULL);
	return rt_call_leave(&call, lower(sock)->setsockopt(sock, level, option, value, length));
}

static int gate_getsockopt(struct socket *sock, int level, int option, char __user *value,
			   int __user *length)
{
	int err = rt_options_check_get(level, option);
	struct rt_call call;

	if (err)
		return err;

	rt_call_enter(&call, NULL);
	return rt_call_leave(&call, lower(sock)->getsockopt(sock, level, option, value, length));
}

/**
 * rt_gate_lower() - the kernel's own operations below ours
 * @ops: operations of any socket
 *
 * Return: NULL when they are not ours.
 */
const struct proto_ops *rt_gate_lower(const struct proto_ops *ops)
{
	enum rt_family family;

	for (family = 0; family < RT_FAMILIES; family++) {
		if (ops == &gate_ops[family])
			return lower_ops[family];
	}
	return NULL;
}

/**
 * rt_gate_govern() - give a socket that was just made to the gate
 * @sock: nobody else has seen it yet
 *
 * The kernel takes the reference to the operations' owner afterwards.
 */
void rt_gate_govern(struct socket *sock)
{
	enum rt_family family = rt_family(sock->sk);

	if (sock->ops == lower_ops[family])
		WRITE_ONCE(sock->ops, &gate_ops[family]);
}

/**
 * rt_gate_learn() - make the operations of a family
 * @sock: a TCP socket of the family, with the kernel's operations
 */
void __init rt_gate_learn(const struct socket *sock)
{
	enum rt_family family = rt_family(sock->sk);
	struct proto_ops *ops = &gate_ops[family];

	lower_ops[family] = sock->ops;
	*ops = *sock->ops;
	ops->owner = THIS_MODULE;
	ops->connect = gate_connect;
	ops->accept = gate_accept;
	ops->sendmsg = gate_sendmsg;
	ops->setsockopt = gate_setsockopt;
	ops->getsockopt = gate_getsockopt;
	rt_ops_close_getsockopt_iter(ops);
}

/* Where our operations differ from the kernel's. */
static const size_t ours[] __initconst = {
	offsetof(struct proto_ops, owner),
	offsetof(struct proto_ops, connect),
	offsetof(struct proto_ops, accept),
	offsetof(struct proto_ops, sendmsg),
	offsetof(struct proto_ops, setsockopt),
	offsetof(struct proto_ops, getsockopt),
};

static bool __init is_ours(size_t offset)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ours); i++) {
		if (ours[i] == offset)
			return true;
	}
	return false;
}

/**
 * rt_gate_selftest() - check what rt_gate_learn() made
 *
 * Return: NULL, or the name of what is wrong.
 */
const char *__init rt_gate_selftest(void)
{
	enum rt_family family;
	size_t offset;

	if (lower_ops[RT_V4] != &inet_stream_ops)
		return "sockets of TCP over IPv4 have the kernel's operations";
	for (family = 0; family < RT_FAMILIES; family++) {
		const u8 *kernels = (const u8 *)lower_ops[family];
		const u8 *gates = (const u8 *)&gate_ops[family];

		if (!kernels)
			continue;
		if (lower_ops[family]->connect != inet_stream_connect)
			return "the kernel connects by inet_stream_connect()";
		for (offset = 0; offset < sizeof(struct proto_ops); offset += sizeof(long)) {
			if (!memcmp(kernels + offset, gates + offset, sizeof(long)) ==
			    is_ours(offset))
				return "our socket operations differ where they should only";
		}
	}
	return NULL;
}
