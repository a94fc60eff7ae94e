/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_DRAIN_H
#define _RT_DRAIN_H

#include <linux/types.h>

bool rt_drain_pass(void);

#endif /* _RT_DRAIN_H */
