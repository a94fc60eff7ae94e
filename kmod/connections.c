// SPDX-License-Identifier: GPL-2.0-only
/*
 * The connections of governed sockets: for each the process, the peer and the last decision.
 *
 * With each generation they are decided once more. So what is on record is what the bundle in force
 * says, but for the moments after a commit and for conditions on the time; and what it denies can
 * be found and aborted.
 *
 * What began while no bundle was in force is not on record, and neither is what was there before
 * the socket was governed: nobody knows who began it.
 */
#include <linux/ktime.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <net/inet_sock.h>
#include <net/sock.h>
#include <net/tcp_states.h>

#include "connections.h"
#include "registry.h"

/* Ends the wait of a socket: its connection is over, or another one begins. */
static void end_wait(struct rt_connection_record *connection)
{
	struct rt_connection_wait *wait = connection->wait;

	connection->wait = NULL;
	/* Otherwise it is being resumed, which finds that it is not that of the socket any more. */
	if (wait && rt_requests_cancel(&wait->wait)) {
		sock_put(wait->sk);
		kfree(wait);
	}
}

static void fill(struct rt_connection_record *connection, enum riptides_direction direction,
		 struct rt_subject *subject, const struct rt_remote *remote,
		 const struct rt_decision *decision)
{
	end_wait(connection);
	swap(connection->subject, *subject);
	connection->remote = *remote;
	connection->direction = direction;
	connection->decision = *decision;
	connection->since = ktime_get_real_seconds();
	connection->exists = true;
	connection->denied = false;
	connection->cut = false;
}

/**
 * rt_connections_begin() - put a connection on record that a program is allowed to begin
 * @sk: the socket
 * @subject: the process, which the record takes over; takes back what it held before
 * @destination: where to
 * @decision: which allows it
 *
 * Whoever calls it looks afterwards whether the generation is still in force: a commit before that
 * may not have seen the record, one after it has.
 */
void rt_connections_begin(struct sock *sk, struct rt_subject *subject,
			  const struct rt_remote *destination, const struct rt_decision *decision)
{
	struct rt_bucket *bucket = rt_bucket_of(sk);
	struct rt_socket *socket;

	sock_owned_by_me(sk);
	spin_lock(&bucket->lock);
	socket = rt_bucket_find(bucket, sk);
	/* It is not there when a drain has given the socket back just now. */
	if (socket)
		fill(&socket->connection, RIPTIDES_DIRECTION_CONNECT, subject, destination,
		     decision);
	spin_unlock(&bucket->lock);
}

/**
 * rt_connections_accept() - put a connection on record that a program has accepted
 * @socket: the entry of its socket, which is not in the registry yet
 * @subject: the process, which the record takes over
 * @remote: from where
 * @local_port: where it came in
 * @decision: which allows it
 */
void rt_connections_accept(struct rt_socket *socket, struct rt_subject *subject,
			   const struct rt_remote *remote, u16 local_port,
			   const struct rt_decision *decision)
{
	fill(&socket->connection, RIPTIDES_DIRECTION_ACCEPT, subject, remote, decision);
	socket->connection.local_port = local_port;
}

/**
 * rt_connections_hand_over() - give the record of one entry to another entry of the same socket
 * @from: has what is known by who accepted the connection
 * @to: was made by an adoption, which knows nothing of it
 */
void rt_connections_hand_over(struct rt_connection_record *from, struct rt_connection_record *to)
{
	if (from->exists && !to->exists)
		swap(*from, *to);
}

/* Takes a connection off record. */
void rt_connections_forget(struct rt_connection_record *connection)
{
	end_wait(connection);
	rt_subject_put(&connection->subject);
	connection->exists = false;
	connection->denied = false;
	connection->cut = false;
}

/**
 * rt_connections_abandon() - end the wait of a socket that is to be given back
 * @connection: of the socket, in the registry
 * @sk: the socket, whose lock may be held
 *
 * It is let go on, and be given back afterwards; but when it waits still, at the second call, a
 * program keeps its lock, for which a drain does not wait. So its connect fails then.
 *
 * Return: false when it is to be left for now.
 */
bool rt_connections_abandon(struct rt_connection_record *connection, struct sock *sk)
{
	if (connection->wait && !connection->is_overdue) {
		connection->is_overdue = true;
		return false;
	}
	if (connection->wait) {
		end_wait(connection);
		WRITE_ONCE(sk->sk_err, EACCES);
		sk_error_report(sk);
	}
	return true;
}

/**
 * rt_connections_end() - forget the connection of a socket
 * @sk: the socket
 */
void rt_connections_end(struct sock *sk)
{
	struct rt_bucket *bucket = rt_bucket_of(sk);
	struct rt_socket *socket;

	sock_owned_by_me(sk);
	spin_lock(&bucket->lock);
	socket = rt_bucket_find(bucket, sk);
	if (socket)
		rt_connections_forget(&socket->connection);
	spin_unlock(&bucket->lock);
}

/* Whether the program that began it does not know yet whether it is up. */
static bool is_in_flight(const struct rt_socket *socket)
{
	return socket->connection.direction == RIPTIDES_DIRECTION_CONNECT &&
	       (1 << socket->sk->sk_state) & (TCPF_SYN_SENT | TCPF_SYN_RECV);
}

static bool is_up(const struct rt_socket *socket)
{
	return socket->connection.direction == RIPTIDES_DIRECTION_ACCEPT ||
	       !((1 << READ_ONCE(socket->sk->sk_state)) &
		 (TCPF_CLOSE | TCPF_SYN_SENT | TCPF_SYN_RECV));
}

static void decide_again(struct rt_socket *socket)
{
	struct rt_connection_record *connection = &socket->connection;

	if (is_up(socket))
		rt_decision_renew(connection->direction, &connection->subject,
				  &connection->remote, connection->local_port,
				  &connection->decision);
	else
		rt_decision_connect(&connection->subject, &connection->remote,
				    &connection->decision);
	/* One that is up goes on until its labels are told, or nobody tells them. */
	if (connection->decision.waits && !connection->wait &&
	    !rt_requests_ask(connection->subject.image, NULL))
		rt_decision_wait_no_more(&connection->decision);
	connection->denied = rt_decision_denies(&connection->decision) &&
			     !connection->decision.waits && !connection->decision.verdict.keeps;
}

/* Whether another generation, or other labels, may say something else. */
static bool is_stale(const struct rt_connection_record *connection)
{
	return !rt_decision_is_current(&connection->decision, connection->direction,
				       &connection->remote) ||
	       connection->decision.version != rt_subject_version(&connection->subject);
}

/**
 * rt_connections_decide() - decide the connection of a socket by the generation in force
 * @sk: the socket
 * @decision: is filled in
 *
 * Return: false when it has none.
 */
bool rt_connections_decide(struct sock *sk, struct rt_decision *decision)
{
	struct rt_bucket *bucket = rt_bucket_of(sk);
	struct rt_socket *socket;

	spin_lock(&bucket->lock);
	socket = rt_bucket_find(bucket, sk);
	if (socket && !socket->connection.exists)
		socket = NULL;
	if (socket) {
		do {
			decide_again(socket);
		} while (is_stale(&socket->connection));
		*decision = socket->connection.decision;
	}
	spin_unlock(&bucket->lock);
	return socket;
}

/**
 * rt_connections_wait() - let a socket wait until the labels of an image are told
 * @sk: the socket, whose lock is held
 * @image: which, or NULL: that of its connection
 * @wait: comes from rt_requests_next(), unless the connection ends before
 *
 * Return: 0; -EAGAIN when nobody is asked for them; -EALREADY when it waits; -ENOENT when the
 * socket is not in the registry, or has no connection.
 */
int rt_connections_wait(struct sock *sk, struct rt_image *image, struct rt_connection_wait *wait)
{
	struct rt_bucket *bucket = rt_bucket_of(sk);
	struct rt_socket *socket;
	int err = 0;

	sock_owned_by_me(sk);
	spin_lock(&bucket->lock);
	socket = rt_bucket_find(bucket, sk);
	if (socket && !image && socket->connection.exists)
		image = socket->connection.subject.image;
	if (!socket || !image)
		err = -ENOENT;
	else if (socket->connection.wait)
		err = -EALREADY;
	if (!err) {
		/* The request may end, and the socket be resumed, before this goes on. */
		sock_hold(sk);
		wait->sk = sk;
		if (rt_requests_ask(image, &wait->wait)) {
			socket->connection.wait = wait;
			socket->connection.is_overdue = false;
		} else {
			__sock_put(sk);
			err = -EAGAIN;
		}
	}
	spin_unlock(&bucket->lock);
	return err;
}

/**
 * rt_connections_take_wait() - end the wait of a socket, to go on
 * @sk: the socket, whose lock is held
 * @wait: from rt_requests_next()
 *
 * Return: false when the socket does not wait for that any more.
 */
bool rt_connections_take_wait(struct sock *sk, const struct rt_connection_wait *wait)
{
	struct rt_bucket *bucket = rt_bucket_of(sk);
	struct rt_socket *socket;
	bool is_its;

	spin_lock(&bucket->lock);
	socket = rt_bucket_find(bucket, sk);
	is_its = socket && socket->connection.wait == wait;
	if (is_its)
		socket->connection.wait = NULL;
	spin_unlock(&bucket->lock);
	return is_its;
}

/**
 * rt_connections_settle() - put on record what was decided of the connection of a socket otherwise
 * @sk: the socket
 * @decision: the decision
 */
void rt_connections_settle(struct sock *sk, const struct rt_decision *decision)
{
	struct rt_bucket *bucket = rt_bucket_of(sk);
	struct rt_socket *socket;

	spin_lock(&bucket->lock);
	socket = rt_bucket_find(bucket, sk);
	if (socket && socket->connection.exists)
		socket->connection.decision = *decision;
	spin_unlock(&bucket->lock);
}

/**
 * rt_connections_report() - count and trace the decision on the connection of a socket
 * @sk: the socket
 */
void rt_connections_report(struct sock *sk)
{
	struct rt_bucket *bucket = rt_bucket_of(sk);
	const struct rt_connection_record *connection;
	const struct rt_socket *socket;

	spin_lock(&bucket->lock);
	socket = rt_bucket_find(bucket, sk);
	if (socket && socket->connection.exists) {
		connection = &socket->connection;
		rt_decision_report_of(connection->direction, &connection->subject,
				      &connection->decision, &connection->remote);
	}
	spin_unlock(&bucket->lock);
}

/* Decides it once more when that is needed. Returns whether it is to be aborted. */
static bool is_denied(struct rt_socket *socket)
{
	struct rt_connection_record *connection = &socket->connection;

	if (connection->exists)
		rt_subject_follow(&connection->subject);
	if (connection->exists && !connection->denied && is_stale(connection))
		decide_again(socket);
	return connection->denied;
}

/* Returns false when there was no room for all of a bucket. */
static bool hold_denied_of(struct rt_bucket *bucket, u32 turn, struct sock **sks,
			   unsigned int room, unsigned int *held)
{
	struct rt_socket *socket;
	bool all = true;

	spin_lock(&bucket->lock);
	hlist_for_each_entry(socket, &bucket->sockets, node) {
		if (!is_denied(socket) || socket->connection.turn == turn)
			continue;
		if (*held == room) {
			all = false;
			break;
		}
		socket->connection.turn = turn;
		sock_hold(socket->sk);
		sks[(*held)++] = socket->sk;
	}
	spin_unlock(&bucket->lock);
	return all;
}

/**
 * rt_connections_hold_denied() - connections that the bundle in force denies
 * @sweep: where to go on
 * @sks: takes the sockets, each with a reference
 * @room: for how many
 *
 * May sleep. Return: the number of sockets; 0 when all were found.
 */
unsigned int rt_connections_hold_denied(struct rt_sweep *sweep, struct sock **sks,
					unsigned int room)
{
	unsigned int held = 0;

	for (; sweep->bucket < RT_BUCKETS; sweep->bucket++) {
		if (!hold_denied_of(rt_bucket(sweep->bucket), sweep->turn, sks, room, &held))
			break;
		cond_resched();
	}
	return held;
}

/**
 * rt_connections_cut() - note that a connection cannot send any more
 * @sk: one that rt_connections_hold_denied() gave
 *
 * Return: whether it was not noted before.
 */
bool rt_connections_cut(struct sock *sk)
{
	struct rt_bucket *bucket = rt_bucket_of(sk);
	struct rt_socket *socket;
	bool is_new = false;

	spin_lock(&bucket->lock);
	socket = rt_bucket_find(bucket, sk);
	if (socket && socket->connection.denied) {
		is_new = !socket->connection.cut;
		socket->connection.cut = true;
	}
	spin_unlock(&bucket->lock);
	return is_new;
}

/**
 * rt_connections_report_denied() - count and trace that a connection is aborted, and forget it
 * @sk: one that rt_connections_hold_denied() gave; its lock is held
 *
 * Return: 0 when it is not to be aborted any more, or the error that its program is to get.
 */
int rt_connections_report_denied(struct sock *sk)
{
	struct rt_bucket *bucket = rt_bucket_of(sk);
	struct rt_socket *socket;
	int err = 0;

	sock_owned_by_me(sk);
	spin_lock(&bucket->lock);
	socket = rt_bucket_find(bucket, sk);
	/* Another generation may allow it by now. */
	if (socket && socket->connection.denied && !socket->connection.cut)
		decide_again(socket);
	if (socket && socket->connection.denied) {
		struct rt_connection_record *connection = &socket->connection;

		err = is_in_flight(socket) ? -EACCES : -ECONNABORTED;
		rt_decision_report_abort(connection->direction, &connection->subject,
					 &connection->decision, &connection->remote,
					 err == -EACCES);
		rt_connections_forget(connection);
	}
	spin_unlock(&bucket->lock);
	return err;
}

/* Whether there is a connection to tell of: one that is over may still be on record. */
static bool is_there(const struct rt_socket *socket)
{
	int state = READ_ONCE(socket->sk->sk_state);

	return socket->connection.exists && state != TCP_CLOSE && state != TCP_LISTEN;
}

/* Returns false when a visit was refused. */
static bool visit_bucket(struct rt_bucket *bucket, u64 *before, rt_connection_visitor *visit,
			 void *data)
{
	const struct rt_socket *socket;
	bool all = true;

	spin_lock(&bucket->lock);
	hlist_for_each_entry(socket, &bucket->sockets, node) {
		if (*before && socket->number >= *before)
			continue;
		if (is_there(socket) && !visit(&socket->connection, socket->sk, data)) {
			all = false;
			break;
		}
		*before = socket->number;
	}
	spin_unlock(&bucket->lock);
	return all;
}

/**
 * rt_connections_visit() - visit connections, one after the other
 * @place: where to go on; is moved on
 * @visit: is called with a lock held; the connection that it refuses is the first of the next call
 * @data: is handed to it
 *
 * Connections that come or go meanwhile may be left out. May sleep. Return: false after the last.
 */
bool rt_connections_visit(struct rt_connection_place *place, rt_connection_visitor *visit,
			  void *data)
{
	for (; place->bucket < RT_BUCKETS; place->bucket++, place->before = 0) {
		if (!visit_bucket(rt_bucket(place->bucket), &place->before, visit, data))
			return true;
		cond_resched();
	}
	return false;
}
