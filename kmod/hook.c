// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hooks: how sockets come to the gate.
 *
 * The kernel calls the init function of a protocol when a program makes a socket. While the
 * module is armed, that function is ours for TCP and UDP; it gives the socket operations of ours
 * whose owner is this module, so that the kernel takes a reference to it for the socket. For raw
 * sockets and those of ping it asks whether the program may have one (others.c).
 * Sockets that are accepted inherit the operations, and a reference, from their listener.
 * Sockets of the kernel itself are left alone.
 *
 * Other ways to make a TCP connection are blocked meanwhile: MPTCP, whose accepted sockets get the
 * kernel's operations, and SMC and RDS, which have the kernel connect for the program. They are
 * refused as if the kernel had been built without them; programs fall back to TCP.
 */
#include <linux/in.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/sched.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "calls.h"
#include "compat.h"
#include "datagrams.h"
#include "gate.h"
#include "hook.h"
#include "operations.h"
#include "others.h"
#include "reason.h"

/* What is hooked; each in both families. */
enum hooked { TCP, MPTCP, UDP, UDPLITE, RAW, PING, HOOKED };

/* An init function of the kernel's that is replaced while the module is armed. */
struct hook {
	struct proto *proto;		/* NULL: the kernel does not have it */
	int (*original)(struct sock *sk);
	int (*ours)(struct sock *sk);
};

static struct hook hooks[HOOKED][RT_FAMILIES] __ro_after_init;

/* Some parts of the kernel do not say that a socket is theirs; but their threads do. */
static bool is_made_by_kernel(const struct sock *sk)
{
	return sk->sk_kern_sock || current->flags & PF_KTHREAD;
}

/* The kernel's init function first, in any case: it will destroy what it believes was made. */
static int init_and(enum hooked what, struct sock *sk, int (*then)(struct sock *sk))
{
	struct rt_call call;
	int err;

	rt_call_enter(&call);
	err = hooks[what][rt_ip_family(sk)].original(sk);
	if (!err && !is_made_by_kernel(sk))
		err = then(sk);
	return rt_call_leave(&call, err);
}

static int govern(struct sock *sk)
{
	return sk->sk_socket ? rt_operations_govern(sk->sk_socket) : 0;
}

static int refuse(struct sock *sk)
{
	return -EPROTONOSUPPORT;
}

static int check_other(struct sock *sk)
{
	return rt_others_check(sk->sk_family, sk->sk_type, sk->sk_protocol);
}

static int init_tcp(struct sock *sk)
{
	return init_and(TCP, sk, govern);
}

static int init_mptcp(struct sock *sk)
{
	return init_and(MPTCP, sk, refuse);
}

static int init_udp(struct sock *sk)
{
	return init_and(UDP, sk, govern);
}

static int init_udplite(struct sock *sk)
{
	return init_and(UDPLITE, sk, govern);
}

static int init_raw(struct sock *sk)
{
	return init_and(RAW, sk, check_other);
}

static int init_ping(struct sock *sk)
{
	return init_and(PING, sk, check_other);
}

static int (*const inits[HOOKED])(struct sock *sk) = {
	[TCP] = init_tcp, [MPTCP] = init_mptcp, [UDP] = init_udp, [UDPLITE] = init_udplite,
	[RAW] = init_raw, [PING] = init_ping,
};

static int refuse_family(struct net *net, struct socket *sock, int protocol, int kern)
{
	return -EAFNOSUPPORT;
}

/*
 * Families whose sockets have the kernel connect by TCP for the program. While they are registered
 * here, their modules can neither be loaded nor reached.
 */
static const struct {
	const char *name;
	const char *module;
	struct net_proto_family family;
} blocked_families[] = {
	{ "SMC", "smc",
	  { .family = PF_SMC, .create = refuse_family, .owner = THIS_MODULE } },
	{ "RDS", "rds_tcp and rds",
	  { .family = PF_RDS, .create = refuse_family, .owner = THIS_MODULE } },
};

/* How many of them are registered. Changed by arm and disarm, which do not run at once. */
static unsigned int blocked_count;

static void unblock_families(void)
{
	while (blocked_count)
		sock_unregister(blocked_families[--blocked_count].family.family);
}

static int block_families(struct netlink_ext_ack *extack)
{
	while (blocked_count < ARRAY_SIZE(blocked_families)) {
		const char *name = blocked_families[blocked_count].name;
		const char *module = blocked_families[blocked_count].module;

		if (!sock_register(&blocked_families[blocked_count].family)) {
			blocked_count++;
			continue;
		}
		unblock_families();
		pr_err("%s is in use, and its connections bypass this module: unload %s first\n",
		       name, module);
		/* Not -EEXIST, which modprobe takes for "loaded already". */
		return rt_fail(extack, -EBUSY,
			       "%s is in use, and its connections bypass this module: unload %s first",
			       name, module);
	}
	return 0;
}

static void set_inits(bool to_ours)
{
	enum rt_ip_family family;
	enum hooked what;

	for (what = 0; what < HOOKED; what++) {
		for (family = 0; family < RT_FAMILIES; family++) {
			const struct hook *hook = &hooks[what][family];

			if (hook->proto)
				WRITE_ONCE(hook->proto->init,
					   to_ours ? hook->ours : hook->original);
		}
	}
}

static bool is_overwritten(const struct hook *hook)
{
	return hook->proto && READ_ONCE(hook->proto->init) != hook->ours;
}

/* Whether another module has put a function of its own there, which may lead to ours. */
static bool is_foreign(const struct hook *hook)
{
	return is_overwritten(hook) && READ_ONCE(hook->proto->init) != hook->original;
}

static bool for_any(bool (*is)(const struct hook *hook))
{
	enum rt_ip_family family;
	enum hooked what;

	for (what = 0; what < HOOKED; what++) {
		for (family = 0; family < RT_FAMILIES; family++) {
			if (is(&hooks[what][family]))
				return true;
		}
	}
	return false;
}

static int check_foreign(struct netlink_ext_ack *extack)
{
	if (!for_any(is_foreign))
		return 0;
	return rt_fail(extack, -EBUSY,
		       "another module hooks sockets above this one: unload it first");
}

/**
 * rt_hook_arm() - govern sockets that are made from now on
 * @extack: takes the reason of a refusal; may be NULL
 *
 * The module must be pinned. Return: 0, also when another module has undone it and it is done once
 * more; or -EBUSY while the kernel offers another way to connect, or another module hooks sockets.
 */
int rt_hook_arm(struct netlink_ext_ack *extack)
{
	int err;

	err = check_foreign(extack) ?: block_families(extack);
	if (err)
		return err;
	set_inits(true);
	rt_others_hold(true);
	return 0;
}

/* Whether what rt_hook_arm() did is still so: another module may have changed it. */
bool rt_hook_is_in_place(void)
{
	return !for_any(is_overwritten);
}

/**
 * rt_hook_disarm() - stop governing new sockets
 * @extack: takes the reason of a refusal
 *
 * The module must be armed. Calls of the init functions may still be under way. Return: 0, or
 * -EBUSY when another module has put its own functions over ours; nothing is changed then.
 */
int rt_hook_disarm(struct netlink_ext_ack *extack)
{
	int err;

	err = check_foreign(extack);
	if (err)
		return err;
	rt_others_hold(false);
	set_inits(false);
	unblock_families();
	return 0;
}

static void __init learn(enum hooked what, enum rt_ip_family family, struct proto *proto)
{
	hooks[what][family] = (struct hook) {
		.proto = proto, .original = proto->init, .ours = inits[what],
	};
}

/* Without IPv6 there is one family. */
static int __init find_tcp(enum rt_ip_family family, int af)
{
	struct socket *sock;
	int err;

	err = sock_create_kern(&init_net, af, SOCK_STREAM, IPPROTO_TCP, &sock);
	if (err)
		return af == AF_INET6 && err == -EAFNOSUPPORT ? 0 : err;

	learn(TCP, family, sock->sk->sk_prot);
	rt_gate_learn(sock);
	sock_release(sock);
	return 0;
}

static int __init find_mptcp(enum rt_ip_family family, int af)
{
	struct socket *sock;
	int err;

	if (!IS_ENABLED(CONFIG_MPTCP) || !hooks[TCP][family].proto ||
	    (af == AF_INET6 && !IS_ENABLED(CONFIG_MPTCP_IPV6)))
		return 0;

	err = sock_create_kern(&init_net, af, SOCK_STREAM, IPPROTO_MPTCP, &sock);
	if (err == -ENOPROTOOPT)
		pr_err("cannot block MPTCP in other network namespaces while net.mptcp.enabled is 0: set it to 1 until the module is loaded\n");
	if (err)
		return err;

	learn(MPTCP, family, sock->sk->sk_prot);
	sock_release(sock);
	return 0;
}

static int __init find_udp(enum rt_ip_family family, int af)
{
	struct socket *sock;
	int err;

	if (!hooks[TCP][family].proto)
		return 0;
	err = sock_create_kern(&init_net, af, SOCK_DGRAM, IPPROTO_UDP, &sock);
	if (err)
		return err;
	/* What has no such function cannot be hooked. */
	if (sock->sk->sk_prot->init) {
		learn(UDP, family, sock->sk->sk_prot);
		rt_datagrams_learn(sock);
	} else {
		err = -EOPNOTSUPP;
	}
	sock_release(sock);
	return err;
}

/* By 7.3 there is none; its sockets have the operations of UDP. */
static int __init find_udplite(enum rt_ip_family family, int af)
{
	struct socket *sock;
	int err;

	if (!rt_udplite_table() || !hooks[TCP][family].proto)
		return 0;
	err = sock_create_kern(&init_net, af, SOCK_DGRAM, IPPROTO_UDPLITE, &sock);
	if (err)
		return err == -EPROTONOSUPPORT ? 0 : err;
	if (sock->ops == rt_operations[RT_DATAGRAM][family].kernels && sock->sk->sk_prot->init)
		learn(UDPLITE, family, sock->sk->sk_prot);
	else
		err = -EOPNOTSUPP;
	sock_release(sock);
	return err;
}

static int __init find_raw(enum rt_ip_family family, int af)
{
	struct socket *sock;
	int err;

	if (!hooks[TCP][family].proto)
		return 0;
	err = sock_create_kern(&init_net, af, SOCK_RAW, IPPROTO_RAW, &sock);
	if (err)
		return err;
	if (sock->sk->sk_prot->init)
		learn(RAW, family, sock->sk->sk_prot);
	else
		err = -EOPNOTSUPP;
	sock_release(sock);
	return err;
}

/* Who may make such a socket is a question of the host's, which the kernel asks also of itself. */
static int __init find_ping(enum rt_ip_family family, int af)
{
	struct proto *proto = rt_ping_proto(af);
	struct socket *sock;

	if (!hooks[TCP][family].proto)
		return 0;
	if (proto) {
		learn(PING, family, proto);
		return 0;
	}
	if (sock_create_kern(&init_net, af, SOCK_DGRAM, IPPROTO_ICMP, &sock)) {
		pr_warn("cannot refuse the sockets of ping while net.ipv4.ping_group_range is empty: set it until the module is loaded\n");
		return 0;
	}
	learn(PING, family, sock->sk->sk_prot);
	sock_release(sock);
	return 0;
}

static int __init find(enum rt_ip_family family, int af)
{
	return find_tcp(family, af) ?: find_mptcp(family, af) ?: find_udp(family, af) ?:
	       find_udplite(family, af) ?: find_raw(family, af) ?: find_ping(family, af);
}

/**
 * rt_hook_init() - find what rt_hook_arm() will replace
 *
 * Changes nothing, so there is nothing to undo. Return: 0 or an error.
 */
int __init rt_hook_init(void)
{
	return find(RT_V4, AF_INET) ?: find(RT_V6, AF_INET6);
}
