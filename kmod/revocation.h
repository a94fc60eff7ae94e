/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_REVOCATION_H
#define _RT_REVOCATION_H

int rt_revocation_enter(void);
void rt_revocation_leave(int section);
void rt_revocation_start(void);
void rt_revocation_names_moved(void);
void rt_revocation_labels_changed(void);
void rt_revocation_wait(void);
void rt_revocation_exit(void);

#endif /* _RT_REVOCATION_H */
