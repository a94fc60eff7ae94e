/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_REQUESTS_H
#define _RT_REQUESTS_H

#include <linux/list.h>
#include <linux/types.h>

#include "images.h"

struct genl_family;
struct netlink_ext_ack;

/* What waits for a request. Its place is guarded by the lock of the requests. */
struct rt_wait {
	struct list_head node;
};

/* Whom to tell of what the agent said. Neither may sleep. */
struct rt_requests_observer {
	void (*ended)(void);	/* there are waits for rt_requests_next() */
	void (*changed)(void);	/* what is known of an image has changed */
};

int rt_requests_attach(const struct genl_family *family, u32 port, pid_t tgid,
		       struct netlink_ext_ack *extack);
void rt_requests_forget(u32 port);
bool rt_requests_is_agent(u32 port);
pid_t rt_requests_agent(void);
unsigned int rt_requests_count(void);

bool rt_requests_agent_is_lost(void);
bool rt_requests_may_help(const struct rt_image *image);
bool rt_requests_ask(struct rt_image *image, struct rt_wait *wait);
bool rt_requests_cancel(struct rt_wait *wait);
void rt_requests_wait_again(struct rt_wait *wait);
struct rt_wait *rt_requests_next(void);
int rt_requests_wait(struct rt_image *image);

int rt_requests_answer(u64 id, struct rt_agent_labels *labels, struct netlink_ext_ack *extack);
int rt_requests_tell(pid_t pid, u64 number, struct rt_agent_labels *labels,
		     struct netlink_ext_ack *extack);
void rt_requests_end_all(void);

void rt_requests_init(const struct rt_requests_observer *observer);
void rt_requests_exit(void);

#endif /* _RT_REQUESTS_H */
