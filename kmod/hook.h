/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_HOOK_H
#define _RT_HOOK_H

#include <linux/types.h>

struct netlink_ext_ack;

int rt_hook_init(void);
int rt_hook_arm(struct netlink_ext_ack *extack);
int rt_hook_disarm(struct netlink_ext_ack *extack);
bool rt_hook_is_in_place(void);

#endif /* _RT_HOOK_H */
