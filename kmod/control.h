/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_CONTROL_H
#define _RT_CONTROL_H

#include <linux/sched.h>
#include <linux/types.h>

#include "uapi/riptides.h"

struct netlink_ext_ack;

/* Who keeps a drain from its end. */
struct rt_holder {
	enum riptides_holder what;
	pid_t pid;			/* thread group; 0: of a kernel thread, or unknown */
	char comm[TASK_COMM_LEN];	/* empty when the process is gone */
};

struct rt_control_info {
	enum riptides_state state;
	unsigned int sockets;		/* governed */
	unsigned int calls;		/* inside */
	unsigned int holder_count;	/* of those, that are named; 0 unless draining */
	struct rt_holder holders[RIPTIDES_HOLDERS_MAX];
};

int rt_control_arm(struct netlink_ext_ack *extack);
int rt_control_drain(struct netlink_ext_ack *extack);
void rt_control_info(struct rt_control_info *info);

int rt_control_init(void);
void rt_control_exit(void);

#endif /* _RT_CONTROL_H */
