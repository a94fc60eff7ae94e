/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_REVOKE_H
#define _RT_REVOKE_H

int rt_revoke_enter(void);
void rt_revoke_leave(int section);
void rt_revoke_start(void);
void rt_revoke_wait(void);
void rt_revoke_exit(void);

#endif /* _RT_REVOKE_H */
