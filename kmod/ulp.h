/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_ULP_H
#define _RT_ULP_H

int rt_ulp_prepare(void);

#endif /* _RT_ULP_H */
