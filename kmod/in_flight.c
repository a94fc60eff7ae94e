// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections in flight: begun, and not known to be up. One that a commit denies is aborted.
 *
 * Its first packet may have left before the commit, been lost, and be sent again long after. So
 * with each new generation such connections are decided once more, and those that are denied fail
 * with EACCES, as if they had been denied at once.
 */
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/srcu.h>
#include <linux/workqueue.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "in_flight.h"
#include "locks.h"
#include "sockets.h"

enum { SOCKETS_AT_ONCE = 32 };

static void abort_denied(struct work_struct *work);
static DECLARE_DELAYED_WORK(abort_work, abort_denied);

/* Read by a connect from its decision to its first packet, which may sleep for memory. */
DEFINE_STATIC_SRCU(beginning);

/**
 * rt_in_flight_enter() - enter the section in which a connection is decided and begun
 *
 * Return: what rt_in_flight_leave() takes.
 */
int rt_in_flight_enter(void)
{
	return srcu_read_lock(&beginning);
}

/**
 * rt_in_flight_leave() - leave the section: the first packet was sent, or none will be
 * @section: from rt_in_flight_enter()
 */
void rt_in_flight_leave(int section)
{
	srcu_read_unlock(&beginning, section);
}

static void abort_locked(struct sock *sk)
{
	sock_owned_by_me(sk);

	/* Its program has closed it, or it failed, or has not begun after all. */
	if (sock_flag(sk, SOCK_DEAD) || sk->sk_state == TCP_CLOSE || sk->sk_state == TCP_LISTEN) {
		rt_sockets_end(sk);
		return;
	}
	if (!rt_sockets_report_denied(sk))
		return;
	/* It is up when its program held the lock until then, and threads may wait for data. */
	if (!((1 << sk->sk_state) & (TCPF_SYN_SENT | TCPF_SYN_RECV)))
		sk->sk_disconnects++;
	sk->sk_prot->disconnect(sk, O_NONBLOCK);
	WRITE_ONCE(sk->sk_err, EACCES);
}

/*
 * A program can hold the lock of its socket for as long as it likes, so that is not waited for.
 * Until it is free no packet of the connection is processed; then this is soon there again.
 */
static void abort_denied(struct work_struct *work)
{
	struct sock *sks[SOCKETS_AT_ONCE];
	unsigned int bucket = 0, count, i;
	bool left = false;

	do {
		count = rt_sockets_hold_denied(&bucket, sks, ARRAY_SIZE(sks));
		for (i = 0; i < count; i++) {
			if (rt_lock_try(sks[i])) {
				abort_locked(sks[i]);
				release_sock(sks[i]);
			} else {
				left = true;
			}
			sock_put(sks[i]);
		}
		cond_resched();
	} while (bucket);

	if (left)
		queue_delayed_work(system_unbound_wq, &abort_work, 1);
}

/* A new generation is in force: decides what is in flight once more, soon. */
void rt_in_flight_check(void)
{
	mod_delayed_work(system_unbound_wq, &abort_work, 0);
}

/*
 * Waits until no connect by an earlier generation is about to send its first packet, and what could
 * be aborted at once is aborted.
 */
void rt_in_flight_wait(void)
{
	might_sleep();
	synchronize_srcu_expedited(&beginning);
	mod_delayed_work(system_unbound_wq, &abort_work, 0);
	flush_delayed_work(&abort_work);
}

/* No generation may come into force any more. */
void rt_in_flight_exit(void)
{
	cancel_delayed_work_sync(&abort_work);
}
