/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_TRANSACTION_H
#define _RT_TRANSACTION_H

#include <linux/types.h>

struct netlink_ext_ack;

int rt_transaction_begin(u32 port, u64 expected, u32 size, const u8 *digest,
			 struct netlink_ext_ack *extack);
int rt_transaction_append(u32 port, u32 offset, const void *data, u32 length,
			  struct netlink_ext_ack *extack);
int rt_transaction_copy(u32 port, u32 offset, u32 from, u32 length,
			struct netlink_ext_ack *extack);
int rt_transaction_commit(u32 port, bool check_only, u32 confirm_within, u64 *generation,
			  struct netlink_ext_ack *extack);
u32 rt_transaction_port(void);
void rt_transaction_forget(u32 port);

const char *rt_transaction_selftest(void);

int rt_transaction_init(void);
void rt_transaction_exit(void);

#endif /* _RT_TRANSACTION_H */
