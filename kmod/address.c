// SPDX-License-Identifier: GPL-2.0-only
/*
 * Addresses: where a connect and a datagram lead to, and who the peer is.
 */
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/udp.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>
#include <net/sock.h>
#include <net/tcp_states.h>

#include "address.h"

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

/**
 * rt_address_resolve() - find out where a connect leads to
 * @sk: the socket
 * @to: the address that the program passed
 * @length: its bytes
 * @address: takes a copy in which nothing is left for the kernel to choose
 * @destination: takes the same for the decision
 *
 * Return: the length of the copy; 0 when the kernel will not connect by this address: it is
 * too short or of another family, or it is AF_UNSPEC, which disconnects.
 */
int rt_address_resolve(const struct sock *sk, const struct sockaddr_unsized *to, int length,
		       union rt_address *address, struct rt_remote *destination)
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

static bool resolve4(const struct sock *sk, struct sockaddr_in *to, int length,
		     struct rt_remote *remote)
{
	if (length < (int)sizeof(*to))
		return false;
	if (!to->sin_addr.s_addr)
		to->sin_addr.s_addr = resolve_any4(sk);
	ipv6_addr_set_v4mapped(to->sin_addr.s_addr, (struct in6_addr *)remote->address);
	remote->port = ntohs(to->sin_port);
	return true;
}

static bool resolve6(const struct sock *sk, struct sockaddr_in6 *to, int length,
		     struct rt_remote *remote)
{
	struct in6_addr *in6 = &to->sin6_addr;

	if (length < SIN6_LEN_RFC2133)
		return false;
	if (ipv6_addr_any(in6)) {
		if (ipv6_addr_v4mapped(&sk->sk_v6_rcv_saddr) ||
		    ipv6_addr_v4mapped(&inet6_sk(sk)->saddr))
			ipv6_addr_set_v4mapped(htonl(INADDR_LOOPBACK), in6);
		else
			*in6 = in6addr_loopback;
	} else if (ipv6_addr_v4mapped(in6) && !in6->s6_addr32[3]) {
		ipv6_addr_set_v4mapped(resolve_any4(sk), in6);
	}
	/* It could stand for options with a route, which another socket gave it. */
	to->sin6_flowinfo &= ~IPV6_FLOWLABEL_MASK;
	memcpy(remote->address, in6, sizeof(remote->address));
	remote->port = ntohs(to->sin6_port);
	return true;
}

/**
 * rt_address_of_datagram() - find out where a UDP socket is connected to
 * @sk: the socket
 * @to: the kernel's copy of the address that the program passed; what it leaves for the kernel to
 *	choose is filled in
 * @length: its bytes
 * @remote: takes the same for the decision
 *
 * Return: false when the kernel will not connect by this address: it is too short or of another
 * family, or it is AF_UNSPEC, which disconnects.
 */
bool rt_address_of_datagram(const struct sock *sk, struct sockaddr_unsized *to, int length,
			    struct rt_remote *remote)
{
	if (length < (int)sizeof(to->sa_family))
		return false;
	if (to->sa_family == AF_INET)
		return resolve4(sk, (struct sockaddr_in *)to, length, remote);
	return to->sa_family == AF_INET6 && sk->sk_family == AF_INET6 &&
	       resolve6(sk, (struct sockaddr_in6 *)to, length, remote);
}

/**
 * rt_address_of_send() - find out where a datagram goes
 * @sk: the socket
 * @message: the datagram; what its name leaves for the kernel to choose is filled in
 * @remote: takes the destination
 *
 * IPv4 takes a name without a family for one of its own, and IPv6 for none.
 *
 * Return: false when the kernel will refuse it.
 */
bool rt_address_of_send(const struct sock *sk, struct msghdr *message, struct rt_remote *remote)
{
	struct sockaddr_unsized *name = message->msg_name;
	int length = message->msg_namelen;

	if (name && length < (int)sizeof(name->sa_family))
		return false;
	if (name && name->sa_family == AF_UNSPEC && sk->sk_family == AF_INET)
		return resolve4(sk, (struct sockaddr_in *)name, length, remote);
	if (name && name->sa_family != AF_UNSPEC)
		return rt_address_of_datagram(sk, name, length, remote);
	if (READ_ONCE(sk->sk_state) != TCP_ESTABLISHED)
		return false;
	rt_address_of_remote(sk, remote);
	return true;
}

/**
 * rt_address_of_cork() - where the datagram goes that a UDP socket is putting together
 * @sk: the socket
 * @remote: takes the destination
 *
 * Its lock need not be held. While another thread begins such a datagram this may be neither the
 * one destination nor the other; both were decided then.
 *
 * Return: whether there is one.
 */
bool rt_address_of_cork(const struct sock *sk, struct rt_remote *remote)
{
	struct in6_addr *in6 = (struct in6_addr *)remote->address;
	const struct flowi *flow = &inet_sk(sk)->cork.fl;

	switch (READ_ONCE(udp_sk(sk)->pending)) {
	case 0:
		return false;
	case AF_INET:
		ipv6_addr_set_v4mapped(flow->u.ip4.daddr, in6);
		remote->port = ntohs(flow->u.ip4.fl4_dport);
		return true;
	default:
		*in6 = flow->u.ip6.daddr;
		remote->port = ntohs(flow->u.ip6.fl6_dport);
		return true;
	}
}

/**
 * rt_address_is_source_routed() - whether packets may go to another address first than the peer's
 * @sk: the socket
 *
 * A program cannot ask for that, see options.c; but where a host accepts source routes, a
 * listener keeps the reverse of the one that a connection came by, and the socket that was
 * accepted can be disconnected and connected again. A socket from before the module was armed
 * may have been given one as well.
 */
bool rt_address_is_source_routed(const struct sock *sk)
{
	const struct ipv6_txoptions *v6 = NULL;
	const struct ip_options_rcu *v4;
	bool has;

	rcu_read_lock();
	v4 = rcu_dereference(inet_sk(sk)->inet_opt);
	if (sk->sk_family == AF_INET6)
		v6 = rcu_dereference(inet6_sk(sk)->opt);
	has = (v4 && v4->opt.srr) || (v6 && v6->srcrt);
	/* TCP takes no route from a flow label, but datagrams do. See resolve6(). */
	if (sk->sk_family == AF_INET6 && sk->sk_type == SOCK_DGRAM)
		has = has || inet6_sk(sk)->flow_label & IPV6_FLOWLABEL_MASK;
	rcu_read_unlock();
	return has;
}

/**
 * rt_address_of_remote() - the other end of a connection
 * @sk: the socket, connected
 * @remote: takes its address and port
 */
void rt_address_of_remote(const struct sock *sk, struct rt_remote *remote)
{
	struct in6_addr *in6 = (struct in6_addr *)remote->address;

	if (sk->sk_family == AF_INET6)
		*in6 = sk->sk_v6_daddr;
	else
		ipv6_addr_set_v4mapped(inet_sk(sk)->inet_daddr, in6);
	remote->port = ntohs(inet_sk(sk)->inet_dport);
}

/**
 * rt_address_local_port() - the port of this end of a connection
 * @sk: the socket
 *
 * It stays when the peer has reset the connection, unlike inet_num.
 */
u16 rt_address_local_port(const struct sock *sk)
{
	return ntohs(inet_sk(sk)->inet_sport);
}

/**
 * rt_address_of_local() - this end of a connection
 * @sk: the socket
 * @local: takes its address and port
 */
void rt_address_of_local(const struct sock *sk, struct rt_remote *local)
{
	struct in6_addr *in6 = (struct in6_addr *)local->address;

	if (sk->sk_family == AF_INET6)
		*in6 = sk->sk_v6_rcv_saddr;
	else
		ipv6_addr_set_v4mapped(inet_sk(sk)->inet_rcv_saddr, in6);
	local->port = rt_address_local_port(sk);
}
