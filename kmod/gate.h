/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_GATE_H
#define _RT_GATE_H

#include <linux/types.h>

struct proto_ops;

bool rt_gate_is_armed(void);
const struct proto_ops *rt_gate_lower(const struct proto_ops *ops);

int rt_gate_init(void);
void rt_gate_arm(void);
int rt_gate_disarm(void);
void rt_gate_exit(void);

#endif /* _RT_GATE_H */
