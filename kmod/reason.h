/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_REASON_H
#define _RT_REASON_H

#include <linux/compiler_attributes.h>

struct netlink_ext_ack;

__printf(3, 4)
int rt_fail(struct netlink_ext_ack *extack, int err, const char *format, ...);

#endif /* _RT_REASON_H */
