// SPDX-License-Identifier: GPL-2.0-only
/*
 * Revocation: connections that were allowed, and that a later generation denies, are aborted.
 *
 * The first packet of one that is in flight may have left before the commit, been lost, and be sent
 * again long after. It fails with EACCES, as if it had been denied at once. One that is up ends
 * with a reset for the peer and ECONNABORTED for the program.
 */
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/srcu.h>
#include <linux/workqueue.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "connections.h"
#include "locks.h"
#include "revocation.h"

enum { SOCKETS_AT_ONCE = 32 };

static void abort_denied(struct work_struct *work);
static DECLARE_DELAYED_WORK(abort_work, abort_denied);

/*
 * Read from a decision until its connection is on record, and the first packet of a connect has
 * left, which may sleep for memory.
 */
DEFINE_STATIC_SRCU(deciding);

/**
 * rt_revocation_enter() - enter the section in which a connection is decided and put on record
 *
 * Return: what rt_revocation_leave() takes.
 */
int rt_revocation_enter(void)
{
	return srcu_read_lock(&deciding);
}

/**
 * rt_revocation_leave() - leave the section: the connection is on record, or there is none
 * @section: from rt_revocation_enter()
 */
void rt_revocation_leave(int section)
{
	srcu_read_unlock(&deciding, section);
}

static void abort_locked(struct sock *sk)
{
	int err;

	sock_owned_by_me(sk);

	/* Its program has closed it, or it failed, or has not begun after all. */
	if (sock_flag(sk, SOCK_DEAD) || sk->sk_state == TCP_CLOSE || sk->sk_state == TCP_LISTEN) {
		rt_connections_end(sk);
		return;
	}
	err = rt_connections_report_denied(sk);
	if (!err)
		return;
	/* Threads may wait for its data. */
	if (!((1 << sk->sk_state) & (TCPF_SYN_SENT | TCPF_SYN_RECV)))
		sk->sk_disconnects++;
	sk->sk_prot->disconnect(sk, O_NONBLOCK);
	WRITE_ONCE(sk->sk_err, -err);
}

/*
 * What an earlier generation allowed is waited for until it is on record, and so can be found.
 *
 * A program can hold the lock of its socket for as long as it likes, so that is not waited for.
 * Until it is free no packet of the connection is processed; then this is soon there again.
 */
static void abort_denied(struct work_struct *work)
{
	struct sock *sks[SOCKETS_AT_ONCE];
	unsigned int bucket = 0, count, i;
	bool left = false;

	synchronize_srcu_expedited(&deciding);
	do {
		count = rt_connections_hold_denied(&bucket, sks, ARRAY_SIZE(sks));
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

/* A new generation is in force: decides all connections once more, soon. */
void rt_revocation_start(void)
{
	mod_delayed_work(system_unbound_wq, &abort_work, 0);
}

/*
 * Waits until no connect that an earlier generation allowed is about to send its first packet, and
 * what could be aborted at once is aborted.
 */
void rt_revocation_wait(void)
{
	might_sleep();
	mod_delayed_work(system_unbound_wq, &abort_work, 0);
	flush_delayed_work(&abort_work);
}

/* No generation may come into force any more. */
void rt_revocation_exit(void)
{
	cancel_delayed_work_sync(&abort_work);
}
