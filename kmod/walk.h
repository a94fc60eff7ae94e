/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_WALK_H
#define _RT_WALK_H

struct file;
struct sock;
struct socket;

int rt_walk_files(void (*visit)(struct socket *sock, void *data), void *data);
struct file *rt_walk_get_file(struct sock *sk);
int rt_walk_hashes(void (*visit)(struct socket *sock, void *data), void *data);

#endif /* _RT_WALK_H */
