// SPDX-License-Identifier: GPL-2.0-only
/*
 * The gate: the operations of the TCP sockets that the module governs.
 *
 * They differ from the kernel's own only where a connection begins, where a program could go
 * round that, and where a socket ends:
 * - connect and accept, which are decided (inbound.c has the second);
 * - sendmsg, as MSG_FASTOPEN connects within a send, and the options of options.c;
 * - release, which takes the socket from the registry;
 * - bind, listen and getname, where a socket that turns out to be the kernel's own is given back.
 *
 * Connect and accept sleep below us, so they register (calls.c). The others end in a jump to the
 * kernel's function, so that whoever sleeps there does not return through here.
 */
#include <linux/net.h>
#include <net/inet_common.h>
#include <net/inet_sock.h>
#include <net/sock.h>

#include "address.h"
#include "calls.h"
#include "compat.h"
#include "connections.h"
#include "decision.h"
#include "gate.h"
#include "inbound.h"
#include "locks.h"
#include "operations.h"
#include "options.h"
#include "revocation.h"
#include "sockets.h"
#include "subject.h"
#include "waiting.h"

static const struct proto_ops *lower(const struct socket *sock)
{
	return rt_operations[RT_STREAM][rt_ip_family(sock->sk)].kernels;
}

/* What connect_locked() returns when it needs more of the subject than the lock lets it have. */
enum { NEEDS_SUBJECT = 1 };

/*
 * Decides by the generation in force when it returns. What is allowed is on record then, so that a
 * commit from then on finds it. Hands the subject over to the record. A decision that lacks labels
 * is none: they cannot be had under the lock.
 */
static void decide_connect(struct sock *sk, struct rt_subject *subject,
			   const struct rt_remote *destination, struct rt_decision *decision)
{
	rt_decision_connect(subject, destination, decision);
	if (decision->lacking || (rt_decision_denies(decision) && !decision->waits))
		return;
	rt_connections_begin(sk, subject, destination, decision);
	if (!rt_decision_is_current(decision, RIPTIDES_DIRECTION_CONNECT, destination))
		rt_connections_decide(sk, decision);
	if (decision->lacking || (rt_decision_denies(decision) && !decision->waits))
		rt_connections_end(sk);
}

/*
 * Lets a connection that cannot be decided yet wait. Returns -EINPROGRESS; 0 when it is decided
 * now; or an error.
 */
static int wait_for_labels(struct socket *sock, union rt_address *to, int length,
			   struct rt_decision *decision)
{
	int err = rt_waiting_connect(sock, to, length);

	switch (err) {
	case -EAGAIN:
		rt_decision_wait_no_more(decision);
		rt_connections_settle(sock->sk, decision);
		if (rt_decision_denies(decision))
			rt_connections_end(sock->sk);
		return 0;
	case -ENOENT:
		/* A drain has given it back: nothing is decided any more. */
		decision->decided = false;
		return 0;
	case -ENOMEM:
		rt_connections_end(sock->sk);
		return err;
	default:
		rt_decision_count_wait();
		return err;
	}
}

/*
 * Begins a connection, and does not wait until it is up. A commit that comes after the decision is
 * answered only when this has returned, so that no first packet leaves after the answer.
 */
static int begin_connect(struct socket *sock, union rt_address *to, int length, int flags,
			 const struct rt_remote *destination, struct rt_subject *subject)
{
	struct rt_decision decision;
	int section, err = 0;

	section = rt_revocation_enter();
	if (rt_address_is_source_routed(sock->sk))
		rt_decision_refuse(&decision);
	else
		decide_connect(sock->sk, subject, destination, &decision);
	if (decision.lacking)
		err = NEEDS_SUBJECT;
	else if (unlikely(decision.waits))
		err = wait_for_labels(sock, to, length, &decision);
	if (!err) {
		rt_decision_report(RIPTIDES_DIRECTION_CONNECT, &decision, destination);
		err = rt_decision_denies(&decision) ? -EACCES :
		      __inet_stream_connect(sock, &to->any, length, flags | O_NONBLOCK, 0);
	}
	rt_revocation_leave(section);
	return err;
}

/*
 * The lock is held from the look at the socket's state to the first packet, so that what is
 * decided and reported is what happens, by the generation in force.
 */
static int connect_locked(struct socket *sock, struct sockaddr_unsized *to, int length, int flags,
			  struct rt_subject *subject)
{
	struct rt_remote destination;
	union rt_address address;
	int resolved, err;

	sock_owned_by_me(sock->sk);

	/* Only then does the kernel begin a connection. */
	if (sock->state != SS_UNCONNECTED || sock->sk->sk_state != TCP_CLOSE)
		goto connect;
	resolved = rt_address_resolve(sock->sk, to, length, &address, &destination);
	if (!resolved)
		goto connect;
	if (!rt_decision_needed()) {
		rt_connections_end(sock->sk);
		goto connect;
	}
	if (!subject)
		return NEEDS_SUBJECT;

	err = begin_connect(sock, &address, resolved, flags, &destination, subject);
	if (err != -EINPROGRESS || flags & O_NONBLOCK)
		return err;
	/* It has begun, so this only waits; for a time that is over it would be "already". */
	err = __inet_stream_connect(sock, &address.any, resolved, flags, 0);
	return err == -EALREADY ? -EINPROGRESS : err;
connect:
	return __inet_stream_connect(sock, to, length, flags, 0);
}

static int lock_and_connect(struct socket *sock, struct sockaddr_unsized *to, int length, int flags,
			    struct rt_subject *subject)
{
	int err = rt_lock_interruptible(sock->sk);

	if (err)
		return err;
	err = connect_locked(sock, to, length, flags, subject);
	release_sock(sock->sk);
	return err;
}

static int decide_and_connect(struct socket *sock, struct sockaddr_unsized *to, int length,
			      int flags)
{
	struct rt_subject subject;
	bool is_known;
	int err;

	is_known = rt_subject_find(&subject);
	err = lock_and_connect(sock, to, length, flags, is_known ? &subject : NULL);
	/* Once more than once only where a commit asks for more meanwhile. */
	while (err == NEEDS_SUBJECT) {
		rt_subject_put(&subject);
		err = rt_subject_get(&subject);
		if (!err)
			err = lock_and_connect(sock, to, length, flags, &subject);
	}
	rt_subject_put(&subject);
	return err;
}

static int gate_connect(struct socket *sock, struct sockaddr_unsized *to, int length, int flags)
{
	struct rt_call call;
	int err;

	rt_call_enter(&call);
	if (unlikely(rt_is_used_by_kernel(sock, sock->sk))) {
		rt_operations_give_back(sock, sock->sk);
		err = lower(sock)->connect(sock, to, length, flags);
	} else {
		err = decide_and_connect(sock, to, length, flags);
	}
	return rt_call_leave(&call, err);
}

/*
 * The socket that was accepted has inherited our operations, unless the kernel looked at the
 * listener before it was adopted.
 */
static void take_accepted(struct socket *newsock, struct rt_socket *entry)
{
	const struct rt_operations *operations = rt_operations_of(newsock->sk);

	if (newsock->ops == operations->kernels)
		rt_sockets_adopt(entry, newsock, newsock->sk, operations->kernels,
				 &operations->gates);
	else
		rt_sockets_add(entry, newsock->sk, false);
}

/*
 * The kernel accepts for itself: the listener is its own, though a program made it. The new socket
 * may get our operations after this, and is given back when it is used.
 */
static int accept_for_kernel(struct socket *sock, struct socket *newsock,
			     struct proto_accept_arg *arg, struct rt_socket *entry)
{
	int err;

	rt_operations_give_back(sock, sock->sk);
	err = rt_accept(lower(sock), sock, newsock, arg);
	if (!err && rt_accept_reads_ops_once())
		rt_sockets_add(entry, newsock->sk, true);
	else
		rt_socket_free(entry);
	return err;
}

static int accept_for_program(struct socket *sock, struct socket *newsock,
			      struct proto_accept_arg *arg)
{
	struct rt_socket *entry = rt_socket_alloc();
	int section, err;

	if (!entry)
		return -ENOMEM;
	if (unlikely(arg->kern))
		return accept_for_kernel(sock, newsock, arg, entry);

	err = rt_inbound_accept(lower(sock), sock, newsock, arg, entry, &section);
	if (err) {
		rt_socket_free(entry);
		return err;
	}
	take_accepted(newsock, entry);
	rt_revocation_leave(section);
	return 0;
}

static int accept_counted(struct socket *sock, struct socket *newsock,
			  struct proto_accept_arg *arg)
{
	struct rt_call call;

	rt_call_enter(&call);
	return rt_call_leave(&call, accept_for_program(sock, newsock, arg));
}

RT_ACCEPT_OP(gate_accept, accept_counted)

/*
 * What follows ends in a jump to the kernel's function, so that nothing of this module is on the
 * stack while it runs. -foptimize-sibling-calls (Kbuild) makes the compiler do that for a call in
 * tail position, and a test looks at what it made.
 */

static int gate_bind(struct socket *sock, struct sockaddr_unsized *address, int length)
{
	if (unlikely(rt_is_used_by_kernel(sock, sock->sk)))
		rt_operations_give_back(sock, sock->sk);
	return lower(sock)->bind(sock, address, length);
}

static int gate_listen(struct socket *sock, int backlog)
{
	if (unlikely(rt_is_used_by_kernel(sock, sock->sk)))
		rt_operations_give_back(sock, sock->sk);
	return lower(sock)->listen(sock, backlog);
}

static int gate_getname(struct socket *sock, struct sockaddr *address, int peer)
{
	if (unlikely(rt_is_used_by_kernel(sock, sock->sk) ||
		     rt_sockets_accepted_by_kernel(sock->sk)))
		rt_operations_give_back(sock, sock->sk);
	return lower(sock)->getname(sock, address, peer);
}

static int gate_release(struct socket *sock)
{
	/* An accept that failed leaves a socket without one. */
	if (!sock->sk)
		return 0;
	rt_sockets_remove(sock->sk);
	return lower(sock)->release(sock);
}

static int gate_sendmsg(struct socket *sock, struct msghdr *message, size_t length)
{
	if (unlikely(message->msg_flags & MSG_FASTOPEN))
		return -EOPNOTSUPP;
	return lower(sock)->sendmsg(sock, message, length);
}

static int gate_setsockopt(struct socket *sock, int level, int option, sockptr_t value,
			   unsigned int length)
{
	int err = rt_options_check_set(level, option, length);

	if (err)
		return err;
	return lower(sock)->setsockopt(sock, level, option, value, length);
}

static int gate_getsockopt(struct socket *sock, int level, int option, char __user *value,
			   int __user *length)
{
	int err = rt_options_check_get(level, option);

	if (err)
		return err;
	return lower(sock)->getsockopt(sock, level, option, value, length);
}

/**
 * rt_gate_learn() - make the operations of a family
 * @sock: a TCP socket of the family, with the kernel's operations
 */
void __init rt_gate_learn(const struct socket *sock)
{
	struct proto_ops *ops = rt_operations_learn(sock, RT_STREAM);

	ops->release = gate_release;
	ops->bind = gate_bind;
	ops->connect = gate_connect;
	ops->accept = gate_accept;
	ops->getname = gate_getname;
	ops->listen = gate_listen;
	ops->sendmsg = gate_sendmsg;
	ops->setsockopt = gate_setsockopt;
	ops->getsockopt = gate_getsockopt;
	rt_ops_clear_getsockopt_iter(ops);
}

/* Where our operations differ from the kernel's. */
static const size_t ours[] __initconst = {
	offsetof(struct proto_ops, release),
	offsetof(struct proto_ops, bind),
	offsetof(struct proto_ops, connect),
	offsetof(struct proto_ops, accept),
	offsetof(struct proto_ops, getname),
	offsetof(struct proto_ops, listen),
	offsetof(struct proto_ops, sendmsg),
	offsetof(struct proto_ops, setsockopt),
	offsetof(struct proto_ops, getsockopt),
};

/**
 * rt_gate_selftest() - check what rt_gate_learn() made
 *
 * Return: NULL, or what is wrong.
 */
const char *__init rt_gate_selftest(void)
{
	enum rt_ip_family family;

	if (rt_operations[RT_STREAM][RT_V4].kernels != &inet_stream_ops)
		return "TCP sockets of IPv4 do not have inet_stream_ops";
	for (family = 0; family < RT_FAMILIES; family++) {
		const struct proto_ops *kernels = rt_operations[RT_STREAM][family].kernels;

		if (kernels && kernels->connect != inet_stream_connect)
			return "the kernel does not connect by inet_stream_connect()";
	}
	if (!rt_operations_differ_in(RT_STREAM, ours, ARRAY_SIZE(ours)))
		return "the gate's socket operations are not as they were made";
	return NULL;
}
