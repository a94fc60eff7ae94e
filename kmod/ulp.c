// SPDX-License-Identifier: GPL-2.0-only
/*
 * Upper layer protocols, which give a socket operations of their own (TCP_ULP).
 *
 * kTLS, and espintcp over IPv6, make these from the operations of the socket that first asks for
 * them, and keep them for all others. The gate refuses TCP_ULP. But a call that began before its
 * socket was adopted asks afterwards, and would leave the gate's operations there when the module
 * has gone. So sockets of our own, which the gate does not have, ask first.
 *
 * kTLS makes them anew for a socket whose sk_prot is another than that of the socket before, as it
 * is for one in a BPF sockmap, and again for the next that is not in one. So ours ask again before
 * the gate lets go, see what they get, and have them made anew where that is ours.
 */
#include <linux/errno.h>
#include <linux/in.h>
#include <linux/kconfig.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/socket.h>
#include <linux/sockptr.h>
#include <linux/string.h>
#include <linux/tcp.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include <net/tcp_states.h>

#include "ulp.h"

/* That the kernel does not have the family is fine: *sock is NULL then. */
static int make_socket(int af, struct socket **sock)
{
	int err = sock_create_kern(&init_net, af, SOCK_STREAM, IPPROTO_TCP, sock);

	if (!err)
		return 0;
	*sock = NULL;
	return err == -EAFNOSUPPORT ? 0 : err;
}

/* That the kernel does not have the protocol is fine, or that the socket is not connected. */
static int ask(struct socket *sock, char *ulp)
{
	int err = sock->ops->setsockopt(sock, SOL_TCP, TCP_ULP, KERNEL_SOCKPTR(ulp), strlen(ulp));

	return err == -ENOMEM ? err : 0;
}

static void set_state(struct sock *sk, int state)
{
	lock_sock(sk);
	sk->sk_state = state;
	release_sock(sk);
}

/*
 * Asks for kTLS, and sees whether its operations were made from the gate's. Only connected sockets
 * get them: so this one, which nobody else can find, says that it is.
 */
static int ask_for_tls(struct socket *sock, bool *gets_ours)
{
	const struct proto_ops *kernels = sock->ops;
	int err;

	set_state(sock->sk, TCP_ESTABLISHED);
	err = ask(sock, "tls");
	set_state(sock->sk, TCP_CLOSE);
	*gets_ours = sock->ops->owner == THIS_MODULE;
	/* At its end the kernel would put a reference to their owner, which it does not have. */
	WRITE_ONCE(sock->ops, kernels);
	return err;
}

/*
 * Connections that use kTLS may send or get some bytes as they are while this goes on. So it is
 * only done where there is no other way.
 */
static int have_tls_made_anew(struct socket *sock)
{
	static struct proto another;	/* one call runs at a time */
	struct proto *kernels = sock->sk->sk_prot;
	int err;

	another = *kernels;
	WRITE_ONCE(sock->sk->sk_prot, &another);
	err = ask(sock, "tls");
	WRITE_ONCE(sock->sk->sk_prot, kernels);
	return err ?: ask(sock, "tls");
}

static int prepare_tls(int af)
{
	bool gets_ours = false;
	struct socket *sock;
	int err;

	err = make_socket(af, &sock);
	if (err || !sock)
		return err;
	err = ask_for_tls(sock, &gets_ours);
	sock_release(sock);
	if (err || !gets_ours)
		return err;

	/* It asks once for each socket. */
	err = make_socket(af, &sock);
	if (err || !sock)
		return err;
	err = have_tls_made_anew(sock);
	sock_release(sock);
	return err;
}

static int prepare_espintcp(void)
{
	struct socket *sock;
	int err;

	err = make_socket(AF_INET6, &sock);
	if (err || !sock)
		return err;
	err = ask(sock, "espintcp");
	sock_release(sock);
	return err;
}

/**
 * rt_ulp_prepare() - have upper layer protocols made from the kernel's operations
 *
 * Before sockets are adopted, and before they are given back. Loads the kernel's tls module. May
 * sleep; one call runs at a time. Return: 0 or an error.
 */
int rt_ulp_prepare(void)
{
	int err = prepare_tls(AF_INET) ?: prepare_tls(AF_INET6);

	if (!err && IS_ENABLED(CONFIG_INET6_ESPINTCP))
		err = prepare_espintcp();
	return err;
}
