/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_AGENT_H
#define _RT_AGENT_H

struct genl_family;
struct genl_info;
struct netlink_callback;
struct sk_buff;

int rt_agent_attach(struct genl_info *info, const struct genl_family *family);
int rt_agent_answer(struct genl_info *info);
int rt_agent_tell(struct genl_info *info);
int rt_agent_images_start(struct netlink_callback *cb);
int rt_agent_images_next(struct sk_buff *skb, struct netlink_callback *cb,
			 const struct genl_family *family);

#endif /* _RT_AGENT_H */
