/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_LISTING_H
#define _RT_LISTING_H

struct genl_family;
struct netlink_callback;
struct sk_buff;

int rt_listing_start(struct netlink_callback *cb);
int rt_listing_next(struct sk_buff *skb, struct netlink_callback *cb,
		    const struct genl_family *family);

#endif /* _RT_LISTING_H */
