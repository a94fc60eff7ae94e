/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_VERDICT_H
#define _RT_VERDICT_H

#include "core/core.h"
#include "uapi/riptides.h"

/* Which end of the connection the process has. */
enum rt_direction {
	RT_DIRECTION_CONNECT,
	RT_DIRECTION_ACCEPT,
};

int rt_verdict_connect(const struct rt_destination *destination, bool begins);
int rt_verdict_refuse(const struct rt_destination *destination);
void rt_verdict_accept(const struct rt_destination *peer, u16 local_port);
void rt_verdict_counters(u64 counters[__RIPTIDES_COUNTER_MAX]);

#endif /* _RT_VERDICT_H */
