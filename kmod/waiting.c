// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections that wait for labels of the agent.
 *
 * A connect that cannot be decided yet looks like one whose SYN is not answered: the socket is in
 * SYN_SENT, so that poll, SO_ERROR, a second connect, shutdown and close behave as the kernel's own
 * code makes them, and a program that does not block gets EINPROGRESS. But nothing was sent. Once
 * the labels are told, or nobody will tell them, a work item decides, and connects for the program
 * or fails the socket. Nothing waits longer than a request to the agent is open.
 *
 * An accept asks before it takes a connection: one that was taken could not be put back.
 */
#include <linux/bpf-cgroup.h>
#include <linux/kernel.h>
#include <linux/net.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "address.h"
#include "connections.h"
#include "decision.h"
#include "locks.h"
#include "requests.h"
#include "revocation.h"
#include "waiting.h"
#include "work.h"

/* Sockets whose lock is held that are met before the others get their turn. */
enum { BUSY_MAX = 64 };

static void resume_all(struct work_struct *work);
static DECLARE_DELAYED_WORK(resume_work, resume_all);

/*
 * Not by tcp_set_state(): while it waits a socket has no packets, no timers and no port of the
 * kernel's choice, and is in no table, so there is nothing to do besides.
 */
static void set_state(struct sock *sk, int state)
{
	sock_owned_by_me(sk);
	/* As inet_sk_state_store() does, for who polls. */
	smp_store_release(&sk->sk_state, state);
}

/* As a connect ends that the peer refuses, with another error. */
static void fail(struct sock *sk, int err)
{
	rt_connections_end(sk);
	set_state(sk, TCP_CLOSE);
	WRITE_ONCE(sk->sk_err, err);
	sk->sk_error_report(sk);
}

/* Sends the first packet. What __inet_stream_connect() did for the program is done. */
static int send_syn(struct sock *sk, union rt_address *address, int length)
{
	int err = 0;

	if (BPF_CGROUP_PRE_CONNECT_ENABLED(sk))
		err = sk->sk_prot->pre_connect(sk, &address->any, length);
	return err ?: sk->sk_prot->connect(sk, &address->any, length);
}

/**
 * rt_waiting_connect() - let the connection of a socket wait for labels
 * @sock: the socket, whose lock is held; its connection is on record
 * @address: where to
 * @length: its bytes
 *
 * Return: -EINPROGRESS; -EAGAIN when nobody is asked for the labels; -ENOENT when the connection is
 * not on record; or -ENOMEM.
 */
int rt_waiting_connect(struct socket *sock, const union rt_address *address, int length)
{
	struct rt_connection_wait *wait = kzalloc(sizeof(*wait), GFP_KERNEL_ACCOUNT);
	int err;

	if (!wait)
		return -ENOMEM;
	wait->address = *address;
	wait->length = length;
	err = rt_connections_wait(sock->sk, NULL, wait);
	if (err) {
		kfree(wait);
		return err;
	}
	set_state(sock->sk, TCP_SYN_SENT);
	sock->state = SS_CONNECTING;
	return -EINPROGRESS;
}

/**
 * rt_waiting_accept() - ask for the labels that an accept needs
 * @sock: the listener
 * @subject: who accepts
 * @flags: of its file
 *
 * A program that does not wait is woken up as by a connection that arrives.
 *
 * Return: 0 when the accept can go on; -EAGAIN; -ERESTARTSYS after a signal; or -ENOMEM.
 */
int rt_waiting_accept(struct socket *sock, struct rt_subject *subject, int flags)
{
	struct rt_connection_wait *wait;
	int err;

	if (!rt_decision_accept_waits(subject, rt_address_local_port(sock->sk)))
		return 0;
	if (!(flags & O_NONBLOCK))
		return rt_requests_wait(subject->image);

	wait = kzalloc(sizeof(*wait), GFP_KERNEL_ACCOUNT);
	if (!wait)
		return -ENOMEM;
	err = rt_lock_interruptible(sock->sk);
	if (!err) {
		err = rt_connections_wait(sock->sk, subject->image, wait);
		release_sock(sock->sk);
	}
	if (err)
		kfree(wait);
	if (err == -ERESTARTSYS)
		return err;
	/* The labels have come meanwhile, or the socket was given back. */
	return err == -EAGAIN || err == -ENOENT ? 0 : -EAGAIN;
}

static void go_on(struct sock *sk, struct rt_connection_wait *wait)
{
	struct rt_decision decision = {};
	int section, err = EACCES;

	section = rt_revocation_enter();
	/*
	 * It is not on record any more when a drain has given the socket back, which nothing is
	 * decided for then, or while the socket is being closed. What cannot be collected here is
	 * when the program tries again. A source route may have been set before a bundle was in
	 * force.
	 */
	if (!rt_connections_decide(sk, &decision)) {
		if (rt_decision_needed())
			rt_decision_refuse(&decision);
	} else if (decision.lacking || rt_address_is_source_routed(sk)) {
		rt_decision_refuse(&decision);
		rt_connections_settle(sk, &decision);
	} else if (decision.waits) {
		/* Labels that were told are not enough for the generation in force now. */
		if (!rt_connections_wait(sk, NULL, wait)) {
			rt_revocation_leave(section);
			return;
		}
		rt_decision_wait_no_more(&decision);
		rt_connections_settle(sk, &decision);
	}
	rt_connections_report(sk);
	if (!rt_decision_denies(&decision))
		err = -send_syn(sk, &wait->address, wait->length);
	if (err)
		fail(sk, err);
	rt_revocation_leave(section);
	kfree(wait);
}

static void resume_locked(struct sock *sk, struct rt_connection_wait *wait)
{
	if (!rt_connections_take_wait(sk, wait)) {
		kfree(wait);
	} else if (!wait->length) {
		if (sk->sk_state == TCP_LISTEN)
			sk->sk_data_ready(sk);
		kfree(wait);
	} else if (sk->sk_state != TCP_SYN_SENT || sock_flag(sk, SOCK_DEAD)) {
		rt_connections_end(sk);
		kfree(wait);
	} else {
		go_on(sk, wait);
	}
}

/* Returns false while the program holds the lock of its socket. */
static bool resume(struct rt_connection_wait *wait)
{
	struct sock *sk = wait->sk;

	if (!rt_lock_try(sk))
		return false;
	resume_locked(sk, wait);
	release_sock(sk);
	sock_put(sk);
	return true;
}

static void resume_all(struct work_struct *work)
{
	unsigned int busy = 0;
	struct rt_wait *wait;

	while (busy < BUSY_MAX) {
		wait = rt_requests_next();
		if (!wait)
			break;
		if (!resume(container_of(wait, struct rt_connection_wait, wait))) {
			rt_requests_wait_again(wait);
			busy++;
		}
		cond_resched();
	}
	if (busy)
		queue_delayed_work(rt_workqueue, &resume_work, 1);
}

/* There are waits whose request has ended. */
void rt_waiting_resume(void)
{
	mod_delayed_work(rt_workqueue, &resume_work, 0);
}

/* No socket may wait any more. */
void rt_waiting_exit(void)
{
	struct rt_connection_wait *wait;
	struct rt_wait *next;

	cancel_delayed_work_sync(&resume_work);
	/* Of sockets that were closed while somebody held their lock. */
	while ((next = rt_requests_next())) {
		wait = container_of(next, struct rt_connection_wait, wait);
		sock_put(wait->sk);
		kfree(wait);
	}
}
