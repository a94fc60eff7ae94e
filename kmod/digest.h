/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_DIGEST_H
#define _RT_DIGEST_H

#include <linux/types.h>

struct file;

enum { RT_DIGEST_SIZE = 32 };

int rt_digest_of(struct file *file, u8 digest[RT_DIGEST_SIZE]);

int rt_digests_init(void);
void rt_digests_exit(void);

#endif /* _RT_DIGEST_H */
