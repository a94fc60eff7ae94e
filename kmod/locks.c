// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lock of a socket, which its program can hold for as long as it likes: by a setsockopt whose
 * value lies in a file that it serves itself. The kernel's lock_sock() sleeps through a drain and a
 * kill then. release_sock() ends both of these.
 */
#include <linux/errno.h>
#include <linux/lockdep.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <net/sock.h>

#include "locks.h"

/**
 * rt_lock_interruptible() - take the lock, unless a signal comes
 * @sk: the socket
 *
 * Return: 0 or -ERESTARTSYS.
 */
int rt_lock_interruptible(struct sock *sk)
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

/**
 * rt_lock_try() - take the lock if it is free
 * @sk: the socket
 *
 * Return: whether it was.
 */
bool rt_lock_try(struct sock *sk)
{
	bool is_free;

	spin_lock_bh(&sk->sk_lock.slock);
	is_free = !sk->sk_lock.owned;
	if (is_free)
		sk->sk_lock.owned = 1;
	spin_unlock_bh(&sk->sk_lock.slock);
	if (is_free)
		mutex_acquire(&sk->sk_lock.dep_map, 0, 1, _RET_IP_);
	return is_free;
}
