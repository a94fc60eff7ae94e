/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_NETLINK_H
#define _RT_NETLINK_H

#include <linux/compiler_attributes.h>

struct netlink_ext_ack;

__printf(3, 4)
int rt_fail(struct netlink_ext_ack *extack, int err, const char *format, ...);

unsigned int rt_netlink_dumps(void);
int rt_netlink_init(void);
void rt_netlink_exit(void);

#endif /* _RT_NETLINK_H */
