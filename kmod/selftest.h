/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_SELFTEST_H
#define _RT_SELFTEST_H

int rt_selftest(void);

#endif /* _RT_SELFTEST_H */
