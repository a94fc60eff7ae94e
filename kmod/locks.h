/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_LOCKS_H
#define _RT_LOCKS_H

#include <linux/types.h>

struct sock;

int rt_lock_interruptible(struct sock *sk);
bool rt_lock_try(struct sock *sk);

#endif /* _RT_LOCKS_H */
