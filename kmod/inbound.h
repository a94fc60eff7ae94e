/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_INBOUND_H
#define _RT_INBOUND_H

struct proto_accept_arg;
struct proto_ops;
struct rt_socket;
struct socket;

int rt_inbound_accept(const struct proto_ops *lower, struct socket *sock, struct socket *newsock,
		      struct proto_accept_arg *arg, struct rt_socket *entry, int *section);

#endif /* _RT_INBOUND_H */
