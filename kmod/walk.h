/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_WALK_H
#define _RT_WALK_H

struct file;
struct sock;
struct socket;

/* Visits a socket whose file is held, and so is its sock; may sleep. */
typedef void rt_socket_visitor(struct socket *sock, struct sock *sk, void *data);

int rt_walk_files(rt_socket_visitor *visit, void *data);
struct file *rt_walk_get_file(struct sock *sk);
int rt_walk_hashes(rt_socket_visitor *visit, void *data);
void rt_walk_visit(struct file *file, rt_socket_visitor *visit, void *data);

#endif /* _RT_WALK_H */
