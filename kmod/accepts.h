/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_ACCEPTS_H
#define _RT_ACCEPTS_H

#include <linux/types.h>

struct rt_sleeper;
struct sock;

/* Threads that sleep in an accept; all 0 at first. */
struct rt_accepts {
	struct rt_sleeper *sleepers;
	unsigned int count;
	unsigned int room;
	bool left_out;			/* some are not among them */
};

void rt_accepts_hold(struct rt_accepts *accepts, struct sock *sk);
unsigned int rt_accepts_restart(struct rt_accepts *accepts);

#endif /* _RT_ACCEPTS_H */
