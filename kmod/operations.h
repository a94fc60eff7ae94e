/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The operations that governed sockets have, and the kernel's that they stand for: one pair for
 * each kind of socket and family. gate.c and datagrams.c say what differs.
 */
#ifndef _RT_OPERATIONS_H
#define _RT_OPERATIONS_H

#include <linux/net.h>
#include <linux/socket.h>
#include <net/sock.h>

/* IP families; each has socket operations and a protocol of its own. */
enum rt_ip_family { RT_V4, RT_V6, RT_FAMILIES };

static inline enum rt_ip_family rt_ip_family(const struct sock *sk)
{
	return sk->sk_family == AF_INET6 ? RT_V6 : RT_V4;
}

/* TCP, and UDP with UDP-Lite. */
enum rt_kind { RT_STREAM, RT_DATAGRAM, RT_KINDS };

struct rt_operations {
	const struct proto_ops *kernels;	/* NULL: the kernel does not have the family */
	struct proto_ops gates;
};

extern struct rt_operations rt_operations[RT_KINDS][RT_FAMILIES];

static inline const struct rt_operations *rt_operations_of(const struct sock *sk)
{
	return &rt_operations[sk->sk_type == SOCK_DGRAM ? RT_DATAGRAM : RT_STREAM]
			     [rt_ip_family(sk)];
}

/*
 * Whether a socket is used by the kernel itself, and is to be left alone. Programs' sockets have a
 * file before the first operation, and only the kernel changes how a socket allocates memory.
 */
static inline bool rt_is_used_by_kernel(const struct socket *sock, const struct sock *sk)
{
	return !sock->file || sk->sk_kern_sock || sk->sk_allocation != GFP_KERNEL;
}

int rt_operations_govern(struct socket *sock);
int rt_operations_adopt(struct socket *sock, struct sock *sk);
void rt_operations_give_back(struct socket *sock, struct sock *sk);

struct proto_ops *rt_operations_learn(const struct socket *sock, enum rt_kind kind);
bool rt_operations_differ_in(enum rt_kind kind, const size_t *offsets, unsigned int count);

#endif /* _RT_OPERATIONS_H */
