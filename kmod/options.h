/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_OPTIONS_H
#define _RT_OPTIONS_H

int rt_options_check_set(int level, int option, unsigned int length);
int rt_options_check_get(int level, int option);

#endif /* _RT_OPTIONS_H */
