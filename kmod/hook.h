/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_HOOK_H
#define _RT_HOOK_H

#include <linux/types.h>

bool rt_hook_is_armed(void);
void rt_hook_arm(void);
int rt_hook_disarm(void);

int rt_hook_init(void);
void rt_hook_exit(void);

#endif /* _RT_HOOK_H */
