/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_ADDRESS_H
#define _RT_ADDRESS_H

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/socket.h>

#include "compat.h"
#include "core/core.h"

struct sock;

/* An address of a socket's own family, as the kernel takes it. */
union rt_address {
	struct sockaddr_unsized any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

int rt_address_resolve(const struct sock *sk, const struct sockaddr_unsized *to, int length,
		       union rt_address *address, struct rt_remote *destination);
u16 rt_address_local_port(const struct sock *sk);
void rt_address_of_local(const struct sock *sk, struct rt_remote *local);
void rt_address_of_remote(const struct sock *sk, struct rt_remote *remote);
bool rt_address_of_datagram(const struct sock *sk, struct sockaddr_unsized *to, int length,
			    struct rt_remote *remote);
bool rt_address_of_send(const struct sock *sk, struct msghdr *message,
			struct rt_remote *remote);
bool rt_address_of_cork(const struct sock *sk, struct rt_remote *remote);
bool rt_address_is_source_routed(const struct sock *sk);

#endif /* _RT_ADDRESS_H */
