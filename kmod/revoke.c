// SPDX-License-Identifier: GPL-2.0-only
/*
 * Revocation: a connect that is in flight when a commit denies it is closed.
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

#include "locks.h"
#include "revoke.h"
#include "sockets.h"

enum { SOCKETS_AT_ONCE = 32 };

static void revoke_all(struct work_struct *work);
static DECLARE_DELAYED_WORK(revoke_work, revoke_all);

/* Read by a connect from its decision to its first packet, which may sleep for memory. */
DEFINE_STATIC_SRCU(beginning);

/**
 * rt_revoke_enter() - enter the section in which a connection is decided and begun
 *
 * Return: what rt_revoke_leave() takes.
 */
int rt_revoke_enter(void)
{
	return srcu_read_lock(&beginning);
}

/**
 * rt_revoke_leave() - leave the section: the first packet was sent, or none will be
 * @section: from rt_revoke_enter()
 */
void rt_revoke_leave(int section)
{
	srcu_read_unlock(&beginning, section);
}

static void close_locked(struct sock *sk)
{
	sock_owned_by_me(sk);

	/* Its program has closed it, or it failed, or has not begun after all. */
	if (sock_flag(sk, SOCK_DEAD) || sk->sk_state == TCP_CLOSE || sk->sk_state == TCP_LISTEN) {
		rt_sockets_end(sk);
		return;
	}
	if (!rt_sockets_record_revoked(sk))
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
static void revoke_all(struct work_struct *work)
{
	struct sock *sks[SOCKETS_AT_ONCE];
	unsigned int bucket = 0, count, i;
	bool left = false;

	do {
		count = rt_sockets_hold_revoked(&bucket, sks, ARRAY_SIZE(sks));
		for (i = 0; i < count; i++) {
			if (rt_lock_try(sks[i])) {
				close_locked(sks[i]);
				release_sock(sks[i]);
			} else {
				left = true;
			}
			sock_put(sks[i]);
		}
		cond_resched();
	} while (bucket);

	if (left)
		queue_delayed_work(system_unbound_wq, &revoke_work, 1);
}

/* A new generation is in force. */
void rt_revoke_start(void)
{
	mod_delayed_work(system_unbound_wq, &revoke_work, 0);
}

/*
 * Waits until no connect by an earlier generation is about to send its first packet, and what could
 * be closed at once is closed.
 */
void rt_revoke_wait(void)
{
	might_sleep();
	synchronize_srcu_expedited(&beginning);
	mod_delayed_work(system_unbound_wq, &revoke_work, 0);
	flush_delayed_work(&revoke_work);
}

/* No generation may come into force any more. */
void rt_revoke_exit(void)
{
	cancel_delayed_work_sync(&revoke_work);
}
