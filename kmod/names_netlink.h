/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_NAMES_NETLINK_H
#define _RT_NAMES_NETLINK_H

struct genl_family;
struct genl_info;
struct netlink_callback;
struct sk_buff;

int rt_names_do_set(struct sk_buff *request, struct genl_info *info);
int rt_names_do_resolvers(struct sk_buff *request, struct genl_info *info);
int rt_names_start(struct netlink_callback *cb);
int rt_names_next(struct sk_buff *skb, struct netlink_callback *cb,
		  const struct genl_family *family);

#endif /* _RT_NAMES_NETLINK_H */
