/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_DATAGRAMS_H
#define _RT_DATAGRAMS_H

struct socket;

void rt_datagrams_learn(const struct socket *sock);
const char *rt_datagrams_selftest(void);

#endif /* _RT_DATAGRAMS_H */
