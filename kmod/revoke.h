/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_REVOKE_H
#define _RT_REVOKE_H

void rt_revoke_start(void);
void rt_revoke_wait(void);
void rt_revoke_exit(void);

#endif /* _RT_REVOKE_H */
