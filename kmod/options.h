/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_OPTIONS_H
#define _RT_OPTIONS_H

#include <linux/types.h>

struct msghdr;

int rt_options_check_set(int level, int option, unsigned int length);
int rt_options_check_datagram(int level, int option, unsigned int length, bool is_decided);
int rt_options_check_ancillary(struct msghdr *message);
int rt_options_check_get(int level, int option);

#endif /* _RT_OPTIONS_H */
