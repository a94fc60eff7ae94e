// SPDX-License-Identifier: GPL-2.0-only
/*
 * The gate: the operations of the sockets that the module governs.
 *
 * They differ from the kernel's own only where a connection begins, and where a program
 * could go round that:
 * - connect and accept, which are decided and attributed;
 * - MSG_FASTOPEN and TCP_FASTOPEN_CONNECT, which connect within a send. (TCP_FASTOPEN is for
 *   listeners: what came with such a connection is read after its accept, like any data.)
 * - TCP_ULP, TCP_REPAIR and IPV6_ADDRFORM, which change a socket's operations or state below
 *   us, and SOL_TLS and TCP_ZEROCOPY_RECEIVE, which reach what is below us;
 * - IP_OPTIONS, IPV6_RTHDR and IPV6_2292PKTOPTIONS, which name addresses that packets go to
 *   before, or instead of, the one that was decided.
 *
 * Each operation that may sleep tells of itself (calls.c), so that a drain can bring it home.
 */
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/inetdevice.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/netdevice.h>
#include <linux/tcp.h>
#include <net/inet_common.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>
#include <net/sock.h>

#include "calls.h"
#include "compat.h"
#include "gate.h"
#include "tables.h"
#include "verdict.h"

static const struct proto_ops *lower_ops[RT_FAMILIES] __ro_after_init;
static struct proto_ops gate_ops[RT_FAMILIES] __ro_after_init;

static const struct proto_ops *lower(const struct socket *sock)
{
	return lower_ops[rt_family(sock->sk)];
}

/* Whether there is a bundle to ask. */
static bool decides(void)
{
	bool has_table;

	rcu_read_lock();
	has_table = rt_generation_in_force()->table;
	rcu_read_unlock();
	return has_table;
}

/* An address of a socket's own family, as the kernel takes it. */
union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* What the kernel takes 0.0.0.0 for: the source address, else the device's, else loopback. */
static __be32 resolve_any4(const struct sock *sk)
{
	__be32 address = READ_ONCE(inet_sk(sk)->inet_saddr);
	int device = READ_ONCE(sk->sk_bound_dev_if);
	const struct net_device *dev;

	if (!address && device) {
		rcu_read_lock();
		dev = dev_get_by_index_rcu(sock_net(sk), device);
		if (dev)
			address = inet_select_addr(dev, 0, RT_SCOPE_HOST);
		rcu_read_unlock();
	}
	return address ?: htonl(INADDR_LOOPBACK);
}

/*
 * Finds out where a connect leads to. The address that was decided is the one that is handed
 * on, in a copy, so that the kernel has nothing left to choose.
 *
 * Returns the length of the copy; 0 when the kernel will not connect by this address: it is
 * too short or of another family, or it is AF_UNSPEC, which disconnects.
 */
static int resolve(const struct sock *sk, const struct sockaddr *to, int length,
		   union address *address, struct rt_destination *destination)
{
	struct in6_addr *in6 = (struct in6_addr *)destination->address;

	BUILD_BUG_ON(sizeof(destination->address) != sizeof(*in6));

	if (length < (int)sizeof(to->sa_family) || to->sa_family != sk->sk_family)
		return 0;

	if (sk->sk_family == AF_INET) {
		if (length < (int)sizeof(address->v4))
			return 0;
		length = sizeof(address->v4);
		memcpy(address, to, length);
		if (!address->v4.sin_addr.s_addr)
			address->v4.sin_addr.s_addr = resolve_any4(sk);
		ipv6_addr_set_v4mapped(address->v4.sin_addr.s_addr, in6);
		destination->port = ntohs(address->v4.sin_port);
		return length;
	}

	if (length < SIN6_LEN_RFC2133)
		return 0;
	length = min_t(int, length, sizeof(address->v6));
	memcpy(address, to, length);
	*in6 = address->v6.sin6_addr;
	if (ipv6_addr_any(in6)) {
		if (ipv6_addr_v4mapped(&sk->sk_v6_rcv_saddr))
			ipv6_addr_set_v4mapped(htonl(INADDR_LOOPBACK), in6);
		else
			*in6 = in6addr_loopback;
	} else if (ipv6_addr_v4mapped(in6) && !in6->s6_addr32[3]) {
		ipv6_addr_set_v4mapped(resolve_any4(sk), in6);
	}
	address->v6.sin6_addr = *in6;
	destination->port = ntohs(address->v6.sin6_port);
	return length;
}

/*
 * Whether packets go to another address first than the one that is connected to. A program
 * cannot ask for that, see check_option(); but where a host accepts source routes, a listener
 * keeps the reverse of the one that a connection came by, and the socket that was accepted can
 * be disconnected and connected again.
 */
static bool has_source_route(const struct sock *sk)
{
	const struct ipv6_txoptions *v6 = NULL;
	const struct ip_options_rcu *v4;
	bool has;

	rcu_read_lock();
	v4 = rcu_dereference(inet_sk(sk)->inet_opt);
	if (sk->sk_family == AF_INET6)
		v6 = rcu_dereference(inet6_sk(sk)->opt);
	has = (v4 && v4->opt.srr) || (v6 && v6->srcrt);
	rcu_read_unlock();
	return has;
}

/*
 * It is decided each time, also when the socket seems to be connected: another thread may
 * disconnect it before the kernel looks.
 */
static int decide_and_connect(struct socket *sock, struct sockaddr *to, int length, int flags)
{
	bool begins = READ_ONCE(sock->state) == SS_UNCONNECTED;
	struct rt_destination destination;
	union address address;
	int err;

	if (decides()) {
		int resolved = resolve(sock->sk, to, length, &address, &destination);

		if (resolved) {
			if (has_source_route(sock->sk))
				err = rt_verdict_refuse(&destination);
			else
				err = rt_verdict_connect(&destination, begins);
			if (err)
				return err;
			to = &address.any;
			length = resolved;
		}
	}
	return lower(sock)->connect(sock, to, length, flags);
}

static int gate_connect(struct socket *sock, struct sockaddr *to, int length, int flags)
{
	struct rt_call call;

	rt_call_enter(&call, NULL);
	return rt_call_leave(&call, decide_and_connect(sock, to, length, flags));
}

static void attribute(const struct sock *sk)
{
	struct rt_destination peer;
	struct in6_addr *in6 = (struct in6_addr *)peer.address;

	if (sk->sk_family == AF_INET6)
		*in6 = sk->sk_v6_daddr;
	else
		ipv6_addr_set_v4mapped(inet_sk(sk)->inet_daddr, in6);
	peer.port = ntohs(inet_sk(sk)->inet_dport);
	rt_verdict_accept(&peer, inet_sk(sk)->inet_num);
}

static int accept_and_attribute(struct socket *sock, struct socket *newsock,
				struct proto_accept_arg *arg)
{
	struct rt_call call;
	int err;

	rt_call_enter(&call, NULL);
	err = rt_accept(lower(sock), sock, newsock, arg);
	if (!err && decides())
		attribute(newsock->sk);
	return rt_call_leave(&call, err);
}

RT_ACCEPT_OP(gate_accept, accept_and_attribute)

static int gate_sendmsg(struct socket *sock, struct msghdr *message, size_t length)
{
	struct rt_call call;

	if (unlikely(message->msg_flags & MSG_FASTOPEN))
		return -EOPNOTSUPP;

	rt_call_enter(&call, message);
	return rt_call_leave(&call, lower(sock)->sendmsg(sock, message, length));
}

/*
 * Options that can hold a source route may only be cleared, whatever they hold: it is in the
 * program's memory, where another thread could change it after our look. And at any time:
 * the kernel heeds them at each packet, so they would work after the connect as well, and
 * when they were set before a bundle came into force. EPERM is what the kernel itself
 * answers where it wants a privilege for such options.
 */
static int check_option(int level, int option, unsigned int length)
{
	switch (level) {
	case SOL_TLS:
		return -ENOPROTOOPT;
	case SOL_TCP:
		return option == TCP_ULP || option == TCP_REPAIR ||
		       option == TCP_FASTOPEN_CONNECT ? -ENOPROTOOPT : 0;
	case SOL_IP:
		return option == IP_OPTIONS && length ? -EPERM : 0;
	case SOL_IPV6:
		if (option == IPV6_ADDRFORM)
			return -ENOPROTOOPT;
		return (option == IPV6_RTHDR || option == IPV6_2292PKTOPTIONS) && length ?
		       -EPERM : 0;
	default:
		return 0;
	}
}

static int gate_setsockopt(struct socket *sock, int level, int option, sockptr_t value,
			   unsigned int length)
{
	int err = check_option(level, option, length);
	struct rt_call call;

	if (err)
		return err;

	rt_call_enter(&call, NULL);
	return rt_call_leave(&call, lower(sock)->setsockopt(sock, level, option, value, length));
}

static int gate_getsockopt(struct socket *sock, int level, int option, char __user *value,
			   int __user *length)
{
	struct rt_call call;

	if (level == SOL_TLS || (level == SOL_TCP && option == TCP_ZEROCOPY_RECEIVE))
		return -ENOPROTOOPT;

	rt_call_enter(&call, NULL);
	return rt_call_leave(&call, lower(sock)->getsockopt(sock, level, option, value, length));
}

/**
 * rt_gate_lower() - the kernel's own operations below ours
 * @ops: operations of any socket
 *
 * Return: NULL when they are not ours.
 */
const struct proto_ops *rt_gate_lower(const struct proto_ops *ops)
{
	enum rt_family family;

	for (family = 0; family < RT_FAMILIES; family++) {
		if (ops == &gate_ops[family])
			return lower_ops[family];
	}
	return NULL;
}

/**
 * rt_gate_govern() - give a socket that was just made to the gate
 * @sock: nobody else has seen it yet
 *
 * The kernel takes the reference to the operations' owner afterwards.
 */
void rt_gate_govern(struct socket *sock)
{
	enum rt_family family = rt_family(sock->sk);

	if (sock->ops == lower_ops[family])
		WRITE_ONCE(sock->ops, &gate_ops[family]);
}

/**
 * rt_gate_learn() - make the operations of a family
 * @sock: a TCP socket of the family, with the kernel's operations
 */
void __init rt_gate_learn(const struct socket *sock)
{
	enum rt_family family = rt_family(sock->sk);
	struct proto_ops *ops = &gate_ops[family];

	lower_ops[family] = sock->ops;
	*ops = *sock->ops;
	ops->owner = THIS_MODULE;
	ops->connect = gate_connect;
	ops->accept = gate_accept;
	ops->sendmsg = gate_sendmsg;
	ops->setsockopt = gate_setsockopt;
	ops->getsockopt = gate_getsockopt;
}

/* Where our operations differ from the kernel's. */
static const size_t ours[] __initconst = {
	offsetof(struct proto_ops, owner),
	offsetof(struct proto_ops, connect),
	offsetof(struct proto_ops, accept),
	offsetof(struct proto_ops, sendmsg),
	offsetof(struct proto_ops, setsockopt),
	offsetof(struct proto_ops, getsockopt),
};

static bool __init is_ours(size_t offset)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ours); i++) {
		if (ours[i] == offset)
			return true;
	}
	return false;
}

/**
 * rt_gate_selftest() - check what rt_gate_learn() made
 *
 * Return: NULL, or the name of what is wrong.
 */
const char *__init rt_gate_selftest(void)
{
	enum rt_family family;
	size_t offset;

	if (lower_ops[RT_V4] != &inet_stream_ops)
		return "sockets of TCP over IPv4 have the kernel's operations";
	for (family = 0; family < RT_FAMILIES; family++) {
		const u8 *kernels = (const u8 *)lower_ops[family];
		const u8 *gates = (const u8 *)&gate_ops[family];

		if (!kernels)
			continue;
		for (offset = 0; offset < sizeof(struct proto_ops); offset += sizeof(long)) {
			if (!memcmp(kernels + offset, gates + offset, sizeof(long)) ==
			    is_ours(offset))
				return "our socket operations differ where they should only";
		}
	}
	return NULL;
}
