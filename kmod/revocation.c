// SPDX-License-Identifier: GPL-2.0-only
/*
 * Revocation: connections that were allowed, and that a later generation denies, are aborted.
 *
 * The first packet of one that is in flight may have left before the commit, been lost, and be sent
 * again long after. It fails with EACCES, as if it had been denied at once. One that is up ends
 * with a reset for the peer and ECONNABORTED for the program.
 */
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/srcu.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "connections.h"
#include "locks.h"
#include "others.h"
#include "revocation.h"
#include "work.h"

enum {
	SOCKETS_AT_ONCE = 32,
	WAIT_SECONDS = 5,
	NAMES_SECONDS = 1,		/* from a change of names to the sweep for it */
	LABELS_MS = 100,		/* likewise, of labels */
};

static struct {
	atomic64_t asked;		/* how often the work was asked for */
	atomic64_t done;		/* how far it has got */
	wait_queue_head_t wait;		/* for done */
	u32 turn;			/* of the last sweep; only the work uses it */
} revocation = {
	.wait = __WAIT_QUEUE_HEAD_INITIALIZER(revocation.wait),
};

static void abort_denied(struct work_struct *work);
static void facts_have_changed(struct work_struct *work);
static DECLARE_DELAYED_WORK(abort_work, abort_denied);
static DECLARE_DELAYED_WORK(names_work, facts_have_changed);
static DECLARE_DELAYED_WORK(labels_work, facts_have_changed);

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
 * Until the lock of a connection is free, its program can read what has arrived, and send nothing.
 * One that is not up cannot either.
 */
static void cut(struct sock *sk)
{
	const int not_up = TCPF_CLOSE | TCPF_SYN_SENT | TCPF_SYN_RECV | TCPF_LISTEN;

	if ((1 << READ_ONCE(sk->sk_state)) & not_up)
		return;
	if (rt_connections_cut(sk))
		WRITE_ONCE(sk->sk_err, ECONNABORTED);
	WRITE_ONCE(sk->sk_shutdown, SHUTDOWN_MASK);
}

/* Aborts what can be aborted now. Returns whether something is left. */
static bool sweep(void)
{
	struct sock *sks[SOCKETS_AT_ONCE];
	struct rt_sweep sweep = {};
	unsigned int count, i;
	bool left = false;

	/* Of a connection that was never found it is 0. */
	sweep.turn = ++revocation.turn ?: ++revocation.turn;

	do {
		count = rt_connections_hold_denied(&sweep, sks, ARRAY_SIZE(sks));
		for (i = 0; i < count; i++) {
			if (rt_lock_try(sks[i])) {
				abort_locked(sks[i]);
				release_sock(sks[i]);
			} else {
				cut(sks[i]);
				left = true;
			}
			sock_put(sks[i]);
		}
	} while (count);
	return left;
}

/*
 * A program can hold the lock of its socket for as long as it likes, so that is not waited for.
 * Until it is free no packet of the connection is processed; then this is soon there again.
 *
 * What an earlier generation has just allowed can be found only when it is on record, so that is
 * waited for before the second sweep. The first does not wait for anybody.
 */
static void abort_denied(struct work_struct *work)
{
	s64 asked = atomic64_read(&revocation.asked);
	bool left;

	rt_others_follow();
	sweep();
	synchronize_srcu_expedited(&deciding);
	left = sweep();
	atomic64_set(&revocation.done, asked);
	wake_up_all(&revocation.wait);
	if (left)
		queue_delayed_work(rt_workqueue, &abort_work, 1);
}

/* A new generation is in force: decides all connections once more, soon. */
void rt_revocation_start(void)
{
	atomic64_inc(&revocation.asked);
	mod_delayed_work(rt_workqueue, &abort_work, 0);
}

static void facts_have_changed(struct work_struct *work)
{
	rt_revocation_start();
}

/**
 * rt_revocation_names_moved() - addresses have gained or lost names: decide their connections again
 *
 * However often it is called, all connections are looked at once in NAMES_SECONDS: whoever answers
 * for a name chooses how often its addresses change.
 */
void rt_revocation_names_moved(void)
{
	queue_delayed_work(rt_workqueue, &names_work, NAMES_SECONDS * HZ);
}

/**
 * rt_revocation_labels_changed() - what the agent says has changed: decide connections again
 *
 * All are looked at once in LABELS_MS: any user can start programs that it is asked about.
 */
void rt_revocation_labels_changed(void)
{
	queue_delayed_work(rt_workqueue, &labels_work, msecs_to_jiffies(LABELS_MS));
}

/**
 * rt_revocation_wait() - wait until the generation in force has been carried out
 *
 * No connect that an earlier one allowed is about to send its first packet then, and what could be
 * aborted at once is aborted. A call that was decided just now, and whose thread gets no processor,
 * is waited for no longer than WAIT_SECONDS.
 */
void rt_revocation_wait(void)
{
	s64 asked = atomic64_inc_return(&revocation.asked);

	might_sleep();
	mod_delayed_work(rt_workqueue, &abort_work, 0);
	wait_event_killable_timeout(revocation.wait, atomic64_read(&revocation.done) >= asked,
				    WAIT_SECONDS * HZ);
}

/* No generation may come into force any more, and no name or label change. */
void rt_revocation_exit(void)
{
	cancel_delayed_work_sync(&labels_work);
	cancel_delayed_work_sync(&names_work);
	cancel_delayed_work_sync(&abort_work);
}
