// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a socket gets the gate's operations, and the kernel's back.
 */
#include <linux/module.h>
#include <linux/net.h>
#include <linux/string.h>
#include <net/sock.h>

#include "compat.h"
#include "operations.h"
#include "sockets.h"

struct rt_operations rt_operations[RT_KINDS][RT_FAMILIES] __ro_after_init;

/**
 * rt_operations_govern() - give a socket that is being made to the gate
 * @sock: nobody else has seen it yet
 *
 * The kernel takes the reference to the operations' owner afterwards. Return: 0 or -ENOMEM.
 */
int rt_operations_govern(struct socket *sock)
{
	const struct rt_operations *operations = rt_operations_of(sock->sk);
	struct rt_socket *entry;

	if (sock->ops != operations->kernels)
		return 0;
	entry = rt_socket_alloc();
	if (!entry)
		return -ENOMEM;
	rt_sockets_add(entry, sock->sk, false);
	WRITE_ONCE(sock->ops, &operations->gates);
	return 0;
}

/*
 * Whether a socket with our operations is in the registry: one may not be that was accepted while
 * its listener was given back, see drain.c.
 */
static bool is_known(struct sock *sk)
{
	return rt_accept_reads_ops_once() || rt_sockets_has(sk);
}

/**
 * rt_operations_adopt() - govern a socket that exists
 * @sock: any socket; its file is held
 * @sk: its sock, held
 *
 * May sleep. Return: 1 when it is governed now and was not, 0 when there was nothing to do, or
 * -ENOMEM.
 */
int rt_operations_adopt(struct socket *sock, struct sock *sk)
{
	const struct rt_operations *operations = rt_operations_of(sk);
	const struct proto_ops *ops;
	struct rt_socket *entry;
	bool has_ours;

	if (sk->sk_family != AF_INET && sk->sk_family != AF_INET6)
		return 0;
	if (!operations->kernels || rt_is_used_by_kernel(sock, sk))
		return 0;
	ops = READ_ONCE(sock->ops);
	has_ours = ops == &operations->gates;
	if (has_ours ? is_known(sk) : ops != operations->kernels)
		return 0;
	entry = rt_socket_alloc();
	if (!entry)
		return -ENOMEM;
	if (has_ours)
		return rt_sockets_add(entry, sk, false);
	return rt_sockets_adopt(entry, sock, sk, operations->kernels, &operations->gates);
}

/**
 * rt_operations_give_back() - give a socket its kernel's operations back, if it is governed
 * @sock: any socket whose file is held, or that is in one of our operations
 * @sk: its sock, held
 */
void rt_operations_give_back(struct socket *sock, struct sock *sk)
{
	const struct rt_operations *operations = rt_operations_of(sk);

	rt_sockets_give_back(sock, sk, &operations->gates, operations->kernels);
}

/**
 * rt_operations_learn() - make the operations of a kind and family
 * @sock: such a socket, with the kernel's operations
 * @kind: its kind
 *
 * Return: a copy whose owner is the module, to be changed by who calls.
 */
struct proto_ops *__init rt_operations_learn(const struct socket *sock, enum rt_kind kind)
{
	struct rt_operations *operations = &rt_operations[kind][rt_ip_family(sock->sk)];

	operations->kernels = sock->ops;
	operations->gates = *sock->ops;
	operations->gates.owner = THIS_MODULE;
	return &operations->gates;
}

static bool __init is_among(const size_t *offsets, unsigned int count, size_t offset)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (offsets[i] == offset)
			return true;
	}
	return offset == offsetof(struct proto_ops, owner);
}

/**
 * rt_operations_differ_in() - check where the gate's operations differ from the kernel's
 * @kind: which
 * @offsets: of those that do, but for the owner
 * @count: of @offsets
 *
 * Return: whether they differ there, and nowhere else.
 */
bool __init rt_operations_differ_in(enum rt_kind kind, const size_t *offsets, unsigned int count)
{
	enum rt_ip_family family;
	size_t offset;

	for (family = 0; family < RT_FAMILIES; family++) {
		const struct rt_operations *operations = &rt_operations[kind][family];
		const u8 *kernels = (const u8 *)operations->kernels;
		const u8 *gates = (const u8 *)&operations->gates;

		if (!kernels)
			continue;
		for (offset = 0; offset < sizeof(struct proto_ops); offset += sizeof(long)) {
			if (!memcmp(kernels + offset, gates + offset, sizeof(long)) ==
			    is_among(offsets, count, offset))
				return false;
		}
	}
	return true;
}
