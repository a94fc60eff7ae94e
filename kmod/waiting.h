/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_WAITING_H
#define _RT_WAITING_H

union rt_address;
struct rt_subject;
struct socket;

int rt_waiting_connect(struct socket *sock, const union rt_address *address, int length);
int rt_waiting_accept(struct socket *sock, struct rt_subject *subject, int flags);
void rt_waiting_resume(void);
void rt_waiting_exit(void);

#endif /* _RT_WAITING_H */
