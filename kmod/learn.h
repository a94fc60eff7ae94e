/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_LEARN_H
#define _RT_LEARN_H

#include <linux/types.h>

struct netlink_ext_ack;

int rt_learn_from(const u8 *addresses, unsigned int count, u32 grace,
		  struct netlink_ext_ack *extack);
void rt_learn_exit(void);

#endif /* _RT_LEARN_H */
