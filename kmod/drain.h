/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_DRAIN_H
#define _RT_DRAIN_H

struct netlink_ext_ack;

int rt_drain(unsigned int *sockets, unsigned int *calls, struct netlink_ext_ack *extack);
unsigned int rt_drain_sockets(void);
void rt_drain_pin(void);

#endif /* _RT_DRAIN_H */
