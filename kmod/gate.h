/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_GATE_H
#define _RT_GATE_H

struct socket;

void rt_gate_learn(const struct socket *sock);
const char *rt_gate_selftest(void);

#endif /* _RT_GATE_H */
