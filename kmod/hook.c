// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hooks: how sockets come to the gate.
 *
 * The kernel calls the init function of a protocol when a program makes a socket. While the
 * module is armed, that function is ours for TCP; it gives the socket operations of ours
 * whose owner is this module, so that the kernel takes a reference to it for the socket.
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
#include "gate.h"
#include "hook.h"
#include "reason.h"

/* An init function of the kernel's that is replaced while the module is armed. */
struct hook {
	struct proto *proto;		/* NULL: the kernel does not have it */
	int (*original)(struct sock *sk);
	int (*ours)(struct sock *sk);
};

static struct {
	struct hook tcp[RT_FAMILIES];
	struct hook mptcp[RT_FAMILIES];
} hooks __ro_after_init;

/* Some parts of the kernel do not say that a socket is theirs; but their threads do. */
static bool is_made_by_kernel(const struct sock *sk)
{
	return sk->sk_kern_sock || current->flags & PF_KTHREAD;
}

static int init_tcp(struct sock *sk)
{
	struct rt_call call;
	int err;

	rt_call_enter(&call);
	err = hooks.tcp[rt_ip_family(sk)].original(sk);
	if (!err && sk->sk_socket && !is_made_by_kernel(sk))
		err = rt_gate_govern(sk->sk_socket);
	return rt_call_leave(&call, err);
}

static int init_mptcp(struct sock *sk)
{
	struct rt_call call;
	int err;

	rt_call_enter(&call);
	/* First in any case: the kernel will destroy what it believes was made. */
	err = hooks.mptcp[rt_ip_family(sk)].original(sk);
	if (!err && !is_made_by_kernel(sk))
		err = -EPROTONOSUPPORT;
	return rt_call_leave(&call, err);
}

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

static void set_init(const struct hook *hook, int (*init)(struct sock *sk))
{
	if (hook->proto)
		WRITE_ONCE(hook->proto->init, init);
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

	for (family = 0; family < RT_FAMILIES; family++) {
		if (is(&hooks.tcp[family]) || is(&hooks.mptcp[family]))
			return true;
	}
	return false;
}

static int check_foreign(struct netlink_ext_ack *extack)
{
	if (!for_any(is_foreign))
		return 0;
	return rt_fail(extack, -EBUSY, "another module hooks TCP above this one: unload it first");
}

/**
 * rt_hook_arm() - govern sockets that are made from now on
 * @extack: takes the reason of a refusal; may be NULL
 *
 * The module must be pinned. Return: 0, also when another module has undone it and it is done once
 * more; or -EBUSY while the kernel offers another way to connect, or another module hooks TCP.
 */
int rt_hook_arm(struct netlink_ext_ack *extack)
{
	enum rt_ip_family family;
	int err;

	err = check_foreign(extack) ?: block_families(extack);
	if (err)
		return err;
	for (family = 0; family < RT_FAMILIES; family++) {
		set_init(&hooks.tcp[family], hooks.tcp[family].ours);
		set_init(&hooks.mptcp[family], hooks.mptcp[family].ours);
	}
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
	enum rt_ip_family family;
	int err;

	err = check_foreign(extack);
	if (err)
		return err;
	for (family = 0; family < RT_FAMILIES; family++) {
		set_init(&hooks.tcp[family], hooks.tcp[family].original);
		set_init(&hooks.mptcp[family], hooks.mptcp[family].original);
	}
	unblock_families();
	return 0;
}

/* Without IPv6 there is one family. */
static int __init find_tcp(enum rt_ip_family family, int af)
{
	struct socket *sock;
	struct proto *proto;
	int err;

	err = sock_create_kern(&init_net, af, SOCK_STREAM, IPPROTO_TCP, &sock);
	if (err)
		return af == AF_INET6 && err == -EAFNOSUPPORT ? 0 : err;

	proto = sock->sk->sk_prot;
	rt_gate_learn(sock);
	hooks.tcp[family] = (struct hook) {
		.proto = proto, .original = proto->init, .ours = init_tcp,
	};
	sock_release(sock);
	return 0;
}

static int __init find_mptcp(enum rt_ip_family family, int af)
{
	struct socket *sock;
	struct proto *proto;
	int err;

	if (!IS_ENABLED(CONFIG_MPTCP) || !hooks.tcp[family].proto ||
	    (af == AF_INET6 && !IS_ENABLED(CONFIG_MPTCP_IPV6)))
		return 0;

	err = sock_create_kern(&init_net, af, SOCK_STREAM, IPPROTO_MPTCP, &sock);
	if (err == -ENOPROTOOPT)
		pr_err("cannot block MPTCP in other network namespaces while net.mptcp.enabled is 0: set it to 1 until the module is loaded\n");
	if (err)
		return err;

	proto = sock->sk->sk_prot;
	hooks.mptcp[family] = (struct hook) {
		.proto = proto, .original = proto->init, .ours = init_mptcp,
	};
	sock_release(sock);
	return 0;
}

/**
 * rt_hook_init() - find what rt_hook_arm() will replace
 *
 * Changes nothing, so there is nothing to undo. Return: 0 or an error.
 */
int __init rt_hook_init(void)
{
	return find_tcp(RT_V4, AF_INET) ?: find_tcp(RT_V6, AF_INET6) ?:
	       find_mptcp(RT_V4, AF_INET) ?: find_mptcp(RT_V6, AF_INET6);
}
