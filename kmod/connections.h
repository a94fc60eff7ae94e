/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_CONNECTIONS_H
#define _RT_CONNECTIONS_H

#include <linux/time64.h>
#include <linux/types.h>

#include "address.h"
#include "core/core.h"
#include "decision.h"
#include "requests.h"
#include "subject.h"

struct rt_socket;
struct sock;

/* What is to go on when labels are told: a connect, or an accept of a listener. */
struct rt_connection_wait {
	struct rt_wait wait;
	struct sock *sk;		/* a reference */
	int length;			/* bytes of the address; 0: a listener */
	union rt_address address;
};

/* The connection that a socket has, as it was last decided. */
struct rt_connection_record {
	bool exists;			/* begun or accepted under a bundle, not known to be over */
	bool denied;			/* the bundle in force denies it: it is to be aborted */
	bool cut;			/* it cannot send any more, and is aborted in any case */
	enum riptides_direction direction;
	time64_t since;			/* seconds since 1970 */
	struct rt_decision decision;
	struct rt_subject subject;
	struct rt_remote remote;
	u16 local_port;
	u32 turn;			/* in which it was last found to be denied */
	struct rt_connection_wait *wait;	/* also of a listener, which has no connection */
	bool is_overdue;		/* the wait: a drain has met it */
};

/* A look for connections that are denied; zero at first, but for its turn. */
struct rt_sweep {
	u32 turn;			/* each connection is found once in each */
	unsigned int bucket;
};

/* Where a list of connections goes on; zero at first. */
struct rt_connection_place {
	unsigned int bucket;
	u64 before;			/* the number of the entry shown last in it, or 0 */
};

/* What rt_connections_visit() shows; returns whether to go on. */
typedef bool rt_connection_visitor(const struct rt_connection_record *connection,
				   const struct sock *sk, void *data);

void rt_connections_begin(struct sock *sk, struct rt_subject *subject,
			  const struct rt_remote *destination, const struct rt_decision *decision);
void rt_connections_accept(struct rt_socket *socket, struct rt_subject *subject,
			   const struct rt_remote *remote, u16 local_port,
			   const struct rt_decision *decision);
void rt_connections_hand_over(struct rt_connection_record *from,
			      struct rt_connection_record *to);
void rt_connections_end(struct sock *sk);
void rt_connections_forget(struct rt_connection_record *connection);
bool rt_connections_abandon(struct rt_connection_record *connection, struct sock *sk);

bool rt_connections_decide(struct sock *sk, struct rt_decision *decision);
int rt_connections_wait(struct sock *sk, struct rt_image *image, struct rt_connection_wait *wait);
bool rt_connections_take_wait(struct sock *sk, const struct rt_connection_wait *wait);
void rt_connections_settle(struct sock *sk, const struct rt_decision *decision);
void rt_connections_report(struct sock *sk);
unsigned int rt_connections_hold_denied(struct rt_sweep *sweep, struct sock **sks,
					unsigned int room);
bool rt_connections_cut(struct sock *sk);
int rt_connections_report_denied(struct sock *sk);

bool rt_connections_visit(struct rt_connection_place *place, rt_connection_visitor *visit,
			  void *data);

#endif /* _RT_CONNECTIONS_H */
