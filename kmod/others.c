// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transports other than TCP and UDP: sockets whose destinations cannot be decided.
 *
 * While the bundle in force says so, a program is refused one where the bundle would deny it a
 * connection that nothing grants. Raw sockets and those of ping are decided where they are made
 * (hook.c). What is here is about the others, which have no such place: the module takes theirs.
 * - Protocols of IP (SCTP, DCCP, L2TP over IP): an entry for each in the kernel's list of
 *   protocols, before that of its module where it is loaded. It cannot be loaded later, as its
 *   entry would be before ours then; programs can cause that in more than one way.
 * - Families of their own (vsock, TIPC, RxRPC and so on): the place of the family, if its module
 *   is not loaded. Where it is, the family stays as it is, and the log says so.
 *
 * What takes a place cannot make such sockets, so while it is there nobody gets one: not a program
 * that would be allowed, nor the kernel.
 */
#include <linux/errno.h>
#include <linux/in.h>
#include <linux/ipv6.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/net.h>
#include <linux/sched.h>
#include <linux/socket.h>
#include <linux/string.h>
#include <net/inet_common.h>
#include <net/inet_sock.h>
#include <net/protocol.h>
#include <net/sock.h>

#include "calls.h"
#include "compat.h"
#include "decision.h"
#include "others.h"
#include "requests.h"
#include "subject.h"

static int decide(int family, int type, int protocol)
{
	struct rt_decision decision;
	struct rt_subject subject;
	int err;

	err = rt_subject_get(&subject);
	if (!err) {
		rt_decision_other(&subject, &decision);
		if (decision.waits)
			err = rt_requests_wait(subject.image);
	}
	if (!err) {
		if (decision.waits)
			rt_decision_other(&subject, &decision);
		if (decision.waits)
			rt_decision_wait_no_more(&decision);
		rt_decision_report_other(&decision, family, type, protocol);
		if (rt_decision_denies(&decision))
			err = -EACCES;
	}
	rt_subject_put(&subject);
	return err;
}

/**
 * rt_others_check() - whether the program that runs may make a socket that cannot be decided
 * @family: of the socket
 * @type: of the socket
 * @protocol: of the socket
 *
 * May sleep, so it is for a call that has registered (calls.c). Return: 0, -EACCES, or -ENOMEM when
 * the facts of the process could not be had.
 */
int rt_others_check(int family, int type, int protocol)
{
	return rt_decision_needed_of_others() ? decide(family, type, protocol) : 0;
}

/* Of a place that is taken: refuses in any case, and reports why if it is by the policy. */
static int refuse(int family, int type, int protocol, int otherwise)
{
	return rt_others_check(family, type, protocol) ?: otherwise;
}

/* A socket of one of our protocols, for as long as it takes to refuse it. */
struct refused {
	struct inet_sock inet;
	struct ipv6_pinfo ipv6;		/* last: where the kernel looks for it */
};

static int refuse_protocol(struct sock *sk)
{
	struct rt_call call;

	if (sk->sk_kern_sock)
		return -EPROTONOSUPPORT;
	rt_call_enter(&call);
	return rt_call_leave(&call, refuse(sk->sk_family, sk->sk_type, sk->sk_protocol,
					   -EPROTONOSUPPORT));
}

/* The kernel calls it of what it destroys; it was in no table. */
static void leave_tables(struct sock *sk)
{
}

static struct proto refused_proto = {
	.name = "RIPTIDES",
	.owner = THIS_MODULE,
	.obj_size = sizeof(struct refused),
	.init = refuse_protocol,
	.unhash = leave_tables,
};

#define PROTOCOL(socket_type, number)					\
	{								\
		.type = (socket_type),					\
		.protocol = (number),					\
		.prot = &refused_proto,					\
		.ops = &inet_dgram_ops,					\
	}

static struct inet_protosw protocols4[] = {
	PROTOCOL(SOCK_STREAM, IPPROTO_SCTP),
	PROTOCOL(SOCK_SEQPACKET, IPPROTO_SCTP),
	PROTOCOL(SOCK_DCCP, IPPROTO_DCCP),
	PROTOCOL(SOCK_DGRAM, IPPROTO_L2TP),
};

#if IS_ENABLED(CONFIG_IPV6)
static struct inet_protosw protocols6[] = {
	PROTOCOL(SOCK_STREAM, IPPROTO_SCTP),
	PROTOCOL(SOCK_SEQPACKET, IPPROTO_SCTP),
	PROTOCOL(SOCK_DCCP, IPPROTO_DCCP),
	PROTOCOL(SOCK_DGRAM, IPPROTO_L2TP),
};
#endif

static int refuse_family(int family, const struct socket *sock, int protocol, int kern)
{
	struct rt_call call;

	if (kern)
		return -EAFNOSUPPORT;
	rt_call_enter(&call);
	return rt_call_leave(&call, refuse(family, sock->type, protocol, -EAFNOSUPPORT));
}

/* The kernel does not say which family it makes a socket of. */
#define REFUSE(name)									\
	static int refuse_##name(struct net *net, struct socket *sock, int protocol, int kern)	\
	{										\
		return refuse_family(PF_##name, sock, protocol, kern);			\
	}

REFUSE(VSOCK)
REFUSE(TIPC)
REFUSE(RXRPC)
REFUSE(PPPOX)
REFUSE(BLUETOOTH)
REFUSE(CAN)
REFUSE(QIPCRTR)
REFUSE(PHONET)
REFUSE(IEEE802154)
REFUSE(CAIF)
REFUSE(NFC)
REFUSE(MCTP)
REFUSE(ATMPVC)
REFUSE(ATMSVC)
REFUSE(APPLETALK)
REFUSE(IPX)
REFUSE(X25)
REFUSE(AX25)
REFUSE(NETROM)
REFUSE(ROSE)
REFUSE(LLC)

#define FAMILY(name_)									\
	{										\
		.name = #name_,								\
		.family = {								\
			.family = PF_##name_, .create = refuse_##name_,			\
			.owner = THIS_MODULE,						\
		},									\
	}

/* All that is a module in stock kernels, carries data out of the host, and is no part of IP. */
static struct {
	const char *name;
	struct net_proto_family family;
	bool is_taken;
	bool is_told;			/* that it could not be taken */
} families[] = {
	FAMILY(VSOCK),
	FAMILY(TIPC),
	FAMILY(RXRPC),
	FAMILY(PPPOX),
	FAMILY(BLUETOOTH),
	FAMILY(CAN),
	FAMILY(QIPCRTR),
	FAMILY(PHONET),
	FAMILY(IEEE802154),
	FAMILY(CAIF),
	FAMILY(NFC),
	FAMILY(MCTP),
	FAMILY(ATMPVC),
	FAMILY(ATMSVC),
	FAMILY(APPLETALK),
	FAMILY(IPX),
	FAMILY(X25),
	FAMILY(AX25),
	FAMILY(NETROM),
	FAMILY(ROSE),
	FAMILY(LLC),
};

static struct {
	struct mutex lock;	/* guards what changes here; taken within control.lock */
	bool armed;
	bool taken;
} others = {
	.lock = __MUTEX_INITIALIZER(others.lock),
};

static void take_protocols(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(protocols4); i++)
		inet_register_protosw(&protocols4[i]);
#if IS_ENABLED(CONFIG_IPV6)
	for (i = 0; i < ARRAY_SIZE(protocols6); i++)
		WARN_ON(inet6_register_protosw(&protocols6[i]));
#endif
}

static void give_protocols_back(void)
{
	unsigned int i;

#if IS_ENABLED(CONFIG_IPV6)
	for (i = 0; i < ARRAY_SIZE(protocols6); i++)
		inet6_unregister_protosw(&protocols6[i]);
#endif
	for (i = 0; i < ARRAY_SIZE(protocols4); i++)
		inet_unregister_protosw(&protocols4[i]);
}

/* Tried again with each generation: a module may have been unloaded meanwhile. */
static void take_families(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(families); i++) {
		if (families[i].is_taken)
			continue;
		families[i].is_taken = !sock_register(&families[i].family);
		if (!families[i].is_taken && !families[i].is_told)
			pr_warn("sockets of AF_%s are not refused: its module is loaded\n",
				families[i].name);
		families[i].is_told = !families[i].is_taken;
	}
}

static void give_families_back(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(families); i++) {
		if (families[i].is_taken)
			sock_unregister(families[i].family.family);
		families[i].is_taken = false;
		families[i].is_told = false;
	}
}

static void follow(void)
{
	bool wanted = others.armed && rt_decision_needed_of_others();

	lockdep_assert_held(&others.lock);
	if (wanted)
		take_families();
	if (wanted == others.taken)
		return;
	if (wanted) {
		take_protocols();
	} else {
		give_protocols_back();
		give_families_back();
	}
	others.taken = wanted;
}

/**
 * rt_others_hold() - take the places of other transports while they are wanted, or give them back
 * @armed: which of both
 *
 * May sleep.
 */
void rt_others_hold(bool armed)
{
	mutex_lock(&others.lock);
	others.armed = armed;
	follow();
	mutex_unlock(&others.lock);
}

/* Another generation is in force. May sleep. */
void rt_others_follow(void)
{
	mutex_lock(&others.lock);
	follow();
	mutex_unlock(&others.lock);
}

/* Modules of the protocols that places are taken of. */
static const char *const modules[] = {
	"sctp", "dccp", "dccp_ipv4", "dccp_ipv6", "l2tp_ip", "l2tp_ip6",
};

static bool is_of_protocol(const struct module *module)
{
	return match_string(modules, ARRAY_SIZE(modules), module->name) >= 0;
}

static int module_notify(struct notifier_block *block, unsigned long state, void *data)
{
	const struct module *module = data;
	int ret = NOTIFY_DONE;

	if ((state != MODULE_STATE_COMING && state != MODULE_STATE_LIVE) || !is_of_protocol(module))
		return NOTIFY_DONE;
	mutex_lock(&others.lock);
	if (others.taken && state == MODULE_STATE_COMING) {
		pr_info_ratelimited("%s is not loaded: the policy denies other transports\n",
				    module->name);
		ret = notifier_from_errno(-EACCES);
	} else if (others.taken) {
		/* It was being loaded when the places were taken. */
		give_protocols_back();
		take_protocols();
	}
	mutex_unlock(&others.lock);
	return ret;
}

static struct notifier_block module_notifier = {
	.notifier_call = module_notify,
};

int __init rt_others_init(void)
{
	int err;

	rt_proto_set_ipv6_offset(&refused_proto, offsetof(struct refused, ipv6));
	err = proto_register(&refused_proto, 1);
	if (err)
		return err;
	err = register_module_notifier(&module_notifier);
	if (err)
		proto_unregister(&refused_proto);
	return err;
}

/* No place may be taken any more. */
void rt_others_exit(void)
{
	unregister_module_notifier(&module_notifier);
	proto_unregister(&refused_proto);
}
