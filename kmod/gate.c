// SPDX-License-Identifier: GPL-2.0-only
/*
 * The gate: which sockets the module governs, and what it does with them.
 *
 * The kernel calls the init function of a protocol when a program makes a socket. While the
 * module is armed, that function is ours for TCP; it gives the socket operations of ours
 * whose owner is this module, so that the kernel takes a reference to it for the socket.
 * Sockets that are accepted inherit the operations, and a reference, from their listener.
 * Sockets of the kernel itself are left alone.
 *
 * The operations differ from the kernel's own only where a connection begins, and where a
 * program could go round that:
 * - connect and accept, which are decided and attributed;
 * - MSG_FASTOPEN and TCP_FASTOPEN_CONNECT, which connect within a send. (TCP_FASTOPEN is for
 *   listeners: what came with such a connection is read after its accept, like any data.)
 * - TCP_ULP, TCP_REPAIR and IPV6_ADDRFORM, which change a socket's operations or state below
 *   us, and SOL_TLS and TCP_ZEROCOPY_RECEIVE, which reach what is below us.
 *
 * Two other ways to make a TCP connection are closed meanwhile: MPTCP, whose accepted sockets
 * get the kernel's operations, and SMC, which has the kernel connect for the program. Both
 * are refused as if the kernel had been built without them, and programs fall back to TCP.
 */
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/inetdevice.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/netdevice.h>
#include <linux/tcp.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>
#include <net/sock.h>
#include <net/tcp.h>
#include <net/transp_v6.h>

#include "calls.h"
#include "compat.h"
#include "gate.h"
#include "tables.h"
#include "verdict.h"

enum { V4, V6, FAMILIES };

static const struct proto_ops *lower_ops[FAMILIES] __ro_after_init;
static struct proto_ops gate_ops[FAMILIES] __ro_after_init;

/* An init function of the kernel's that is replaced while the module is armed. */
struct hook {
	struct proto *proto;		/* NULL: the kernel does not have it */
	int (*original)(struct sock *sk);
	int (*ours)(struct sock *sk);
};

static struct hook tcp_hooks[FAMILIES] __ro_after_init;
static struct hook mptcp_hooks[FAMILIES] __ro_after_init;

static bool armed;

static unsigned int family_of(const struct sock *sk)
{
	return sk->sk_family == AF_INET6 ? V6 : V4;
}

static const struct proto_ops *lower(const struct socket *sock)
{
	return lower_ops[family_of(sock->sk)];
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
	rt_verdict_accept(&peer);
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

static bool may_set(int level, int option)
{
	switch (level) {
	case SOL_TLS:
		return false;
	case SOL_TCP:
		return option != TCP_ULP && option != TCP_REPAIR &&
		       option != TCP_FASTOPEN_CONNECT;
	case SOL_IPV6:
		return option != IPV6_ADDRFORM;
	default:
		return true;
	}
}

static int gate_setsockopt(struct socket *sock, int level, int option, sockptr_t value,
			   unsigned int length)
{
	struct rt_call call;

	if (!may_set(level, option))
		return -ENOPROTOOPT;

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

static int init_tcp(struct sock *sk)
{
	unsigned int family = family_of(sk);
	struct socket *sock = sk->sk_socket;
	struct rt_call call;
	int err;

	rt_call_enter(&call, NULL);
	err = tcp_hooks[family].original(sk);
	if (!err && !sk->sk_kern_sock && sock && sock->ops == lower_ops[family])
		WRITE_ONCE(sock->ops, &gate_ops[family]);
	return rt_call_leave(&call, err);
}

static int init_mptcp(struct sock *sk)
{
	struct rt_call call;
	int err;

	rt_call_enter(&call, NULL);
	/* First in any case: the kernel will destroy what it believes was made. */
	err = mptcp_hooks[family_of(sk)].original(sk);
	if (!err && !sk->sk_kern_sock)
		err = -EPROTONOSUPPORT;
	return rt_call_leave(&call, err);
}

static int refuse_smc(struct net *net, struct socket *sock, int protocol, int kern)
{
	return -EAFNOSUPPORT;
}

/* While it is registered, smc.ko can neither be loaded nor reached. */
static const struct net_proto_family no_smc = {
	.family = PF_SMC,
	.create = refuse_smc,
	.owner = THIS_MODULE,
};

/**
 * rt_gate_lower() - the kernel's own operations below ours
 * @ops: operations of any socket
 *
 * Return: NULL when they are not ours.
 */
const struct proto_ops *rt_gate_lower(const struct proto_ops *ops)
{
	unsigned int family;

	for (family = 0; family < FAMILIES; family++) {
		if (ops == &gate_ops[family])
			return lower_ops[family];
	}
	return NULL;
}

bool rt_gate_is_armed(void)
{
	return READ_ONCE(armed);
}

static void set_init(const struct hook *hook, int (*init)(struct sock *sk))
{
	if (hook->proto)
		WRITE_ONCE(hook->proto->init, init);
}

/* Starts to govern. The module must be pinned. */
void rt_gate_arm(void)
{
	unsigned int family;

	for (family = 0; family < FAMILIES; family++) {
		set_init(&tcp_hooks[family], tcp_hooks[family].ours);
		set_init(&mptcp_hooks[family], mptcp_hooks[family].ours);
	}
	WRITE_ONCE(armed, true);
}

static bool is_hooked(const struct hook *hook)
{
	return !hook->proto || READ_ONCE(hook->proto->init) == hook->ours;
}

/**
 * rt_gate_disarm() - stop governing new sockets
 *
 * Calls of the init functions may still be under way. Return: 0, or -EBUSY when another
 * module has put its own functions over ours; nothing is changed then.
 */
int rt_gate_disarm(void)
{
	unsigned int family;

	if (!armed)
		return 0;
	for (family = 0; family < FAMILIES; family++) {
		if (!is_hooked(&tcp_hooks[family]) || !is_hooked(&mptcp_hooks[family]))
			return -EBUSY;
	}
	for (family = 0; family < FAMILIES; family++) {
		set_init(&tcp_hooks[family], tcp_hooks[family].original);
		set_init(&mptcp_hooks[family], mptcp_hooks[family].original);
	}
	WRITE_ONCE(armed, false);
	sock_unregister(PF_SMC);
	return 0;
}

/* Learns the operations and the init function of TCP; without IPv6 there is one family. */
static int __init find_tcp(unsigned int family, int af)
{
	struct socket *sock;
	struct proto *proto;
	int err;

	err = sock_create_kern(&init_net, af, SOCK_STREAM, IPPROTO_TCP, &sock);
	if (err)
		return af == AF_INET6 && err == -EAFNOSUPPORT ? 0 : err;

	proto = sock->sk->sk_prot;
	lower_ops[family] = sock->ops;
	gate_ops[family] = *sock->ops;
	tcp_hooks[family] = (struct hook) {
		.proto = proto, .original = proto->init, .ours = init_tcp,
	};
	sock_release(sock);

	gate_ops[family].owner = THIS_MODULE;
	gate_ops[family].connect = gate_connect;
	gate_ops[family].accept = gate_accept;
	gate_ops[family].sendmsg = gate_sendmsg;
	gate_ops[family].setsockopt = gate_setsockopt;
	gate_ops[family].getsockopt = gate_getsockopt;
	return 0;
}

static int __init find_mptcp(unsigned int family, int af)
{
	struct socket *sock;
	struct proto *proto;
	int err;

	if (!IS_ENABLED(CONFIG_MPTCP) || !lower_ops[family] ||
	    (af == AF_INET6 && !IS_ENABLED(CONFIG_MPTCP_IPV6)))
		return 0;

	err = sock_create_kern(&init_net, af, SOCK_STREAM, IPPROTO_MPTCP, &sock);
	if (err == -ENOPROTOOPT)
		pr_err("cannot close MPTCP to other network namespaces while net.mptcp.enabled is 0: set it to 1 until the module is loaded\n");
	if (err)
		return err;

	proto = sock->sk->sk_prot;
	mptcp_hooks[family] = (struct hook) {
		.proto = proto, .original = proto->init, .ours = init_mptcp,
	};
	sock_release(sock);
	return 0;
}

/**
 * rt_gate_init() - make ready for rt_gate_arm(), which can then not fail
 *
 * Return: 0 or an error; rt_gate_exit() undoes it.
 */
int __init rt_gate_init(void)
{
	int err;

	rt_calls_init();
	err = find_tcp(V4, AF_INET) ?: find_tcp(V6, AF_INET6) ?:
	      find_mptcp(V4, AF_INET) ?: find_mptcp(V6, AF_INET6);
	if (err)
		return err;

	err = sock_register(&no_smc);
	if (err)
		pr_err("SMC is in use, and its connections go round this module: unload smc.ko first\n");
	return err;
}

/* The gate must not have been armed, or be disarmed. */
void rt_gate_exit(void)
{
	sock_unregister(PF_SMC);
}
