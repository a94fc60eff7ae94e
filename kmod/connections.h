/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_CONNECTIONS_H
#define _RT_CONNECTIONS_H

#include <linux/types.h>

#include "core/core.h"
#include "decision.h"
#include "subject.h"

struct rt_socket;
struct sock;

/* The connection that a socket has, as it was last decided. */
struct rt_connection_record {
	bool exists;			/* begun or accepted under a bundle, not known to be over */
	bool denied;			/* the bundle in force denies it: it is to be aborted */
	enum riptides_direction direction;
	time64_t since;			/* seconds since 1970 */
	struct rt_decision decision;
	struct rt_subject subject;
	struct rt_remote remote;
};

/* What rt_connections_visit() shows; returns whether to go on. */
typedef bool rt_connection_visitor(const struct rt_connection_record *connection,
				   const struct sock *sk, void *data);

void rt_connections_begin(struct sock *sk, struct rt_subject *subject,
			  const struct rt_remote *destination, const struct rt_decision *decision);
void rt_connections_accept(struct rt_socket *socket, struct rt_subject *subject,
			   const struct rt_remote *remote, const struct rt_decision *decision);
void rt_connections_end(struct sock *sk);
void rt_connections_forget(struct rt_connection_record *connection);

bool rt_connections_decide(struct sock *sk, struct rt_decision *decision);
unsigned int rt_connections_hold_denied(unsigned int *bucket, struct sock **sks,
					unsigned int room);
int rt_connections_report_denied(struct sock *sk);

bool rt_connections_visit(unsigned int *bucket, unsigned int *index,
			  rt_connection_visitor *visit, void *data);

#endif /* _RT_CONNECTIONS_H */
