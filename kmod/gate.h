/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_GATE_H
#define _RT_GATE_H

#include <net/sock.h>

struct socket;

/* IP families; each has socket operations and a protocol of its own. */
enum rt_ip_family { RT_V4, RT_V6, RT_FAMILIES };

static inline enum rt_ip_family rt_ip_family(const struct sock *sk)
{
	return sk->sk_family == AF_INET6 ? RT_V6 : RT_V4;
}

int rt_gate_govern(struct socket *sock);
int rt_gate_adopt(struct socket *sock, struct sock *sk);
void rt_gate_give_back(struct socket *sock, struct sock *sk);

void rt_gate_learn(const struct socket *sock);
const char *rt_gate_selftest(void);

#endif /* _RT_GATE_H */
