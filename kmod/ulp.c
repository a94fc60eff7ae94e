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
 * is for one in a BPF sockmap. So ours ask again before the gate lets go.
 */
#include <linux/errno.h>
#include <linux/in.h>
#include <linux/kconfig.h>
#include <linux/net.h>
#include <linux/socket.h>
#include <linux/sockptr.h>
#include <linux/string.h>
#include <linux/tcp.h>
#include <net/net_namespace.h>

#include "ulp.h"

/*
 * That the kernel does not have the protocol or the family is fine. kTLS refuses a socket that is
 * not connected, but makes its operations first.
 */
static int ask_for(char *ulp, int af)
{
	struct socket *sock;
	int err;

	err = sock_create_kern(&init_net, af, SOCK_STREAM, IPPROTO_TCP, &sock);
	if (err)
		return err == -EAFNOSUPPORT ? 0 : err;
	err = sock->ops->setsockopt(sock, SOL_TCP, TCP_ULP, KERNEL_SOCKPTR(ulp), strlen(ulp));
	sock_release(sock);
	return err == -ENOMEM ? err : 0;
}

/**
 * rt_ulp_prepare() - have upper layer protocols made from the kernel's operations
 *
 * Before sockets are adopted, and before they are given back. Loads the kernel's tls module. May
 * sleep. Return: 0 or an error.
 */
int rt_ulp_prepare(void)
{
	int err = ask_for("tls", AF_INET) ?: ask_for("tls", AF_INET6);

	if (!err && IS_ENABLED(CONFIG_INET6_ESPINTCP))
		err = ask_for("espintcp", AF_INET6);
	return err;
}
