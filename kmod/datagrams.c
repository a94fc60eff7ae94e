// SPDX-License-Identifier: GPL-2.0-only
/*
 * The operations of governed sockets of UDP and UDP-Lite.
 *
 * They differ from the kernel's own in connect and sendmsg, which are decided while the bundle in
 * force decides UDP; in setsockopt, which refuses what would have datagrams go elsewhere; and in
 * release, which takes the socket from the registry.
 *
 * All end in a jump to the kernel's function, so that whoever sleeps there, for memory or for the
 * lock of the socket, does not return through here. So there is no section around a decision and
 * its datagram: a send that has been decided is not waited for by a commit. What is received is
 * not decided.
 *
 * The destination that is decided is the one that is sent to: a name is the kernel's own copy, and
 * what it leaves for the kernel to choose is filled in there.
 */
#include <linux/compiler.h>
#include <linux/cred.h>
#include <linux/kernel.h>
#include <linux/net.h>
#include <linux/sched.h>
#include <linux/socket.h>
#include <linux/udp.h>
#include <net/inet_common.h>
#include <net/sock.h>

#include "address.h"
#include "calls.h"
#include "compat.h"
#include "datagrams.h"
#include "decision.h"
#include "destinations.h"
#include "images.h"
#include "operations.h"
#include "options.h"
#include "requests.h"
#include "sockets.h"
#include "subject.h"

static const struct proto_ops *lower(const struct socket *sock)
{
	return rt_operations[RT_DATAGRAM][rt_ip_family(sock->sk)].kernels;
}

/*
 * A program may have handed the socket to the kernel, which then uses it in its own threads. How
 * it allocates memory says nothing here: an L2TP tunnel changes that, and programs can make one.
 */
static bool is_kernels(const struct socket *sock)
{
	return current->flags & PF_KTHREAD || !sock->file || sock->sk->sk_kern_sock;
}

static void remember(struct sock *sk, const struct rt_subject *subject,
		     const struct rt_remote *remote, const struct rt_decision *decision)
{
	const struct rt_sender sender = {
		.generation = decision->generation,
		.image = decision->version,
		.uid = subject->uid,
		.gid = subject->gid,
	};

	if (decision->decided && decision->lasting && sender.image)
		rt_destinations_remember(sk, &sender, remote);
}

/* Decides by the generation in force when it returns. */
static void decide_once(struct sock *sk, const struct rt_subject *subject,
			const struct rt_remote *remote, struct rt_decision *decision)
{
	do {
		if (rt_address_is_source_routed(sk)) {
			rt_decision_refuse(decision);
			return;
		}
		rt_decision_datagram(subject, remote, decision);
	} while (!rt_decision_is_current(decision, RIPTIDES_DIRECTION_CONNECT, remote));
}

static int report(struct sock *sk, const struct rt_subject *subject,
		  const struct rt_remote *remote, const struct rt_decision *decision)
{
	rt_decision_report_datagram(decision, remote);
	if (rt_decision_denies(decision))
		return -EACCES;
	remember(sk, subject, remote, decision);
	return 0;
}

/*
 * Waits for labels also where the program does not want to wait: a datagram cannot be taken back,
 * and it is once for each program image.
 */
static int decide(struct sock *sk, const struct rt_remote *remote)
{
	struct rt_subject subject = {};
	struct rt_decision decision;
	struct rt_call call;
	int err;

	rt_call_enter(&call);
	do {
		rt_subject_put(&subject);
		err = rt_subject_get(&subject);
		if (err)
			break;
		decide_once(sk, &subject, remote, &decision);
		/* A commit may ask for more of the process meanwhile. */
		if (decision.waits) {
			err = rt_requests_wait(subject.image);
			if (err)
				break;
			decide_once(sk, &subject, remote, &decision);
		}
	} while (decision.lacking);
	if (!err) {
		if (decision.waits)
			rt_decision_wait_no_more(&decision);
		err = report(sk, &subject, remote, &decision);
	}
	rt_subject_put(&subject);
	return rt_call_leave(&call, err);
}

static int check_destination(struct sock *sk, const struct rt_remote *remote, u64 generation)
{
	const struct rt_sender sender = {
		.generation = generation,
		.image = rt_images_version(),
		.uid = current_euid(),
		.gid = current_egid(),
	};

	if (sender.image && rt_destinations_have(sk, &sender, remote) &&
	    !rt_address_is_source_routed(sk))
		return 0;
	return decide(sk, remote);
}

static noinline int check_connect(struct socket *sock, struct sockaddr_unsized *to, int length)
{
	struct rt_remote remote;
	u64 generation;

	if (!rt_decision_needed_of_datagrams(&generation) || is_kernels(sock))
		return 0;
	if (!rt_address_of_datagram(sock->sk, to, length, &remote))
		return 0;
	return decide(sock->sk, &remote);
}

static noinline int check_send(struct socket *sock, struct msghdr *message)
{
	struct sock *sk = sock->sk;
	struct rt_remote remote;
	u64 generation;
	int err;

	if (!rt_decision_needed_of_datagrams(&generation) || is_kernels(sock))
		return 0;
	if (message->msg_controllen) {
		err = rt_options_check_ancillary(message);
		if (err)
			return err;
	}
	/* A datagram that is being put together goes where it was begun to, whatever the name. */
	if (unlikely(rt_address_of_cork(sk, &remote))) {
		err = check_destination(sk, &remote, generation);
		if (err)
			return err;
	}
	if (!rt_address_of_send(sk, message, &remote))
		return 0;
	return check_destination(sk, &remote, generation);
}

static int datagram_release(struct socket *sock)
{
	if (!sock->sk)
		return 0;
	rt_sockets_remove(sock->sk);
	return lower(sock)->release(sock);
}

static int datagram_connect(struct socket *sock, struct sockaddr_unsized *to, int length,
			    int flags)
{
	int err = check_connect(sock, to, length);

	if (err)
		return err;
	return lower(sock)->connect(sock, to, length, flags);
}

static int datagram_sendmsg(struct socket *sock, struct msghdr *message, size_t length)
{
	int err = check_send(sock, message);

	if (unlikely(err))
		return err;
	return lower(sock)->sendmsg(sock, message, length);
}

/* UDP_CORK sends the datagram that is being put together. */
static noinline int check_option(struct socket *sock, int level, int option, unsigned int length)
{
	struct rt_remote remote;
	u64 generation;
	bool is_decided;

	is_decided = rt_decision_needed_of_datagrams(&generation) && !is_kernels(sock);
	if (is_decided && (level == SOL_UDP || level == SOL_UDPLITE) && option == UDP_CORK &&
	    rt_address_of_cork(sock->sk, &remote))
		return check_destination(sock->sk, &remote, generation);
	return rt_options_check_datagram(level, option, length, is_decided);
}

static int datagram_setsockopt(struct socket *sock, int level, int option, sockptr_t value,
			       unsigned int length)
{
	int err = check_option(sock, level, option, length);

	if (err)
		return err;
	return lower(sock)->setsockopt(sock, level, option, value, length);
}

/**
 * rt_datagrams_learn() - make the operations of a family
 * @sock: a UDP socket of the family, with the kernel's operations
 */
void __init rt_datagrams_learn(const struct socket *sock)
{
	struct proto_ops *ops = rt_operations_learn(sock, RT_DATAGRAM);

	ops->release = datagram_release;
	ops->connect = datagram_connect;
	ops->sendmsg = datagram_sendmsg;
	ops->setsockopt = datagram_setsockopt;
	rt_ops_clear_sendpage(ops);
}

/* Where our operations differ from the kernel's, besides their owner. */
static const size_t ours[] __initconst = {
	offsetof(struct proto_ops, release),
	offsetof(struct proto_ops, connect),
	offsetof(struct proto_ops, sendmsg),
	offsetof(struct proto_ops, setsockopt),
	RT_OPS_SENDPAGE
};

/**
 * rt_datagrams_selftest() - check what rt_datagrams_learn() made
 *
 * Return: NULL, or what is wrong.
 */
const char *__init rt_datagrams_selftest(void)
{
	enum rt_ip_family family;

	if (rt_operations[RT_DATAGRAM][RT_V4].kernels != &inet_dgram_ops)
		return "UDP sockets of IPv4 do not have inet_dgram_ops";
	for (family = 0; family < RT_FAMILIES; family++) {
		const struct proto_ops *kernels = rt_operations[RT_DATAGRAM][family].kernels;

		if (kernels && kernels->connect != inet_dgram_connect)
			return "the kernel does not connect datagrams by inet_dgram_connect()";
	}
	if (!rt_operations_differ_in(RT_DATAGRAM, ours, ARRAY_SIZE(ours)))
		return "the operations of datagrams are not as they were made";
	return NULL;
}
