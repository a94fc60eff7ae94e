/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_SOCKETS_H
#define _RT_SOCKETS_H

#include <linux/types.h>

struct file;
struct proto_ops;
struct rt_socket;
struct sock;
struct socket;

struct rt_socket *rt_socket_alloc(void);
void rt_socket_free(struct rt_socket *socket);

bool rt_sockets_add(struct rt_socket *socket, struct sock *sk, bool of_kernel);
void rt_sockets_remove(struct sock *sk);
bool rt_sockets_adopt(struct rt_socket *socket, struct socket *sock, struct sock *sk,
		      const struct proto_ops *kernels, const struct proto_ops *gates);
void rt_sockets_give_back(struct socket *sock, struct sock *sk, const struct proto_ops *gates,
			  const struct proto_ops *kernels);
bool rt_sockets_has(struct sock *sk);
bool rt_sockets_accepted_by_kernel(struct sock *sk);

unsigned int rt_sockets_count(void);
bool rt_sockets_are_left(void);
unsigned int rt_sockets_hold_files(unsigned int *bucket, struct file **files, unsigned int room);
unsigned int rt_sockets_hold_listeners(unsigned int *bucket, struct file **files,
				       unsigned int room, bool *left_out);
unsigned int rt_sockets_makers(pid_t *pids, unsigned int room);

int rt_sockets_init(void);
void rt_sockets_exit(void);

#endif /* _RT_SOCKETS_H */
