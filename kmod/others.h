/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_OTHERS_H
#define _RT_OTHERS_H

#include <linux/types.h>

int rt_others_check(int family, int type, int protocol);
void rt_others_hold(bool armed);
void rt_others_follow(void);

int rt_others_init(void);
void rt_others_exit(void);

#endif /* _RT_OTHERS_H */
