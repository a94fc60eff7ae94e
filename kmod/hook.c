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
 * Two other ways to make a TCP connection are closed meanwhile: MPTCP, whose accepted sockets
 * get the kernel's operations, and SMC, which has the kernel connect for the program. Both
 * are refused as if the kernel had been built without them, and programs fall back to TCP.
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

/* An init function of the kernel's that is replaced while the module is armed. */
struct hook {
	struct proto *proto;		/* NULL: the kernel does not have it */
	int (*original)(struct sock *sk);
	int (*ours)(struct sock *sk);
};

static struct hook tcp_hooks[RT_FAMILIES] __ro_after_init;
static struct hook mptcp_hooks[RT_FAMILIES] __ro_after_init;

static bool armed;

/* Some parts of the kernel do not say that a socket is theirs; but their threads do. */
static bool is_kernels(const struct sock *sk)
{
	return sk->sk_kern_sock || current->flags & PF_KTHREAD;
}

static int init_tcp(struct sock *sk)
{
	struct rt_call call;
	int err;

	rt_call_enter(&call, NULL);
	err = tcp_hooks[rt_family(sk)].original(sk);
	if (!err && sk->sk_socket && !is_kernels(sk))
		rt_gate_govern(sk->sk_socket);
	return rt_call_leave(&call, err);
}

static int init_mptcp(struct sock *sk)
{
	struct rt_call call;
	int err;

	rt_call_enter(&call, NULL);
	/* First in any case: the kernel will destroy what it believes was made. */
	err = mptcp_hooks[rt_family(sk)].original(sk);
	if (!err && !is_kernels(sk))
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

bool rt_hook_is_armed(void)
{
	return READ_ONCE(armed);
}

static void set_init(const struct hook *hook, int (*init)(struct sock *sk))
{
	if (hook->proto)
		WRITE_ONCE(hook->proto->init, init);
}

/* Starts to govern. The module must be pinned. */
void rt_hook_arm(void)
{
	enum rt_family family;

	for (family = 0; family < RT_FAMILIES; family++) {
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
 * rt_hook_disarm() - stop governing new sockets
 *
 * Calls of the init functions may still be under way. Return: 0, or -EBUSY when another
 * module has put its own functions over ours; nothing is changed then.
 */
int rt_hook_disarm(void)
{
	enum rt_family family;

	if (!armed)
		return 0;
	for (family = 0; family < RT_FAMILIES; family++) {
		if (!is_hooked(&tcp_hooks[family]) || !is_hooked(&mptcp_hooks[family]))
			return -EBUSY;
	}
	for (family = 0; family < RT_FAMILIES; family++) {
		set_init(&tcp_hooks[family], tcp_hooks[family].original);
		set_init(&mptcp_hooks[family], mptcp_hooks[family].original);
	}
	WRITE_ONCE(armed, false);
	sock_unregister(PF_SMC);
	return 0;
}

/* Without IPv6 there is one family. */
static int __init find_tcp(enum rt_family family, int af)
{
	struct socket *sock;
	struct proto *proto;
	int err;

	err = sock_create_kern(&init_net, af, SOCK_STREAM, IPPROTO_TCP, &sock);
	if (err)
		return af == AF_INET6 && err == -EAFNOSUPPORT ? 0 : err;

	proto = sock->sk->sk_prot;
	rt_gate_learn(sock);
	tcp_hooks[family] = (struct hook) {
		.proto = proto, .original = proto->init, .ours = init_tcp,
	};
	sock_release(sock);
	return 0;
}

static int __init find_mptcp(enum rt_family family, int af)
{
	struct socket *sock;
	struct proto *proto;
	int err;

	if (!IS_ENABLED(CONFIG_MPTCP) || !tcp_hooks[family].proto ||
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
 * rt_hook_init() - make ready for rt_hook_arm(), which can then not fail
 *
 * Return: 0 or an error; rt_hook_exit() undoes it.
 */
int __init rt_hook_init(void)
{
	int err;

	rt_calls_init();
	err = find_tcp(RT_V4, AF_INET) ?: find_tcp(RT_V6, AF_INET6) ?:
	      find_mptcp(RT_V4, AF_INET) ?: find_mptcp(RT_V6, AF_INET6);
	if (err)
		return err;

	if (sock_register(&no_smc)) {
		pr_err("SMC is in use, and its connections go round this module: unload smc.ko first\n");
		/* Not -EEXIST, which modprobe takes for "loaded already". */
		return -EBUSY;
	}
	return 0;
}

/* The gate must not have been armed, or be disarmed. */
void rt_hook_exit(void)
{
	sock_unregister(PF_SMC);
}
