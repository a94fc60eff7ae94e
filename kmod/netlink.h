/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_NETLINK_H
#define _RT_NETLINK_H

int rt_netlink_init(void);
void rt_netlink_exit(void);
void rt_netlink_send_state(void);

#endif /* _RT_NETLINK_H */
