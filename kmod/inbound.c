// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections in: they are decided when a program accepts them.
 *
 * Many servers stop when accept fails, and one peer could end them so. So a connection that is
 * refused is reset, and the next one is accepted in its place; the program sees none of it.
 */
#include <linux/fcntl.h>
#include <linux/net.h>
#include <linux/sched/signal.h>
#include <linux/wait.h>
#include <net/inet_connection_sock.h>
#include <net/sock.h>
#include <net/tcp_states.h>

#include "address.h"
#include "compat.h"
#include "connections.h"
#include "decision.h"
#include "inbound.h"
#include "requests.h"
#include "revocation.h"
#include "sockets.h"
#include "subject.h"
#include "waiting.h"

/* Decides for the process that runs, in a section that is entered here. */
static void decide(const struct rt_remote *remote, u16 local_port, struct rt_subject *subject,
		   struct rt_decision *decision, int *section)
{
	bool is_needed = rt_decision_needed();
	int err = 0;

	if (is_needed)
		err = rt_subject_get(subject);
	*section = rt_revocation_enter();
	/* A process that could keep us from its facts would be held to fewer rules. */
	if (err)
		rt_decision_refuse(decision);
	else if (is_needed)
		rt_decision_accept(subject, remote, local_port, decision);
}

/*
 * Whether the process that runs may have the connection that it has accepted. If so it is put on
 * record in the entry, in a section that is entered here.
 */
static bool is_let_in(const struct sock *sk, struct rt_socket *entry, int *section)
{
	struct rt_decision decision = {};
	u16 local_port = rt_address_local_port(sk);
	struct rt_subject subject = {};
	struct rt_remote remote;
	bool denied;

	rt_address_of_remote(sk, &remote);
	decide(&remote, local_port, &subject, &decision, section);
	/* A commit has asked for more of the process meanwhile. */
	while (decision.lacking) {
		rt_revocation_leave(*section);
		rt_subject_put(&subject);
		decide(&remote, local_port, &subject, &decision, section);
	}
	/* It is late for this connection: labels are asked for before. It is not for the next. */
	if (decision.waits) {
		rt_requests_ask(subject.image, NULL);
		rt_decision_wait_no_more(&decision);
	}
	rt_decision_report(RIPTIDES_DIRECTION_ACCEPT, &decision, &remote);
	denied = rt_decision_denies(&decision);
	if (denied)
		rt_revocation_leave(*section);
	else if (decision.decided)
		rt_connections_accept(entry, &subject, &remote, local_port, &decision);
	rt_subject_put(&subject);
	return !denied;
}

/* Resets the connection, and makes the socket one that can be accepted into again. */
static void refuse(const struct proto_ops *lower, struct socket *newsock)
{
	struct sock *sk = newsock->sk;

	sock_hold(sk);
	sock_no_linger(sk);
	lower->release(newsock);
	newsock->state = SS_UNCONNECTED;
	/* An adoption may have found it by the hash of connections. */
	rt_sockets_remove(sk);
	sock_put(sk);
}

/* Waits until there may be something to accept. Returns what is left of the timeout. */
static long wait_for_connection(struct sock *listener, long timeout)
{
	DEFINE_WAIT(wait);

	prepare_to_wait_exclusive(sk_sleep(listener), &wait, TASK_INTERRUPTIBLE);
	if (reqsk_queue_empty(&inet_csk(listener)->icsk_accept_queue) &&
	    READ_ONCE(listener->sk_state) == TCP_LISTEN && !signal_pending(current))
		timeout = schedule_timeout(timeout);
	finish_wait(sk_sleep(listener), &wait);
	return timeout;
}

/* What is left of a timeout that ends at a time; there may be none, or no end. */
static long time_left(long timeout, unsigned long end)
{
	if (timeout && timeout != MAX_SCHEDULE_TIMEOUT)
		timeout = max_t(long, end - jiffies, 0);
	return timeout;
}

/* Accepts in place of a connection that was refused. */
static int accept_next(const struct proto_ops *lower, struct socket *sock, struct socket *newsock,
		       struct proto_accept_arg *arg, long timeout)
{
	int err;

	arg->flags |= O_NONBLOCK;
	for (;;) {
		err = rt_accept(lower, sock, newsock, arg);
		if (err != -EAGAIN || !timeout)
			return err;
		/* After the look at the queue: a wake-up wakes one thread only. */
		if (signal_pending(current))
			return sock_intr_errno(timeout);
		timeout = wait_for_connection(sock->sk, timeout);
	}
}

/*
 * What an accept that waits returns instead of going on after it refused a connection, or 0: peers
 * that come as fast as they are refused must keep it neither from a signal nor from a drain.
 */
static int interruption(const struct proto_ops *lower, const struct socket *sock, long timeout)
{
	if (READ_ONCE(sock->ops) == lower) {
		/* There is no signal, so the call starts again, without us. */
		set_thread_flag(TIF_SIGPENDING);
		return -ERESTARTSYS;
	}
	return signal_pending(current) ? sock_intr_errno(timeout) : 0;
}

/* Returns 0 when the accept can go on. */
static int wait_for_labels(struct socket *sock, int flags)
{
	struct rt_subject subject;
	int err = 0;

	if (!rt_decision_may_wait())
		return 0;
	/* Without facts each connection is refused, see is_let_in(). */
	if (!rt_subject_get(&subject))
		err = rt_waiting_accept(sock, &subject, flags);
	rt_subject_put(&subject);
	return err;
}

/**
 * rt_inbound_accept() - accept the next connection that may come in
 * @lower: the kernel's operations
 * @sock: the listener
 * @newsock: takes the connection
 * @arg: as for an accept
 * @entry: of the connection; it is put on record there
 * @section: rt_revocation_leave() takes it once the entry is in the registry, unless this fails
 *
 * However many are refused, a program waits no longer than it asked for. One that does not wait
 * gets -EAGAIN once all that had arrived at the call are refused; whatever arrives later wakes it
 * up again.
 *
 * Return: as an accept does.
 */
int rt_inbound_accept(const struct proto_ops *lower, struct socket *sock, struct socket *newsock,
		      struct proto_accept_arg *arg, struct rt_socket *entry, int *section)
{
	long timeout = sock_rcvtimeo(sock->sk, arg->flags & O_NONBLOCK);
	long arrived = READ_ONCE(sock->sk->sk_ack_backlog);
	unsigned long end = jiffies + timeout;
	int err;

	err = wait_for_labels(sock, arg->flags) ?: rt_accept(lower, sock, newsock, arg);
	while (!err && !is_let_in(newsock->sk, entry, section)) {
		refuse(lower, newsock);
		timeout = time_left(timeout, end);
		if (!timeout && --arrived < 1)
			return -EAGAIN;
		err = timeout ? interruption(lower, sock, timeout) : 0;
		if (err)
			return err;
		cond_resched();
		err = accept_next(lower, sock, newsock, arg, timeout);
	}
	return err;
}
