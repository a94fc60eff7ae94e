/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_ADOPT_H
#define _RT_ADOPT_H

int rt_adopt_pass(void);

#endif /* _RT_ADOPT_H */
